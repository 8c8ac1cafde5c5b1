//! What is to be done with a request: by its desync class, its listener's rules and, where it is forwarded, the weights of groups.

use std::rc::Rc;

use http::{Response, Version};
use hyper::body::Bytes;

use super::exchange::Exchange;
use super::headers::FORWARDED_FOR;
use super::page;
use super::refusal::Refusal;
use super::stick;
use crate::balancer::config::{Action, Forward, HttpVersion, Kind, Redirect, WeightedGroup};
use crate::balancer::desync;
use crate::balancer::head::{Fields, Head};
use crate::balancer::live::{Group, Held, HeldGroup, Listener};
use crate::balancer::redirect;
use crate::balancer::route::without_port;

/// "An X-Forwarded-For request header with more than 30 IP addresses."
const FORWARDED_ADDRESSES: usize = 30;

/// "The total method length in an HTTP request to a load balancer must not exceed 127 characters", for a Classic Load Balancer.
const METHOD: usize = 127;
/// Bytes of a redirect's address, as of any header; AWS names no number.
const LOCATION: usize = 16 * 1024;

/// What is done.
#[derive(Debug)]
pub enum Decision<'a> {
    /// The balancer answers, as a rule says.
    Answer(Response<Bytes>),
    /// A target of the group answers.
    Forward(&'a Forward, &'a Group),
}

/// Decides.
///
/// # Errors
/// The request is refused.
pub fn decide<'a, F: Fields>(
    exchange: &mut Exchange,
    live: &'a Held,
    listener: &'a Listener,
    head: &Head<'_, F>,
) -> Result<Decision<'a>, Refusal> {
    let verdict = desync::classify(head);
    exchange.judge(Some(verdict));
    let counts = exchange.client.worker.counts();
    if exchange.live.attributes.desync.refuses(verdict.class) {
        return Err(Refusal::BadRequest);
    }
    check(head, live.kind)?;
    let found = listener.routes.find(head, exchange.client.peer.ip());
    counts.rule_evaluations.add(found.evaluations);
    exchange.ruling.priority = Some(found.priority);
    exchange.begin_trace(head.fields);
    match found.action {
        Action::Forward(to) => {
            exchange.ruling.action = "forward";
            let group = choose_group(exchange, live, to, head.fields).ok_or(Refusal::Unavailable)?;
            exchange.ruling.group = Some(Rc::clone(group));
            compatible(group, head)?;
            Ok(Decision::Forward(to, group))
        }
        Action::Redirect(to) => {
            exchange.ruling.action = "redirect";
            redirected(exchange, to, listener, head).map(Decision::Answer)
        }
        Action::FixedResponse(fixed) => {
            exchange.ruling.action = "fixed-response";
            Ok(Decision::Answer(page::fixed(fixed)))
        }
    }
}

fn check<F: Fields>(head: &Head<'_, F>, kind: Kind) -> Result<(), Refusal> {
    let mut hosts = head.fields.values("host");
    let (named, again) = (hosts.next().is_some(), hosts.next().is_some());
    match (head.method, kind) {
        // RFC 9112, 3.2: one host, which HTTP/1.1 must name.
        _ if again || (!named && head.version == Version::HTTP_11) => Err(Refusal::BadRequest),
        ("CONNECT", _) => Err(Refusal::BadRequest),
        ("TRACE", Kind::Application) => Err(Refusal::MethodNotAllowed),
        (method, Kind::Classic) if method.len() > METHOD => Err(Refusal::MethodNotAllowed),
        (_, Kind::Application) if head.fields.words(FORWARDED_FOR).nth(FORWARDED_ADDRESSES).is_some() => Err(Refusal::TooManyForwarded),
        _ => Ok(()),
    }
}

/// A group by the weights, or the one that the client was given before.
fn choose_group<'a>(exchange: &Exchange, live: &'a Held, to: &Forward, fields: &impl Fields) -> Option<&'a Rc<HeldGroup>> {
    let known = |weighted: &WeightedGroup| live.groups.get(&weighted.group);
    if let [only] = to.groups.as_slice() {
        return known(only).filter(|_| only.weight > 0);
    }
    if to.stickiness.is_some()
        && let Some(value) = stick::group(fields, exchange.came)
        && let Some(group) = to.groups.iter().filter_map(known).find(|group| group.token.is(value))
    {
        return Some(group);
    }
    let total: u64 = to.groups.iter().map(|weighted| u64::from(weighted.weight)).sum();
    let mut left = exchange.client.worker.chance.below(total.max(1));
    let chosen = to.groups.iter().find(|weighted| {
        let weight = u64::from(weighted.weight);
        let here = left < weight;
        left = left.saturating_sub(weight);
        here
    });
    chosen.and_then(known)
}

/// "HTTP 464": a target group that speaks HTTP/2 serves clients that do, and one that does not serves no gRPC.
fn compatible<F: Fields>(group: &Group, head: &Head<'_, F>) -> Result<(), Refusal> {
    let two = head.version == Version::HTTP_2;
    let served = match group.spec.version {
        HttpVersion::Http2 => two,
        HttpVersion::Http1 => !(two && head.fields.text("content-type").is_some_and(is_grpc)),
    };
    served.then_some(()).ok_or(Refusal::Incompatible)
}

fn is_grpc(content_type: &str) -> bool {
    let rest = content_type.strip_prefix("application/grpc");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

fn redirected<F: Fields>(
    exchange: &mut Exchange,
    to: &Redirect,
    listener: &Listener,
    head: &Head<'_, F>,
) -> Result<Response<Bytes>, Refusal> {
    let from = redirect::From {
        protocol: listener.scheme(),
        host: without_port(head.host().unwrap_or_default()),
        port: listener.port,
        path: head.path,
        query: head.query.unwrap_or_default(),
    };
    let location = redirect::location(to, &from);
    if location.len() > LOCATION {
        return Err(Refusal::RedirectTooLong);
    }
    let response = page::redirect(to.status, &location);
    exchange.ruling.redirect = Some(location);
    Ok(response)
}
