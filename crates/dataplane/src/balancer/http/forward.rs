//! To a target and back, by hyper: for clients that speak HTTP/2.

use std::pin::pin;
use std::rc::Rc;

use http::header::{HOST, HeaderValue};
use http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::ask::ask;
use super::body::Sent;
use super::exchange::{Exchange, idle_timeout};
use super::headers;
use super::refusal::Refusal;
use super::stick;
use super::upstream::Failure;
use crate::balancer::config::{BackendProtocol, Forward, HttpVersion};
use crate::balancer::http1::framing;
use crate::balancer::live::{Group, Listener};

/// Sends a request to a target of the group, and answers what it answers.
pub async fn forward(
    exchange: &mut Exchange,
    to: &Forward,
    group: &Group,
    listener: &Listener,
    request: Request<Incoming>,
) -> Result<Response<Incoming>, Refusal> {
    let sticky = stick::target(request.headers(), group, exchange.live.kind, exchange.came);
    let request = outgoing(exchange, listener, group, request)?;
    exchange.note_trace(request.headers());
    let mut request = Some(request);
    let (mut response, lease) = ask(exchange, group, sticky, async |exchange, upstream| {
        // `ask` asks again only where the request came back.
        let sent = request.take().ok_or((Failure::Broken, false))?;
        let answered = within(exchange, upstream.send(&exchange.client.worker, sent)).await;
        answered.map_err(|silent| (silent, false))?.map_err(|(failure, unsent)| {
            request = unsent.map(|again| *again);
            (failure, request.is_some())
        })
    })
    .await?;
    let status = response.status();
    // What hyper reads more leniently than HTTP/1.1's own way does.
    let unframed = framing::of_response(response.headers(), status.as_u16(), false).is_err();
    if unframed || status == StatusCode::SWITCHING_PROTOCOLS {
        exchange.failed(Failure::Broken);
        return Err(Refusal::BadGateway);
    }
    exchange.answered(status.as_u16(), lease);
    headers::strip(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    stick::stay(response.headers_mut(), exchange, to, group, sticky);
    Ok(response)
}

/// The request as the target gets it.
fn outgoing(exchange: &Exchange, listener: &Listener, group: &Group, request: Request<Incoming>) -> Result<Request<Sent>, Refusal> {
    let (mut parts, body) = request.into_parts();
    if !parts.headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
    headers::prepare(&mut parts.headers, exchange, listener);
    if group.spec.version == HttpVersion::Http2 {
        let host = parts.headers.remove(HOST);
        let host = host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let scheme = if group.spec.protocol == BackendProtocol::Https {
            "https"
        } else {
            "http"
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = format!("{scheme}://{host}{path}").parse().map_err(|_| Refusal::BadRequest)?;
        parts.version = Version::HTTP_2;
    } else {
        if parts.uri.authority().is_some() {
            parts.uri = parts.uri.path_and_query().cloned().map_or_else(|| Uri::from_static("/"), Uri::from);
        }
        parts.version = Version::HTTP_11;
    }
    Ok(Request::from_parts(parts, Sent::new(body, Rc::clone(&exchange.received))))
}

/// Waits for a target for as long as something moves; where nothing did for too long, says who was silent.
async fn within<T>(exchange: &Exchange, sending: impl Future<Output = T>) -> Result<T, Failure> {
    let (limit, received) = (idle_timeout(exchange), &exchange.received);
    let mut sending = pin!(sending);
    loop {
        let before = received.bytes();
        match timeout(limit, sending.as_mut()).await {
            Ok(ended) => return Ok(ended),
            Err(_) if received.bytes() != before => {} // A body is on its way.
            Err(_) if received.is_awaited() => return Err(Failure::ClientSilent),
            Err(_) => return Err(Failure::Silent),
        }
    }
}
