//! To a target and back.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use http::header::{COOKIE, HOST, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use super::body::Sent;
use super::exchange::{Exchange, idle_timeout};
use super::headers;
use super::page::Refusal;
use super::respond::Answer;
use super::stick::{self, Sticking};
use super::upstream::{Failed, Failure, Lease};
use crate::balancer::choose::{Asking, choose};
use crate::balancer::config::{BackendProtocol, Forward, HttpVersion, Kind};
use crate::balancer::live::{Group, Listener, Target};

/// Targets that are tried for one request.
const TRIES: usize = 3;

/// Sends a request to a target of the group that is chosen, and answers what it answers.
pub async fn forward(
    exchange: &mut Exchange,
    to: &Forward,
    listener: &Listener,
    mut request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let group = choose_group(exchange, to, &request).ok_or(Refusal::Unavailable)?;
    exchange.ruling.group = Some(Arc::clone(&group));
    compatible(&group, &request)?;
    let wants = headers::upgrade(request.headers()).filter(|_| request.version() == Version::HTTP_11);
    let change = wants.is_some().then(|| hyper::upgrade::on(&mut request));
    let cookies = cookies(request.headers());
    let request = outgoing(exchange, listener, &group, request, wants)?;
    exchange.note_trace(request.headers());
    let sticky = stick::target(&cookies, &group, exchange.live.kind, exchange.came);
    let (response, lease, target) = ask(exchange, &group, sticky, request).await?;
    exchange.answered(response.status(), lease);
    let stayed = sticky.is_some_and(|value| target.token.is(value));
    Ok(incoming(exchange, to, &group, &target, response, change, stayed))
}

/// The cookies alone: what stickiness reads after the request has gone.
fn cookies(headers: &HeaderMap) -> HeaderMap {
    let all = headers.get_all(COOKIE).iter();
    all.map(|value| (COOKIE, value.clone())).collect()
}

/// A group by the weights, or the one that the client was given before.
fn choose_group(exchange: &Exchange, to: &Forward, request: &Request<Incoming>) -> Option<Arc<Group>> {
    let known = |weighted: &crate::balancer::config::WeightedGroup| exchange.live.groups.get(&weighted.group);
    if let [only] = to.groups.as_slice() {
        return known(only).filter(|_| only.weight > 0).cloned();
    }
    if to.stickiness.is_some()
        && let Some(value) = stick::group(request.headers(), exchange.came)
        && let Some(group) = to.groups.iter().filter_map(known).find(|group| group.token.is(value))
    {
        return Some(Arc::clone(group));
    }
    let total: u64 = to.groups.iter().map(|weighted| u64::from(weighted.weight)).sum();
    let mut left = exchange.client.worker.chance.below(total.max(1));
    let chosen = to.groups.iter().find(|weighted| {
        let weight = u64::from(weighted.weight);
        let here = left < weight;
        left = left.saturating_sub(weight);
        here
    });
    chosen.and_then(known).cloned()
}

/// "HTTP 464": a target group that speaks HTTP/2 serves clients that do.
fn compatible(group: &Group, request: &Request<Incoming>) -> Result<(), Refusal> {
    let http2 = group.spec.version == HttpVersion::Http2;
    if http2 && request.version() != Version::HTTP_2 {
        return Err(Refusal::Incompatible);
    }
    Ok(())
}

/// The request as the target gets it.
fn outgoing(
    exchange: &Exchange,
    listener: &Listener,
    group: &Group,
    request: Request<Incoming>,
    upgrade: Option<HeaderValue>,
) -> Result<Request<Sent>, Refusal> {
    let (mut parts, body) = request.into_parts();
    if !parts.headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
    let live = &exchange.live;
    headers::prepare(&mut parts, &exchange.client, listener, &live.attributes, live.kind, upgrade);
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
    Ok(Request::from_parts(parts, Sent::new(body, Rc::clone(&exchange.body_bytes))))
}

/// Asks one target after the other until one has the request.
async fn ask(
    exchange: &mut Exchange,
    group: &Group,
    sticky: Option<crate::balancer::cookie::Value<'_>>,
    mut request: Request<Sent>,
) -> Result<(Response<Incoming>, Option<Lease>, Arc<Target>), Refusal> {
    let (client, live) = (Rc::clone(&exchange.client), Arc::clone(&exchange.live));
    let mut tried = Vec::new();
    let mut refusal = Refusal::Unavailable;
    while tried.len() < TRIES {
        let asking = Asking {
            zone: live.zone(client.local.ip()),
            sticky,
            tried: &tried,
        };
        let Some(target) = choose(group, &asking, &client.worker.chance) else {
            break;
        };
        tried.push(target.serial);
        exchange.ask(target);
        let upstream = client.worker.upstreams.of(target, group);
        let sending = upstream.send(&client.worker, request);
        match within(exchange, sending).await? {
            Ok((response, lease)) => return Ok((response, lease, Arc::clone(target))),
            Err((failure, unsent)) => {
                refusal = refused(exchange, failure);
                match unsent {
                    Some(again) => request = *again,
                    None => break,
                }
            }
        }
    }
    Err(refusal)
}

/// Waits for a target for as long as something moves.
async fn within<T>(exchange: &Exchange, sending: impl Future<Output = Result<T, Failed>>) -> Result<Result<T, Failed>, Refusal> {
    let (limit, moved): (_, &Cell<u64>) = (idle_timeout(exchange), &exchange.body_bytes);
    let mut sending = pin!(sending);
    loop {
        let before = moved.get();
        match timeout(limit, sending.as_mut()).await {
            Ok(ended) => return Ok(ended),
            Err(_) if moved.get() == before => return Err(Refusal::Timeout),
            Err(_) => {} // A body is on its way.
        }
    }
}

fn refused(exchange: &Exchange, failure: Failure) -> Refusal {
    if failure != Failure::Broken {
        exchange.note_connection_error(failure == Failure::Tls);
    }
    match (failure, exchange.live.kind) {
        (Failure::Unreachable, _) => Refusal::Timeout,
        (Failure::Refused, Kind::Classic) => Refusal::Unavailable,
        _ => Refusal::BadGateway,
    }
}

/// The response as the client gets it.
fn incoming(
    exchange: &Exchange,
    to: &Forward,
    group: &Group,
    target: &Target,
    mut response: Response<Incoming>,
    change: Option<OnUpgrade>,
    stayed: bool,
) -> Answer {
    let upgrade = change.filter(|_| response.status() == StatusCode::SWITCHING_PROTOCOLS);
    let tunnel = upgrade.map(|from| (from, hyper::upgrade::on(&mut response)));
    if tunnel.is_none() {
        headers::strip(response.headers_mut());
    }
    *response.version_mut() = Version::HTTP_11;
    let secure = exchange.client.tls.is_some();
    if group.spec.stickiness.is_some() {
        let sticking = Sticking {
            kind: exchange.live.kind,
            secure,
            now: exchange.came,
            stayed,
            target,
        };
        stick::stick(response.headers_mut(), group, &sticking);
    }
    if let Some(span) = to.stickiness {
        stick::stick_group(response.headers_mut(), group, span, exchange.came, secure);
    }
    match tunnel {
        Some((from, to)) => Answer::Tunnel(response.map(drop), from, to),
        None => Answer::Target(response),
    }
}
