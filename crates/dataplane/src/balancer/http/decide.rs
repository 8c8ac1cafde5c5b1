//! What is to be done with a request: by its desync class, its listener's rules and, where it is forwarded, the weights of groups.

use std::sync::Arc;

use http::{Response, Version};
use hyper::body::Bytes;

use super::exchange::Exchange;
use super::headers::FORWARDED_FOR;
use super::page::{self, Refusal};
use super::stick;
use crate::balancer::config::{Action, Forward, HttpVersion, Redirect, WeightedGroup};
use crate::balancer::desync;
use crate::balancer::head::{Fields, Head};
use crate::balancer::live::{Group, Listener, Live};
use crate::balancer::redirect;
use crate::balancer::route::without_port;

/// "An X-Forwarded-For request header with more than 30 IP addresses."
const FORWARDED_ADDRESSES: usize = 30;

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
    live: &'a Live,
    listener: &'a Listener,
    head: &Head<'_, F>,
) -> Result<Decision<'a>, Refusal> {
    let verdict = desync::classify(head);
    exchange.ruling.verdict = Some(verdict);
    let counts = exchange.client.worker.counts();
    if verdict.1.is_some() {
        counts.non_compliant_requests.one();
    }
    if exchange.live.attributes.desync.refuses(verdict.0) {
        return Err(Refusal::BadRequest);
    }
    check(head)?;
    let found = listener.routes.find(head, exchange.client.peer.ip());
    counts.rule_evaluations.add(found.evaluations);
    exchange.ruling.priority = Some(found.priority);
    match found.action {
        Action::Forward(to) => {
            exchange.ruling.action = "forward";
            let group = choose_group(exchange, live, to, head.fields).ok_or(Refusal::Unavailable)?;
            exchange.ruling.group = Some(Arc::clone(group));
            compatible(group, head.version)?;
            Ok(Decision::Forward(to, group))
        }
        Action::Redirect(to) => {
            exchange.ruling.action = "redirect";
            Ok(Decision::Answer(redirected(exchange, to, listener, head)))
        }
        Action::FixedResponse(fixed) => {
            exchange.ruling.action = "fixed-response";
            Ok(Decision::Answer(page::fixed(fixed)))
        }
    }
}

fn check<F: Fields>(head: &Head<'_, F>) -> Result<(), Refusal> {
    match head.method {
        "TRACE" => Err(Refusal::MethodNotAllowed),
        "CONNECT" => Err(Refusal::BadRequest),
        _ if head.fields.words(FORWARDED_FOR).nth(FORWARDED_ADDRESSES).is_some() => Err(Refusal::TooManyForwarded),
        _ => Ok(()),
    }
}

/// A group by the weights, or the one that the client was given before.
fn choose_group<'a>(exchange: &Exchange, live: &'a Live, to: &Forward, fields: &impl Fields) -> Option<&'a Arc<Group>> {
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

/// "HTTP 464": a target group that speaks HTTP/2 serves clients that do.
fn compatible(group: &Group, version: Version) -> Result<(), Refusal> {
    if group.spec.version == HttpVersion::Http2 && version != Version::HTTP_2 {
        return Err(Refusal::Incompatible);
    }
    Ok(())
}

fn redirected<F: Fields>(exchange: &mut Exchange, to: &Redirect, listener: &Listener, head: &Head<'_, F>) -> Response<Bytes> {
    let from = redirect::From {
        protocol: listener.scheme(),
        host: without_port(head.host().unwrap_or_default()),
        port: listener.port,
        path: head.path,
        query: head.query.unwrap_or_default(),
    };
    let location = redirect::location(to, &from);
    let response = page::redirect(to.status, &location);
    exchange.ruling.redirect = Some(location);
    response
}
