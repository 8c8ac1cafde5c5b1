//! Where a body ends: RFC 9112, 6.3, without its leniencies.

use crate::balancer::head::{Fields, number};
use crate::balancer::http::refusal::Refusal;

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

/// Why a body cannot be carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unframed {
    /// Nobody can know where it ends.
    Unknown,
    /// "The supported values for Transfer-Encoding are chunked and identity."
    Coding,
}

impl Unframed {
    /// What the client is told.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Unknown => Refusal::BadRequest,
            Self::Coding => Refusal::UnsupportedCoding,
        }
    }
}

/// Of a request. `minor` is its version of HTTP/1.
///
/// # Errors
/// Lengths that differ or are none, codings that are not supported or do not end with one `chunked`, chunks in HTTP/1.0.
pub fn of_request(fields: &impl Fields, minor: u8) -> Result<Framing, Unframed> {
    match (is_chunked(fields)?, length(fields)?) {
        (true, _) if minor == 0 => Err(Unframed::Unknown),
        (true, _) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::Nothing),
    }
}

/// Of the response to a request that was, or was not, a HEAD.
///
/// # Errors
/// As for requests.
pub fn of_response(fields: &impl Fields, status: u16, head: bool) -> Result<Framing, Unframed> {
    match (is_chunked(fields)?, length(fields)?) {
        _ if head || matches!(status, 100..=199 | 204 | 304) => Ok(Framing::Nothing),
        (true, _) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::UntilClose),
    }
}

fn is_chunked(fields: &impl Fields) -> Result<bool, Unframed> {
    let mut chunked = false;
    for line in fields.values("transfer-encoding") {
        for coding in line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            match coding {
                _ if chunked => return Err(Unframed::Unknown),
                _ if coding.eq_ignore_ascii_case(b"identity") => {}
                _ if coding.eq_ignore_ascii_case(b"chunked") => chunked = true,
                _ => return Err(Unframed::Coding),
            }
        }
    }
    Ok(chunked)
}

fn length(fields: &impl Fields) -> Result<Option<u64>, Unframed> {
    let mut lengths = fields.values("content-length").map(number);
    let Some(first) = lengths.next() else { return Ok(None) };
    let first = first.ok_or(Unframed::Unknown)?;
    let same = lengths.all(|other| other == Some(first));
    same.then_some(Some(first)).ok_or(Unframed::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balancer::head::Edit;
    use crate::balancer::http1::fields::Lines;

    #[test]
    fn requests() {
        type Case<'a> = (&'a [(&'a str, &'a str)], Result<Framing, Unframed>);
        let cases: &[Case<'_>] = &[
            (&[], Ok(Framing::Nothing)),
            (&[("content-length", "5")], Ok(Framing::Length(5))),
            (&[("content-length", "5"), ("content-length", "05")], Ok(Framing::Length(5))),
            (&[("content-length", "5"), ("content-length", "6")], Err(Unframed::Unknown)),
            (&[("content-length", "")], Err(Unframed::Unknown)),
            (&[("content-length", "+5")], Err(Unframed::Unknown)),
            (&[("content-length", "5, 5")], Err(Unframed::Unknown)),
            (&[("transfer-encoding", "Chunked")], Ok(Framing::Chunked)),
            (&[("transfer-encoding", "identity")], Ok(Framing::Nothing)),
            (
                &[("transfer-encoding", "identity"), ("content-length", "5")],
                Ok(Framing::Length(5)),
            ),
            (&[("transfer-encoding", "identity, chunked")], Ok(Framing::Chunked)),
            (
                &[("transfer-encoding", "identity"), ("transfer-encoding", "chunked")],
                Ok(Framing::Chunked),
            ),
            (&[("transfer-encoding", "chunked, identity")], Err(Unframed::Unknown)),
            (
                &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
                Err(Unframed::Unknown),
            ),
            (&[("transfer-encoding", "gzip, chunked")], Err(Unframed::Coding)),
            (&[("transfer-encoding", "chunked;q=1")], Err(Unframed::Coding)),
            (&[("transfer-encoding", "")], Err(Unframed::Coding)),
        ];
        for (given, framing) in cases {
            let mut lines = Lines::default();
            given.iter().for_each(|(name, value)| lines.add(name, value.as_bytes()));
            assert_eq!(of_request(&lines, 1), *framing, "{given:?}");
        }
        let mut old = Lines::default();
        old.add("transfer-encoding", b"chunked");
        assert_eq!(of_request(&old, 0), Err(Unframed::Unknown));
    }
}
