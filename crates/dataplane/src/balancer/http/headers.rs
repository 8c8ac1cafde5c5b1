//! Headers as they go on ("HTTP headers and Application Load Balancers").

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use http::header::{CONNECTION, COOKIE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;

use crate::balancer::client::Client;
use crate::balancer::config::{Attributes, Kind, XffMode};
use crate::balancer::live::Listener;
use crate::balancer::route::without_port;
use crate::balancer::trace;

/// Headers that the balancer sets.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const TLS_VERSION: HeaderName = HeaderName::from_static("x-amzn-tls-version");
const TLS_CIPHER: HeaderName = HeaderName::from_static("x-amzn-tls-cipher-suite");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// The protocol that a request wants to change to.
pub fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut words = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
        .then(|| headers.get(UPGRADE).cloned())
        .flatten()
}

/// Takes out what is for the next hop only.
pub fn strip(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let values: Vec<HeaderValue> = headers.get_all(CONNECTION).iter().cloned().collect();
        let words = values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for name in words.filter_map(|word| word.trim().parse::<HeaderName>().ok()) {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, TE, TRAILER, UPGRADE, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}

/// Makes a request's head that of the request to the target.
pub fn prepare(parts: &mut Parts, client: &Client, listener: &Listener, attributes: &Attributes, kind: Kind, upgrade: Option<HeaderValue>) {
    let headers = &mut parts.headers;
    // Both framings at once: the chunks are what counts, and the length does not go on (RFC 9112, 6.1).
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(http::header::CONTENT_LENGTH);
    }
    strip(headers);
    headers.remove(EXPECT); // The balancer says 100 (Continue) itself, when it reads the body.
    if attributes.drop_invalid_headers {
        drop_invalid(headers);
    }
    if let Some(protocol) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, protocol);
    }
    join_cookies(headers);
    forwarded(headers, client, listener, attributes);
    if kind == Kind::Application {
        host(headers, listener, attributes);
        let came = headers.get(TRACE_ID).and_then(|value| value.to_str().ok());
        set(
            headers,
            TRACE_ID,
            &trace::header(came, (client.worker.clock)(), &client.worker.chance),
        );
        tls(headers, client, attributes);
    }
}

/// "Only `-A-Za-z0-9` in names": what does not hold to it is dropped.
fn drop_invalid(headers: &mut HeaderMap) {
    let valid = |name: &&HeaderName| !name.as_str().bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric());
    let invalid: Vec<HeaderName> = headers.keys().filter(valid).cloned().collect();
    for name in invalid {
        headers.remove(name);
    }
}

/// HTTP/2 may send a cookie in crumbs; HTTP/1.1 has one line (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(COOKIE).iter().nth(1).is_none() {
        return;
    }
    let crumbs: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(line) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(COOKIE, line);
    }
}

fn forwarded(headers: &mut HeaderMap, client: &Client, listener: &Listener, attributes: &Attributes) {
    match attributes.xff {
        XffMode::Append => append_client(headers, client.peer, attributes.xff_client_port),
        XffMode::Preserve => {}
        XffMode::Remove => drop(headers.remove(FORWARDED_FOR)),
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(listener.scheme()));
    headers.insert(FORWARDED_PORT, HeaderValue::from(listener.port));
}

fn append_client(headers: &mut HeaderMap, peer: SocketAddr, with_port: bool) {
    let mut line = String::with_capacity(48);
    for came in headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()) {
        line.push_str(came);
        line.push_str(", ");
    }
    let written = match (peer.ip(), with_port) {
        (ip, false) => write!(line, "{ip}"),
        (IpAddr::V4(ip), true) => write!(line, "{ip}:{}", peer.port()),
        (IpAddr::V6(ip), true) => write!(line, "[{ip}]:{}", peer.port()),
    };
    if written.is_ok() {
        set(headers, FORWARDED_FOR, &line);
    }
}

/// "Host header preservation": without it, the port is there exactly where it is not the protocol's own.
fn host(headers: &mut HeaderMap, listener: &Listener, attributes: &Attributes) {
    if attributes.preserve_host {
        return;
    }
    let Some(came) = headers.get(HOST).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let name = without_port(came);
    let default = matches!(listener.port, 80 | 443);
    let goes = match (default, name.len() == came.len()) {
        (true, true) | (false, false) => return,
        (true, false) => name.to_owned(),
        (false, true) => format!("{name}:{}", listener.port),
    };
    set(headers, HOST, &goes);
}

fn tls(headers: &mut HeaderMap, client: &Client, attributes: &Attributes) {
    if let Some(facts) = client.tls.as_ref().filter(|_| attributes.tls_headers) {
        headers.insert(TLS_VERSION, HeaderValue::from_static(facts.version));
        headers.insert(TLS_CIPHER, HeaderValue::from_static(facts.cipher));
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The trace id that went on.
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(TRACE_ID).and_then(|value| value.to_str().ok())
}
