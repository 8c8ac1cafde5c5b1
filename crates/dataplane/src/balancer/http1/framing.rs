//! Where a body ends: RFC 9112, 6.3, without its leniencies.

use super::fields::Lines;
use crate::balancer::head::Fields;

/// How a body's end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Nothing,
    /// After so many bytes.
    Length(u64),
    /// By an empty chunk.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// Nobody can know where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unframed;

/// Of a request. `minor` is its version of HTTP/1.
///
/// # Errors
/// Lengths that differ or are none, codings other than one `chunked`, chunks in HTTP/1.0.
pub fn of_request(fields: &Lines, minor: u8) -> Result<Framing, Unframed> {
    match (is_chunked(fields)?, length(fields)?) {
        (true, _) if minor == 0 => Err(Unframed),
        (true, _) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::Nothing),
    }
}

/// Of the response to a request that was, or was not, a HEAD.
///
/// # Errors
/// As for requests.
pub fn of_response(fields: &Lines, status: u16, head: bool) -> Result<Framing, Unframed> {
    match (is_chunked(fields)?, length(fields)?) {
        _ if head || matches!(status, 100..=199 | 204 | 304) => Ok(Framing::Nothing),
        (true, _) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::UntilClose),
    }
}

fn is_chunked(fields: &Lines) -> Result<bool, Unframed> {
    let mut codings = fields.values("transfer-encoding");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(true),
        _ => Err(Unframed),
    }
}

fn length(fields: &Lines) -> Result<Option<u64>, Unframed> {
    let mut lengths = fields.values("content-length");
    let Some(first) = lengths.next() else { return Ok(None) };
    if lengths.any(|other| other != first) || !first.iter().all(u8::is_ascii_digit) {
        return Err(Unframed);
    }
    let number = std::str::from_utf8(first).ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or(Unframed)
}
