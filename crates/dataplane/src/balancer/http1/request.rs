//! A request's head.
//!
//! **Invariant**: what does not hold to RFC 9112 is refused: a folded line, a space before a colon, a line that ends without CR, a
//! version that is not HTTP/1, an address that is neither a path nor a URL.

use std::mem::MaybeUninit;

use http::Version;
use httparse::{ParserConfig, Status};

use super::fields::{Lines, Span};
use super::framing::Framing;
use super::wire::Input;
use crate::balancer::head::{Edit, Head};
use crate::balancer::http::refusal::Refusal;

/// "16 K per request line".
const LINE: usize = 16 * 1024;
/// "16 K per single header".
const FIELD: usize = 16 * 1024;
/// "64 K for the entire request header", and the request line.
const HEAD: usize = LINE + 64 * 1024;
/// Fields of one head.
pub const FIELDS: usize = 128;

/// A request's head, in memory that is used again for the next.
#[derive(Debug, Default)]
pub struct Request {
    /// The header.
    pub lines: Lines,
    /// The version: 1 in HTTP/1.1.
    pub minor: u8,
    method: Span,
    authority: Option<Span>,
    path: Option<Span>,
    query: Option<Span>,
    seen: usize,
}

impl Request {
    /// Reads a head, where all of it is there.
    ///
    /// # Errors
    /// It is none, or too long.
    pub fn read(&mut self, input: &mut Input) -> Result<bool, Refusal> {
        let bytes = input.unread();
        let seen = std::mem::replace(&mut self.seen, bytes.len());
        let whole = if seen == 0 || may_end(bytes, seen) {
            self.parse(bytes)?
        } else {
            None
        };
        match whole {
            Some(length) => {
                self.seen = 0;
                input.used(length);
                Ok(true)
            }
            None if bytes.len() > LINE && memchr::memchr(b'\n', &bytes[..LINE]).is_none() => Err(Refusal::UriTooLong),
            None if bytes.len() > HEAD => Err(Refusal::BadRequest),
            None => Ok(false),
        }
    }

    fn parse(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
        let mut parsed = httparse::Request::new(&mut []);
        let status = ParserConfig::default().parse_request_with_uninit_headers(&mut parsed, bytes, &mut headers);
        let Status::Complete(length) = status.map_err(|error| unparsed(error, bytes))? else {
            return Ok(None);
        };
        let head = &bytes[..length];
        let too_long = |header: &httparse::Header<'_>| header.name.len() + header.value.len() > FIELD;
        if length > HEAD || !has_whole_ends(head) || parsed.headers.iter().any(too_long) {
            return Err(Refusal::BadRequest);
        }
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        if target.len() > LINE {
            return Err(Refusal::UriTooLong);
        }
        self.method = Span::of(method.as_bytes(), head);
        self.minor = parsed.version.unwrap_or_default();
        let (authority, path, query) = address(method, target).ok_or(Refusal::BadRequest)?;
        let span = |part: &str| Span::of(part.as_bytes(), head);
        (self.authority, self.path, self.query) = (authority.map(span), path.map(span), query.map(span));
        self.lines.load(head, parsed.headers);
        Ok(Some(length))
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.lines.text_part(self.method)
    }

    /// The head, for whoever decides.
    pub fn head(&self) -> Head<'_, Lines> {
        let text = |span: Span| self.lines.text_part(span);
        Head {
            method: self.method(),
            version: if self.minor == 0 { Version::HTTP_10 } else { Version::HTTP_11 },
            authority: self.authority.map(text),
            path: self.path.map_or("/", text),
            query: self.query.map(text),
            fields: &self.lines,
        }
    }

    /// Makes the host that a URL names the one that counts (RFC 9112, 3.2.2); `local` where HTTP/1.0 names none.
    pub fn settle_host(&mut self, local: impl FnOnce() -> String) {
        if let Some(authority) = self.authority {
            let host = self.lines.text_part(authority).to_owned();
            self.lines.set("host", host.as_bytes());
        } else if self.minor == 0 && self.head().host().is_none() {
            self.lines.set("host", local().as_bytes());
        }
    }

    /// Writes the head as it goes to a target.
    pub fn write(&mut self, framing: Framing, out: &mut Vec<u8>) {
        reframe(&mut self.lines, framing);
        let head = self.head();
        out.extend_from_slice(head.method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(head.path.as_bytes());
        if let Some(query) = head.query {
            out.push(b'?');
            out.extend_from_slice(query.as_bytes());
        }
        out.extend_from_slice(b" HTTP/1.1\r\n");
        self.lines.write(out);
    }
}

/// Why a head was not parsed: for its version of HTTP, or as no head at all.
fn unparsed(error: httparse::Error, bytes: &[u8]) -> Refusal {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut parts = line.trim_ascii_end().splitn(3, |byte| *byte == b' ').skip(2);
    let version = parts.next().unwrap_or_default();
    match (error, version) {
        (httparse::Error::Version, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Refusal::UnsupportedVersion
        }
        _ => Refusal::BadRequest,
    }
}

/// Writes into a header how its body goes on, and nothing else of the kind.
pub fn reframe(lines: &mut Lines, framing: Framing) {
    match framing {
        Framing::Length(length) => lines.set("content-length", length.to_string().as_bytes()),
        Framing::Chunked => {
            lines.remove("content-length");
            lines.set("transfer-encoding", b"chunked");
        }
        Framing::UntilClose => lines.remove("content-length"),
        Framing::Nothing => {}
    }
}

/// Whether an empty line has come among the bytes from `seen` on.
pub fn may_end(bytes: &[u8], seen: usize) -> bool {
    let from = seen.saturating_sub(3);
    let ends = |at: usize| matches!(bytes[from + at + 1..], [b'\n', ..] | [b'\r', b'\n', ..]);
    memchr::memchr_iter(b'\n', &bytes[from..]).any(ends)
}

/// Whether all lines end with CR and LF.
fn has_whole_ends(head: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', head).all(|at| at > 0 && head[at - 1] == b'\r')
}

/// Host, path and query that a request's target names. An absent path is `/`.
fn address<'a>(method: &str, target: &'a str) -> Option<(Option<&'a str>, Option<&'a str>, Option<&'a str>)> {
    let target = target.split('#').next().unwrap_or_default(); // A fragment is nobody's but the client's.
    let split = |rest: &'a str| match rest.split_once('?') {
        Some((path, query)) => (Some(path).filter(|path| !path.is_empty()), Some(query)),
        None => (Some(rest).filter(|path| !path.is_empty()), None),
    };
    if target.starts_with('/') {
        let (path, query) = split(target);
        return Some((None, path, query));
    }
    if let Some(("http" | "https", rest)) = target.split_once("://") {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        let (path, query) = split(rest);
        return (!host.is_empty() && !host.contains('@')).then_some((Some(host), path, query));
    }
    match method {
        "OPTIONS" if target == "*" => Some((None, Some(target), None)),
        // Refused, but as what it is.
        "CONNECT" => Some((Some(target), None, None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        let cases = [
            ("GET", "/a/b?c=d?e", Some((None, Some("/a/b"), Some("c=d?e")))),
            ("GET", "/a#b?c", Some((None, Some("/a"), None))),
            ("GET", "//a", Some((None, Some("//a"), None))),
            ("GET", "http://a.b:80/c?d", Some((Some("a.b:80"), Some("/c"), Some("d")))),
            ("GET", "http://a.b?d", Some((Some("a.b"), None, Some("d")))),
            ("GET", "https://a.b", Some((Some("a.b"), None, None))),
            ("GET", "http:///c", None),
            ("GET", "http://user@a.b/", None),
            ("GET", "a", None),
            ("GET", "*", None),
            ("GET", "ftp://a/", None),
            ("OPTIONS", "*", Some((None, Some("*"), None))),
            ("CONNECT", "a:443", Some((Some("a:443"), None, None))),
        ];
        for (method, target, parts) in cases {
            assert_eq!(address(method, target), parts, "{method} {target}");
        }
    }
}
