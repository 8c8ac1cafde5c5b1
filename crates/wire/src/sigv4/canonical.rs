//! The canonical request: method, path, query, headers and payload hash in one agreed spelling.

use std::fmt::Write;

use super::{Family, SignedRequest};

/// The parameter that a presigned request's signature does not cover: itself.
const SIGNATURE: &str = "X-Amz-Signature";

/// The canonical request as text.
pub(super) fn request(request: &SignedRequest<'_>, signed_headers: &[String], payload_hash: &str, family: Family) -> String {
    format!(
        "{}\n{}\n{}\n{}\n{}\n{payload_hash}",
        request.method,
        path(request.path, family),
        query(request.query),
        headers(request, signed_headers),
        signed_headers.join(";"),
    )
}

/// S3 signs the path in one encoding; every other service signs it without dot segments and encoded once more.
fn path(path: &str, family: Family) -> String {
    let path = if path.is_empty() { "/" } else { path };
    if family == Family::S3 {
        // Segment by segment: an encoded slash stays one.
        return path
            .split('/')
            .map(|segment| encode(&decode(segment), b""))
            .collect::<Vec<_>>()
            .join("/");
    }
    encode(normalize(path).as_bytes(), b"/")
}

fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// The query's pairs, decoded, in the order in which they came.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            (lossy(key), lossy(value))
        })
        .collect()
}

fn query(query: &str) -> String {
    let mut encoded: Vec<(String, String)> = query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            (encode(&decode(key), b""), encode(&decode(value), b""))
        })
        .filter(|(key, _)| key != SIGNATURE)
        .collect();
    encoded.sort();
    encoded
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn headers(request: &SignedRequest<'_>, signed: &[String]) -> String {
    signed.iter().fold(String::new(), |mut text, name| {
        let values: Vec<String> = request
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| squeeze(value))
            .collect();
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{name}:{}", values.join(","));
        text
    })
}

/// Trims a value and makes each run of white space one space.
fn squeeze(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Percent-encodes everything but unreserved characters and `also`.
pub(super) fn encode(bytes: &[u8], also: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || also.contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// Undoes percent-encoding; what is no escape stays as it is.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escape.unwrap_or(bytes[at]));
        at += if escape.is_some() { 3 } else { 1 };
    }
    out
}

fn lossy(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}
