//! "Desync mitigation mode": requests that two readers could read differently.
//!
//! **Invariant**: a class says how a request looks. A head that cannot be read at all, or whose body's end nobody can know, is
//! refused before and whatever the mode (`http1`'s parser and its framing).

use http::Version;

use super::config::DesyncMode;
use super::head::{Fields, Head};

/// AWS's classes, the worse the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// As the RFC has it, or nothing that could be misread.
    Acceptable,
    /// Not as the RFC has it; most read it alike.
    Ambiguous,
    /// Made to be misread.
    Severe,
}

/// A request's class, and AWS's word for the reason ("Classification reasons" of "Access logs").
pub type Verdict = (Class, Option<&'static str>);

/// Classifies a request.
pub fn classify<F: Fields>(head: &Head<'_, F>) -> Verdict {
    let (length, coded) = (head.fields.has("content-length"), head.fields.has("transfer-encoding"));
    if let Some(reason) = severe(head.fields, length, coded) {
        return (Class::Severe, Some(reason));
    }
    let bodiless = matches!(head.method, "GET" | "HEAD");
    if length && coded {
        (Class::Ambiguous, Some("BothTeClPresent"))
    } else if bodiless && coded {
        (Class::Ambiguous, Some("UndefinedTransferEncodingSemantics"))
    } else if head.version == Version::HTTP_11 && !head.fields.has("host") {
        (Class::Ambiguous, Some("BadHost"))
    } else if length && head.fields.values("content-length").nth(1).is_some() {
        (Class::Ambiguous, Some("DuplicateContentLength"))
    } else if bodiless && length && head.fields.text("content-length") == Some("0") {
        (Class::Acceptable, Some("GetHeadZeroContentLength"))
    } else if bodiless && length {
        (Class::Ambiguous, Some("UndefinedContentLengthSemantics"))
    } else if !head.fields.is_ascii() {
        (Class::Acceptable, Some("NonCompliantHeader"))
    } else {
        (Class::Acceptable, None)
    }
}

fn severe(fields: &impl Fields, length: bool, coded: bool) -> Option<&'static str> {
    if length {
        let mut lengths = fields.values("content-length");
        let first = lengths.next();
        if lengths.any(|length| Some(length) != first) {
            return Some("MultipleContentLength");
        }
        if !first.is_some_and(|length| !length.is_empty() && length.iter().all(u8::is_ascii_digit)) {
            return Some("BadContentLength");
        }
    }
    if coded {
        let mut codings = fields.values("transfer-encoding");
        if !codings.all(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
            return Some("BadTransferEncoding");
        }
        if fields.values("transfer-encoding").nth(1).is_some() {
            return Some("MultipleTransferEncodingChunked");
        }
    }
    fields.names().any(suspicious).then_some("SuspiciousHeader")
}

/// Whether a name is none that frames a body, but becomes one for a reader that takes what is no letter for another such thing.
fn suspicious(name: &[u8]) -> bool {
    let framing: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
    let begins = matches!(name.first(), Some(b'c' | b'C' | b't' | b'T' | b'-' | b'_' | b'.' | b'!'..=b'\''));
    let same = |wanted: &[u8]| {
        let letters = name.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase);
        letters.eq(wanted.iter().copied().filter(u8::is_ascii_alphabetic))
    };
    let near = |wanted: &&[u8]| name.len().abs_diff(wanted.len()) <= 2 && !name.eq_ignore_ascii_case(wanted) && same(wanted);
    begins && name.len() >= 12 && framing.iter().any(near)
}

impl DesyncMode {
    /// Whether a request of the class is refused.
    pub fn refuses(self, class: Class) -> bool {
        match self {
            Self::Monitor => false,
            Self::Defensive => class >= Class::Severe,
            Self::Strictest => class >= Class::Ambiguous,
        }
    }

    /// Whether the connections of such a request end with it.
    pub fn closes(self, class: Class) -> bool {
        self == Self::Defensive && class == Class::Ambiguous
    }
}

impl Class {
    /// As access logs write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acceptable => "Acceptable",
            Self::Ambiguous => "Ambiguous",
            Self::Severe => "Severe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let fine = (Class::Acceptable, None);
        let acceptable = |reason| (Class::Acceptable, Some(reason));
        let ambiguous = |reason| (Class::Ambiguous, Some(reason));
        let severe = |reason| (Class::Severe, Some(reason));
        let cases = [
            ("GET", "host: a", fine),
            ("GET", "host: a|content-length: 0", acceptable("GetHeadZeroContentLength")),
            ("GET", "host: a|x: é", acceptable("NonCompliantHeader")),
            ("GET", "host: a|content-length: 2", ambiguous("UndefinedContentLengthSemantics")),
            (
                "GET",
                "host: a|transfer-encoding: chunked",
                ambiguous("UndefinedTransferEncodingSemantics"),
            ),
            ("GET", "", ambiguous("BadHost")),
            ("POST", "host: a|content-length: 5", fine),
            (
                "POST",
                "host: a|content-length: 5|transfer-encoding: chunked",
                ambiguous("BothTeClPresent"),
            ),
            (
                "POST",
                "host: a|content-length: 5|content-length: 5",
                ambiguous("DuplicateContentLength"),
            ),
            (
                "POST",
                "host: a|content-length: 5|content-length: 6",
                severe("MultipleContentLength"),
            ),
            ("POST", "host: a|content-length: +5", severe("BadContentLength")),
            ("POST", "host: a|content-length: 5, 5", severe("BadContentLength")),
            ("POST", "host: a|content-length:", severe("BadContentLength")),
            ("POST", "host: a|transfer-encoding: Chunked", fine),
            ("POST", "host: a|transfer-encoding: gzip, chunked", severe("BadTransferEncoding")),
            ("POST", "host: a|transfer-encoding: xchunked", severe("BadTransferEncoding")),
            (
                "POST",
                "host: a|transfer-encoding: chunked|transfer-encoding: chunked",
                severe("MultipleTransferEncodingChunked"),
            ),
            ("POST", "host: a|transfer_encoding: chunked", severe("SuspiciousHeader")),
            ("POST", "host: a|content.length: 3", severe("SuspiciousHeader")),
            ("POST", "host: a|content-language: de", fine),
        ];
        for (method, lines, verdict) in cases {
            let mut request = http::Request::builder().method(method).uri("/");
            for (name, value) in lines.split('|').filter_map(|line| line.split_once(':')) {
                request = request.header(name, value.trim().as_bytes());
            }
            let (parts, ()) = request.body(()).expect("request").into_parts();
            assert_eq!(classify(&Head::of(&parts)), verdict, "{method} {lines}");
        }
    }

    #[test]
    fn modes() {
        use DesyncMode::{Defensive, Monitor, Strictest};
        assert!(!Monitor.refuses(Class::Severe));
        assert!(Defensive.refuses(Class::Severe) && !Defensive.refuses(Class::Ambiguous) && Defensive.closes(Class::Ambiguous));
        assert!(Strictest.refuses(Class::Ambiguous) && !Strictest.refuses(Class::Acceptable));
    }
}
