//! Watching over a client's connection: when it has been idle for too long, when its target has, when it is to end.
//!
//! **Invariant**: the task that carries requests has no timers. This one wakes once in a while, and looks at the meter.

use std::pin::pin;
use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::session::Session;
use crate::balancer::client::{Client, Phase};
use crate::balancer::local::Task;

/// Serves a connection until it ends, is idle for too long, or its listener goes; what is under way then is still answered.
pub async fn serve<S>(client: &Rc<Client>, stream: S, closed: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let limit = client.worker.live().attributes.idle_timeout.duration();
    let mut session = Task::spawn(Session::new(Rc::clone(client), stream).run());
    let mut end = pin!(client.end(closed));
    let turn = &client.turn;
    loop {
        tokio::select! {
            () = session.ended() => return,
            () = client.meter.quiet_for(limit) => match turn.phase.get() {
                Phase::Resting | Phase::Answering => return,
                Phase::Reading => turn.late.ring(),
                // Somebody has been silent for so long; the client is told.
                Phase::Asking => if let Some(bell) = turn.asked.take() {
                    turn.overdue.set(true);
                    bell.ring();
                }
            },
            () = end.as_mut(), if !turn.last.get() => {
                turn.last.set(true);
                if turn.phase.get() == Phase::Resting {
                    return;
                }
            }
        }
    }
}
