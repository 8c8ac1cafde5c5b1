//! Who answers a request of HTTP/2: the balancer itself, or a target. HTTP/1.1 has a way of its own, [`http1`](crate::balancer::http1).

use std::convert::Infallible;
use std::rc::Rc;

use http::{Method, Request, Response};
use hyper::body::{Bytes, Incoming};

use super::body::Outgoing;
use super::decide::{Decision, decide};
use super::exchange::{Exchange, Waits};
use super::forward::forward;
use super::refusal::Refusal;
use crate::balancer::client::Client;
use crate::balancer::head::{Fields, Head};

/// Answers a request of a client's connection.
///
/// # Errors
/// Never.
pub async fn answer(client: Rc<Client>, request: Request<Incoming>) -> Result<Response<Outgoing>, Infallible> {
    let (parts, body) = request.into_parts();
    let head = parts.method == Method::HEAD;
    let mut exchange = Exchange::new(&client, &Head::of(&parts));
    let waits = Waits::new(&client);
    let answer = respond(&mut exchange, Request::from_parts(parts, body)).await;
    drop(waits);
    Ok(deliver(exchange, answer, head))
}

enum Answer {
    Own(Response<Bytes>),
    Target(Response<Incoming>),
}

async fn respond(exchange: &mut Exchange, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let live = Rc::clone(&exchange.live);
    let listener = live.listener(exchange.client.local.port()).ok_or(Refusal::Unavailable)?;
    let (parts, body) = request.into_parts();
    match decide(exchange, &live, listener, &Head::of(&parts))? {
        Decision::Answer(response) => Ok(Answer::Own(response)),
        Decision::Forward(to, group) => {
            let request = Request::from_parts(parts, body);
            forward(exchange, to, group, listener, request).await.map(Answer::Target)
        }
    }
}

/// Makes the response that the client gets; without its body, where it asked for the `head`.
fn deliver(mut exchange: Exchange, answer: Result<Answer, Refusal>, head: bool) -> Response<Outgoing> {
    let own = match answer {
        Ok(Answer::Target(mut response)) => {
            let status = response.status();
            exchange.conclude(status, response.headers_mut(), false);
            exchange.count_sent(head_bytes(&response));
            return response.map(|body| Outgoing::target(body, exchange));
        }
        Ok(Answer::Own(response)) => Ok(response),
        Err(refusal) => Err(refusal),
    };
    let mut response = exchange.own(own);
    let status = response.status();
    exchange.conclude(status, response.headers_mut(), true);
    exchange.count_sent(head_bytes(&response));
    response.map(|bytes| Outgoing::own(if head { Bytes::new() } else { bytes }, exchange))
}

/// Bytes of a head, as HTTP/1.1 would write it: what HTTP/2 makes of it, hyper knows alone.
fn head_bytes<B>(response: &Response<B>) -> u64 {
    let reason = response.status().canonical_reason().unwrap_or_default();
    17 + reason.len() as u64 + response.headers().bytes()
}
