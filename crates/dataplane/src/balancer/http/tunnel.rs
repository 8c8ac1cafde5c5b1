//! WebSockets and whatever else a client and a target agree to speak after an upgrade: bytes both ways.

use std::rc::Rc;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::task::spawn_local;

use super::exchange::Exchange;
use crate::balancer::client::Client;

/// Carries bytes both ways once both sides have changed over, until one closes or both are idle too long.
pub fn open(client: &Rc<Client>, from: OnUpgrade, to: OnUpgrade, exchange: Exchange) {
    let client = Rc::clone(client);
    spawn_local(async move {
        let (Ok(from), Ok(to)) = (from.await, to.await) else { return };
        let (mut from, mut to) = (TokioIo::new(from), TokioIo::new(to));
        let limit = client.worker.live().attributes.idle_timeout.duration();
        tokio::select! {
            // Closed by whichever side: the other is closed by being dropped.
            _ = copy_bidirectional(&mut from, &mut to) => {}
            () = client.meter.idle(limit, &client.waiting) => {}
        }
        exchange.end_tunnel();
    });
}
