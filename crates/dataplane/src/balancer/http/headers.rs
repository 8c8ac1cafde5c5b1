//! Headers as they go on ("HTTP headers and Application Load Balancers").

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

use super::exchange::Exchange;
use crate::balancer::chance::Chance;
use crate::balancer::client::Client;
use crate::balancer::config::{Attributes, Kind, XffMode};
use crate::balancer::head::{Edit, Fields};
use crate::balancer::live::Listener;
use crate::balancer::route::without_port;
use crate::balancer::trace;

/// Who asked, and through whom.
pub const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_PORT: &str = "x-forwarded-port";
const TRACE_ID: &str = "x-amzn-trace-id";
const TLS_VERSION: &str = "x-amzn-tls-version";
const TLS_CIPHER: &str = "x-amzn-tls-cipher-suite";
/// For the next hop only, whatever `Connection` says.
const HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "transfer-encoding",
];

/// The protocol that a head wants to change to.
pub fn upgrade(fields: &impl Fields) -> Option<&str> {
    let wants = fields.words("connection").any(|word| word.eq_ignore_ascii_case("upgrade"));
    wants.then(|| fields.text("upgrade")).flatten()
}

/// Takes out what is for the next hop only.
pub fn strip(fields: &mut impl Edit) {
    let named: Vec<String> = fields.words("connection").map(str::to_owned).collect();
    let named = |name: &[u8]| named.iter().any(|hop| name.eq_ignore_ascii_case(hop.as_bytes()));
    let hop = |name: &[u8]| HOP.iter().any(|hop| name.eq_ignore_ascii_case(hop.as_bytes()));
    fields.retain(|name| !hop(name) && !named(name));
}

/// Makes a request's head that of the request to the target.
pub fn prepare(fields: &mut impl Edit, exchange: &Exchange, listener: &Listener) {
    let (client, attributes) = (&exchange.client, &exchange.live.attributes);
    // Both framings at once: the chunks are what counts, and the length does not go on (RFC 9112, 6.1).
    if fields.has("transfer-encoding") {
        fields.remove("content-length");
    }
    let upgrade = upgrade(fields).map(str::to_owned);
    strip(fields);
    fields.remove("expect"); // The balancer says 100 (Continue) itself, when it reads the body.
    if attributes.drop_invalid_headers {
        // "Only `-A-Za-z0-9` in names": what does not hold to it is dropped.
        fields.retain(|name| name.iter().all(|byte| *byte == b'-' || byte.is_ascii_alphanumeric()));
    }
    if let Some(protocol) = upgrade {
        fields.set("connection", b"upgrade");
        fields.set("upgrade", protocol.as_bytes());
    }
    join_cookies(fields);
    forwarded(fields, client, listener, attributes);
    if exchange.live.kind == Kind::Application {
        host(fields, listener, attributes);
        let trace = trace(fields, exchange.came, &client.worker.chance);
        fields.set(TRACE_ID, trace.as_bytes());
        tls(fields, client, attributes);
    }
}

/// HTTP/2 may send a cookie in crumbs; HTTP/1.1 has one line (RFC 9113, 8.2.3).
fn join_cookies(fields: &mut impl Edit) {
    if fields.values("cookie").nth(1).is_some() {
        let line = fields.values("cookie").collect::<Vec<_>>().join(&b"; "[..]);
        fields.set("cookie", &line);
    }
}

fn forwarded(fields: &mut impl Edit, client: &Client, listener: &Listener, attributes: &Attributes) {
    match attributes.xff {
        XffMode::Append => append_client(fields, client.peer, attributes.xff_client_port),
        XffMode::Preserve => {}
        XffMode::Remove => fields.remove(FORWARDED_FOR),
    }
    fields.set(FORWARDED_PROTO, listener.scheme().as_bytes());
    fields.set(FORWARDED_PORT, listener.port_text.as_bytes());
}

fn append_client(fields: &mut impl Edit, peer: SocketAddr, with_port: bool) {
    let mut line = String::with_capacity(48);
    for came in fields.texts(FORWARDED_FOR) {
        line.push_str(came);
        line.push_str(", ");
    }
    let written = match (peer.ip(), with_port) {
        (ip, false) => write!(line, "{ip}"),
        (IpAddr::V4(ip), true) => write!(line, "{ip}:{}", peer.port()),
        (IpAddr::V6(ip), true) => write!(line, "[{ip}]:{}", peer.port()),
    };
    if written.is_ok() {
        fields.set(FORWARDED_FOR, line.as_bytes());
    }
}

/// "Host header preservation": without it, the port is there exactly where it is not the protocol's own.
fn host(fields: &mut impl Edit, listener: &Listener, attributes: &Attributes) {
    let Some(came) = fields.text("host").filter(|_| !attributes.preserve_host) else {
        return;
    };
    let name = without_port(came);
    let default = matches!(listener.port, 80 | 443);
    let goes = match (default, name.len() == came.len()) {
        (true, true) | (false, false) => return,
        (true, false) => name.to_owned(),
        (false, true) => format!("{name}:{}", listener.port),
    };
    fields.set("host", goes.as_bytes());
}

fn tls(fields: &mut impl Edit, client: &Client, attributes: &Attributes) {
    if let Some(facts) = client.tls.as_ref().filter(|_| attributes.tls_headers) {
        fields.set(TLS_VERSION, facts.version.as_bytes());
        fields.set(TLS_CIPHER, facts.cipher.as_bytes());
    }
}

/// A request's trace id as it goes on.
pub fn trace(fields: &impl Fields, came: SystemTime, chance: &Chance) -> String {
    trace::header(fields.text(TRACE_ID), came, chance)
}

/// The trace id that went on.
pub fn trace_id(fields: &impl Fields) -> Option<&str> {
    fields.text(TRACE_ID)
}
