//! What is decided from of a request's head, and what is changed of a head that goes on, whoever has read it: hyper for HTTP/2,
//! [`http1`](super::http1) for HTTP/1.1. So there is one set of rules, headers and cookies for both.
//!
//! **Invariant**: names are asked for in lower case, and found in any.

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Version};

/// The fields of a head.
pub trait Fields {
    /// The values of one field, in their order.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;

    /// Every line: name and value.
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])>;

    /// Bytes of all lines.
    fn bytes(&self) -> u64;

    /// Whether there is such a field.
    fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The values that are text.
    fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values(name).filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// The first value, where it is text.
    fn text<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// What commas separate, over all lines.
    fn words<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts(name).flat_map(|line| line.split(',')).map(str::trim)
    }
}

/// Fields that can be changed. A name or value that HTTP does not allow is left out.
pub trait Edit: Fields {
    /// Makes this the field's only value.
    fn set(&mut self, name: &str, value: &[u8]);

    /// Adds a line.
    fn add(&mut self, name: &str, value: &[u8]);

    /// Keeps the fields whose name is wanted.
    fn retain(&mut self, wanted: impl Fn(&[u8]) -> bool);

    /// Takes a field out.
    fn remove(&mut self, name: &str) {
        self.retain(|known| !known.eq_ignore_ascii_case(name.as_bytes()));
    }
}

/// A length: digits and nothing else, where `parse` would take a plus as well.
pub fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().all(u8::is_ascii_digit).then_some(text)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether a request of this method may be sent twice (RFC 9110, 9.2.2).
pub fn may_repeat(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
}

impl Fields for HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }

    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
    }

    fn bytes(&self) -> u64 {
        let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
        self.iter().map(line).sum::<usize>() as u64
    }
}

impl Edit for HeaderMap {
    fn set(&mut self, name: &str, value: &[u8]) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) {
            self.insert(name, value);
        }
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) {
            self.append(name, value);
        }
    }

    fn retain(&mut self, wanted: impl Fn(&[u8]) -> bool) {
        let unwanted = |name: &&HeaderName| !wanted(name.as_str().as_bytes());
        let names: Vec<HeaderName> = self.keys().filter(unwanted).cloned().collect();
        for name in names {
            HeaderMap::remove(self, name);
        }
    }
}

/// A request's head.
#[derive(Debug)]
pub struct Head<'a, F> {
    /// The method.
    pub method: &'a str,
    /// The version of HTTP.
    pub version: Version,
    /// The host that its address names, where it names one.
    pub authority: Option<&'a str>,
    /// The path, with its leading slash.
    pub path: &'a str,
    /// What follows `?`.
    pub query: Option<&'a str>,
    /// The header.
    pub fields: &'a F,
}

impl<'a> Head<'a, HeaderMap> {
    /// The head as hyper has read it.
    pub fn of(parts: &'a Parts) -> Self {
        Self {
            method: parts.method.as_str(),
            version: parts.version,
            authority: parts.uri.authority().map(|authority| authority.as_str()),
            path: parts.uri.path(),
            query: parts.uri.query(),
            fields: &parts.headers,
        }
    }
}

impl<'a, F: Fields> Head<'a, F> {
    /// The host that it names, with its port where it has one.
    pub fn host(&self) -> Option<&'a str> {
        self.authority.or_else(|| self.fields.text("host"))
    }

    /// Bytes of the head, as HTTP/1.1 writes it.
    pub fn bytes(&self) -> u64 {
        let query = self.query.map_or(0, |query| query.len() + 1);
        (self.method.len() + self.path.len() + query) as u64 + 14 + self.fields.bytes()
    }
}
