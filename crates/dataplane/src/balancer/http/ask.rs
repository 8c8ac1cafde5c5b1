//! Asking targets: one after the other, until one has the request.
//!
//! **Invariant**: another target is asked only where the one before was not sent a byte.

use std::rc::Rc;

use super::exchange::Exchange;
use super::refusal::Refusal;
use super::upstream::{Failure, Upstream};
use crate::balancer::choose::{Asking, choose};
use crate::balancer::config::Kind;
use crate::balancer::cookie::Value;
use crate::balancer::live::Group;

/// Targets that are tried for one request.
const TRIES: usize = 3;

/// Chooses a target and has `send` bring it the request; where that says that nothing was sent, another one.
///
/// # Errors
/// Nobody is there to serve, or the last that was asked did not answer.
pub async fn ask<T>(
    exchange: &mut Exchange,
    group: &Group,
    sticky: Option<Value>,
    mut send: impl AsyncFnMut(&Exchange, Rc<Upstream>) -> Result<T, (Failure, bool)>,
) -> Result<T, Refusal> {
    let mut tried = Vec::new();
    let mut refusal = Refusal::Unavailable;
    while tried.len() < TRIES {
        let asking = Asking {
            zone: exchange.live.zone(exchange.client.local.ip()),
            sticky,
            tried: &tried,
        };
        let Some(target) = choose(group, &asking, &exchange.client.worker.chance) else {
            break;
        };
        let serial = target.serial;
        let upstream = exchange.client.worker.upstreams.of(target, group);
        exchange.ask(&upstream);
        match send(exchange, upstream).await {
            Ok(answer) => return Ok(answer),
            Err((failure, unsent)) => {
                refusal = refused(exchange, failure);
                if !unsent {
                    break;
                }
                tried.push(serial);
            }
        }
    }
    Err(refusal)
}

fn refused(exchange: &mut Exchange, failure: Failure) -> Refusal {
    exchange.failed(failure);
    match (failure, exchange.live.kind) {
        (Failure::Unreachable | Failure::TlsSilent | Failure::Silent, _) => Refusal::Timeout,
        (Failure::Refused, Kind::Classic) => Refusal::Unavailable,
        (Failure::Refused | Failure::Tls | Failure::Broken, _) => Refusal::BadGateway,
        (Failure::ClientGone, _) => Refusal::ClientGone,
        (Failure::ClientSilent, _) => Refusal::RequestTimeout,
        (Failure::Truncated, _) => Refusal::Truncated,
        (Failure::Malformed, _) => Refusal::BadRequest,
    }
}
