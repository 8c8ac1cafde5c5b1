//! A request as it came, and an answer as it goes: heads and bytes, no connection.

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
