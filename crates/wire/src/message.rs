//! A request as it came, and an answer as it goes: heads and bytes, no connection.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;

use crate::decode::DecodeError;
use crate::sigv4::SignedRequest;

/// A whole request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Method, path, query and headers.
    pub head: SignedRequest<'a>,
    /// The body, unchunked.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.head
            .headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The query's pairs, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.head.query.as_bytes()).into_owned().collect()
    }
}

/// The most that a compressed body may become, in bytes.
const MAX_INFLATED: u64 = 16 << 20;

/// The body as it was before a client compressed it (`Content-Encoding: gzip`, as SDKs send large PutMetricData calls). The signature
/// is over the compressed bytes; routing and decoding want the plain ones. Not for S3, where the header belongs to the object.
///
/// # Errors
/// Where the body is not what the header says, or becomes too large.
pub fn plain_body<'a>(request: &Request<'a>) -> Result<Cow<'a, [u8]>, DecodeError> {
    let malformed = |reason: &str| DecodeError::Malformed { reason: reason.to_owned() };
    if request
        .header("content-encoding")
        .is_none_or(|encoding| !encoding.eq_ignore_ascii_case("gzip"))
    {
        return Ok(Cow::Borrowed(request.body));
    }
    let mut plain = Vec::new();
    let read = GzDecoder::new(request.body).take(MAX_INFLATED + 1).read_to_end(&mut plain);
    match read {
        Ok(size) if size as u64 <= MAX_INFLATED => Ok(Cow::Owned(plain)),
        Ok(_) => Err(malformed("the body is too large")),
        Err(_) => Err(malformed("the body is not compressed as its Content-Encoding says")),
    }
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, in order; names as AWS writes them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with this status and body; an empty content type is not written.
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let mut answer = Self {
            status,
            headers: Vec::new(),
            body,
        };
        if !content_type.is_empty() {
            answer.push("Content-Type", content_type);
        }
        answer
    }

    /// Adds a header.
    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_compressed_body_is_inflated() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"Action=x").expect("memory");
        let (packed, headers) = (
            encoder.finish().expect("memory"),
            [("content-encoding".to_owned(), "gzip".to_owned())],
        );
        let head = |headers| SignedRequest {
            method: "POST",
            path: "/",
            query: "",
            headers,
        };
        let plain = |headers, body| plain_body(&Request { head: head(headers), body }).map(Cow::into_owned);
        assert_eq!(plain(&headers, &packed), Ok(b"Action=x".to_vec()));
        assert_eq!(plain(&[], b"Action=x"), Ok(b"Action=x".to_vec()));
        assert!(plain(&headers, b"Action=x").is_err());
    }
}
