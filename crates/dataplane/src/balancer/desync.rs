//! "Desync mitigation mode": requests that two readers could read differently, as far as they can still be seen once the head
//! has been read: what is worse, hyper refuses with a 400 before anybody else sees it.

use http::header::{CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Version};

use super::config::DesyncMode;

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

/// A request's class, and AWS's word for the reason.
pub type Verdict = (Class, Option<&'static str>);

/// Classifies a request.
pub fn classify(parts: &Parts) -> Verdict {
    let headers = &parts.headers;
    let (length, coded) = (headers.contains_key(CONTENT_LENGTH), headers.contains_key(TRANSFER_ENCODING));
    let bodiless = matches!(parts.method, Method::GET | Method::HEAD);
    if several(headers) {
        (Class::Severe, Some("MultipleContentLength"))
    } else if length && coded {
        (Class::Ambiguous, Some("BothTeClPresent"))
    } else if bodiless && coded {
        (Class::Ambiguous, Some("UndefinedTransferEncodingSemantics"))
    } else if parts.version == Version::HTTP_11 && !headers.contains_key(HOST) {
        (Class::Ambiguous, Some("BadHost"))
    } else if bodiless && length && headers.get(CONTENT_LENGTH).is_some_and(|value| value == "0") {
        (Class::Acceptable, Some("GetHeadZeroContentLength"))
    } else if bodiless && length {
        (Class::Ambiguous, Some("UndefinedContentLengthSemantics"))
    } else {
        (Class::Acceptable, None)
    }
}

fn several(headers: &HeaderMap) -> bool {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let first = lengths.next();
    lengths.any(|length| Some(length) != first)
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
        type Case = (&'static str, &'static [(&'static str, &'static str)], Verdict);
        let cases: &[Case] = &[
            ("GET", &[("host", "a")], (Class::Acceptable, None)),
            (
                "GET",
                &[("host", "a"), ("content-length", "0")],
                (Class::Acceptable, Some("GetHeadZeroContentLength")),
            ),
            ("POST", &[("host", "a"), ("content-length", "5")], (Class::Acceptable, None)),
            (
                "POST",
                &[("host", "a"), ("content-length", "5"), ("transfer-encoding", "chunked")],
                (Class::Ambiguous, Some("BothTeClPresent")),
            ),
            (
                "POST",
                &[("host", "a"), ("content-length", "5"), ("content-length", "6")],
                (Class::Severe, Some("MultipleContentLength")),
            ),
            ("GET", &[], (Class::Ambiguous, Some("BadHost"))),
        ];
        for (method, headers, verdict) in cases {
            let mut request = http::Request::builder().method(*method).uri("/");
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let (parts, ()) = request.body(()).expect("request").into_parts();
            assert_eq!(classify(&parts), *verdict, "{method} {headers:?}");
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
