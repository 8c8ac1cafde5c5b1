//! What an instance is told about itself at 169.254.169.254. Follows the pages "Instance metadata categories" and "Use the Instance
//! Metadata Service to access instance metadata". HTTP itself is served elsewhere; here is what is answered.
//!
//! **Invariant**: pure. A token is its expiry under the cloud's key, bound to its instance: none is stored, and no other opens a door.

mod token;
mod tree;

#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_core::{Place, Tx};
use tierra_model::Timestamp;

use super::instance::metadata_options::{HttpTokens, Switch};
use super::instance::{Found, Instance};
use super::network_interface::NetworkInterface;
use super::vpc::VpcId;

/// A request for metadata: what of its head matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// The path, without query.
    pub path: &'a str,
    /// The header `X-aws-ec2-metadata-token`.
    pub token: Option<&'a str>,
    /// The header `X-aws-ec2-metadata-token-ttl-seconds`.
    pub ttl: Option<&'a str>,
    /// Whether there is a header `X-Forwarded-For`: someone asks on behalf of another.
    pub forwarded: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The header `X-Aws-Ec2-Metadata-Token-Ttl-Seconds`, in seconds.
    pub ttl: Option<i64>,
    /// How many hops the answer may take (the IP time to live), where it carries a token.
    pub hop_limit: Option<i32>,
    /// The body.
    pub body: Vec<u8>,
}

/// The instance that has this address in a VPC.
pub fn instance_at(tx: &Tx, place: &Place, vpc: &VpcId, address: Ipv4Addr) -> Option<Instance> {
    let interfaces: Vec<NetworkInterface> = tx.by_index(place, "vpc", vpc.as_str());
    let interface = interfaces
        .into_iter()
        .find(|interface| interface.addresses().any(|one| one == address))?;
    let id = interface.attachment?.instance?;
    tx.find::<Instance>(place, id)
        .filter(|instance| instance.status.found != Found::Gone)
}

/// What this instance is answered.
pub fn answer(tx: &Tx, instance: &Instance, ask: &Ask<'_>, now: Timestamp) -> Answer {
    if instance.spec.metadata.endpoint == Switch::Disabled {
        return Answer::error(403, "Forbidden");
    }
    match ask.method {
        "PUT" => put(tx, instance, ask, now),
        "GET" | "HEAD" => get(tx, instance, ask, now),
        _ => Answer::error(405, "Method Not Allowed"),
    }
}

fn put(tx: &Tx, instance: &Instance, ask: &Ask<'_>, now: Timestamp) -> Answer {
    if ask.path.trim_end_matches('/') != "/latest/api/token" {
        return Answer::error(405, "Method Not Allowed");
    }
    if ask.forwarded {
        return Answer::error(403, "Forbidden");
    }
    let Some(seconds) = ask.ttl.and_then(token::seconds) else {
        return Answer::error(400, "Bad Request");
    };
    match token::issue(tx, instance, now, seconds) {
        Some(token) => Answer {
            ttl: Some(seconds),
            hop_limit: Some(instance.spec.metadata.hop_limit),
            ..Answer::plain(token.into_bytes())
        },
        None => Answer::error(500, "Internal Server Error"),
    }
}

fn get(tx: &Tx, instance: &Instance, ask: &Ask<'_>, now: Timestamp) -> Answer {
    let left = match ask.token {
        Some(token) => match token::seconds_left(tx, instance, now, token) {
            Some(left) => Some(left),
            None => return Answer::error(401, "Unauthorized"),
        },
        None if instance.spec.metadata.tokens == HttpTokens::Required => return Answer::error(401, "Unauthorized"),
        None => None,
    };
    Answer {
        ttl: left,
        ..read(tx, instance, ask.path, now)
    }
}

/// What is at a path.
fn read(tx: &Tx, instance: &Instance, path: &str, now: Timestamp) -> Answer {
    let Some(path) = below_version(path) else { return versions(path) };
    if path == "user-data" {
        return user_data(instance);
    }
    match tree::of(tx, instance, now).at(path) {
        Some(text) => Answer::plain(text.into_bytes()),
        None => Answer::error(404, "Not Found"),
    }
}

/// The path below `/latest/` or a date, without the slash at its end.
fn below_version(path: &str) -> Option<&str> {
    let path = path.trim_matches('/');
    let (version, rest) = path.split_once('/').unwrap_or((path, ""));
    let is_date = version.len() == 10 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    (version == "latest" || version == "1.0" || is_date).then(|| rest.trim_matches('/'))
}

fn versions(path: &str) -> Answer {
    if path.trim_matches('/').is_empty() {
        return Answer::plain(b"1.0\n2009-04-04\n2021-03-23\nlatest".to_vec());
    }
    Answer::error(404, "Not Found")
}

fn user_data(instance: &Instance) -> Answer {
    let bytes = instance.spec.user_data.as_ref().and_then(|text| STANDARD.decode(text).ok());
    match bytes {
        Some(bytes) => Answer {
            content_type: "application/octet-stream",
            ..Answer::plain(bytes)
        },
        None => Answer::error(404, "Not Found"),
    }
}

impl Answer {
    fn plain(body: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type: "text/plain",
            ttl: None,
            hop_limit: None,
            body,
        }
    }

    /// As EC2's web server says it.
    fn error(status: u16, reason: &str) -> Self {
        let page = format!(
            "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>{status} - {reason}</title></head>\
             <body><h1>{status} - {reason}</h1></body></html>\n"
        );
        Self {
            status,
            content_type: "text/html",
            ..Self::plain(page.into_bytes())
        }
    }
}
