//! Who answers a request: the balancer itself, or a target.

use http::{HeaderMap, Method, Request, Response};
use hyper::body::{Bytes, Incoming};
use hyper::upgrade::OnUpgrade;

use super::exchange::Exchange;
use super::forward::forward;
use super::headers::FORWARDED_FOR;
use super::page::{self, Refusal};
use crate::balancer::config::{Action, Redirect};
use crate::balancer::desync;
use crate::balancer::live::Listener;
use crate::balancer::redirect;
use crate::balancer::route::{Head, without_port};

/// "An X-Forwarded-For request header with more than 30 IP addresses."
const FORWARDED_ADDRESSES: usize = 30;

/// What a client is answered.
#[derive(Debug)]
pub enum Answer {
    /// The balancer's own words, as a rule says.
    Own(Response<Bytes>),
    /// An error of the balancer's own.
    Refused(Refusal),
    /// A target's.
    Target(Response<Incoming>),
    /// A change of protocol that the target agreed to: the client's side, and the target's.
    Tunnel(Response<()>, OnUpgrade, OnUpgrade),
}

/// Answers a request by its listener's rules.
pub async fn respond(exchange: &mut Exchange, request: Request<Incoming>) -> Answer {
    respond_or_refuse(exchange, request).await.unwrap_or_else(Answer::Refused)
}

async fn respond_or_refuse(exchange: &mut Exchange, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let live = exchange.live.clone();
    let listener = live.listener(exchange.client.local.port()).ok_or(Refusal::Unavailable)?;
    let (parts, body) = request.into_parts();
    let verdict = desync::classify(&parts);
    exchange.ruling.verdict = Some(verdict);
    if verdict.1.is_some() {
        exchange.client.worker.counts().non_compliant_requests.one();
    }
    if live.attributes.desync.refuses(verdict.0) {
        return Err(Refusal::BadRequest);
    }
    check(&parts.method, &parts.headers)?;
    let host = host(&parts).to_owned();
    let uri = parts.uri.clone();
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let found = listener.routes.find(&Head {
        method: &parts.method,
        host: without_port(&host),
        path,
        query,
        headers: &parts.headers,
        source: exchange.client.peer.ip(),
    });
    exchange.client.worker.counts().rule_evaluations.add(found.evaluations);
    exchange.ruling.priority = Some(found.priority);
    match found.action {
        Action::Forward(to) => {
            exchange.ruling.action = "forward";
            forward(exchange, to, listener, Request::from_parts(parts, body)).await
        }
        Action::Redirect(to) => {
            exchange.ruling.action = "redirect";
            Ok(redirected(exchange, to, listener, (without_port(&host), path, query)))
        }
        Action::FixedResponse(fixed) => {
            exchange.ruling.action = "fixed-response";
            Ok(Answer::Own(page::fixed(fixed)))
        }
    }
}

/// The host that a request names: HTTP/2 names it in its address.
fn host(parts: &http::request::Parts) -> &str {
    let named = parts.uri.authority().map(|authority| authority.as_str());
    let header = parts.headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
    named.or(header).unwrap_or_default()
}

fn check(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if *method == Method::TRACE {
        return Err(Refusal::MethodNotAllowed);
    }
    if *method == Method::CONNECT {
        return Err(Refusal::BadRequest);
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    if lines.flat_map(|line| line.split(',')).count() > FORWARDED_ADDRESSES {
        return Err(Refusal::TooManyForwarded);
    }
    Ok(())
}

fn redirected(exchange: &mut Exchange, to: &Redirect, listener: &Listener, (host, path, query): (&str, &str, &str)) -> Answer {
    let from = redirect::From {
        protocol: listener.scheme(),
        host,
        port: listener.port,
        path,
        query,
    };
    let location = redirect::location(to, &from);
    let response = page::redirect(to.status, &location);
    exchange.ruling.redirect = Some(location);
    Answer::Own(response)
}
