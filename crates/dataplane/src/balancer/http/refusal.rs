//! Why the balancer answers with an error of its own: AWS's "Troubleshoot your Application Load Balancers" and "Troubleshoot a
//! Classic Load Balancer: HTTP errors".
//!
//! **Invariant**: a status is said here and nowhere else; the answer, the access log and the counters all take it from here.

use http::StatusCode;

use crate::balancer::config::Kind;

/// Why the balancer answers with an error of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// "The client sent a malformed request", or one that is not to be trusted, or one with a header that is too long.
    BadRequest,
    /// "The client closed the connection before sending the full request body."
    Truncated,
    /// "The client used the TRACE method"; of a Classic Load Balancer, a method that is too long.
    MethodNotAllowed,
    /// "The client did not send data before the idle timeout period expired."
    RequestTimeout,
    /// "The request URL or query string parameters are too large."
    UriTooLong,
    /// "The client closed the connection with the load balancer before the idle timeout period elapsed", and was not answered.
    ClientGone,
    /// "An X-Forwarded-For request header with too many IP addresses."
    TooManyForwarded,
    /// "An incoming request protocol that is incompatible with the version config of the target group protocol."
    Incompatible,
    /// "A Transfer-Encoding header with an unsupported value."
    UnsupportedCoding,
    /// The target refused the connection, broke it off, or spoke no HTTP.
    BadGateway,
    /// "The target groups for the load balancer have no registered targets."
    Unavailable,
    /// The target could not be reached in time, or "did not respond before the idle timeout period elapsed".
    Timeout,
    /// "The load balancer received an unexpected HTTP version request."
    UnsupportedVersion,
    /// "The redirect URL is too long."
    RedirectTooLong,
}

/// The status of each, an Application Load Balancer's words, and a Classic one's.
type Said = (u16, &'static str, &'static str);

impl Refusal {
    /// The status that clients of such a balancer get.
    pub fn status(self, kind: Kind) -> StatusCode {
        StatusCode::from_u16(self.of(kind).said().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The words beside the status.
    pub fn words(self, kind: Kind) -> &'static str {
        let (_, application, classic) = self.of(kind).said();
        match kind {
            Kind::Application => application,
            Kind::Classic => classic,
        }
    }

    /// The one that a balancer of the kind knows: a Classic Load Balancer answers 400, 405, 408, 502, 503 and 504 only.
    fn of(self, kind: Kind) -> Self {
        match (kind, self) {
            (Kind::Application, Self::Truncated) => Self::BadRequest,
            // "Indicates that the client cancelled the request or failed to send a full request."
            (Kind::Classic, Self::Truncated | Self::ClientGone) => Self::RequestTimeout,
            (Kind::Classic, Self::UriTooLong | Self::TooManyForwarded | Self::Incompatible) => Self::BadRequest,
            (Kind::Classic, Self::UnsupportedCoding | Self::UnsupportedVersion | Self::RedirectTooLong) => Self::BadRequest,
            (_, same) => same,
        }
    }

    fn said(self) -> Said {
        match self {
            Self::BadRequest | Self::Truncated => (400, "Bad Request", "BAD_REQUEST"),
            Self::MethodNotAllowed => (405, "Not Allowed", "METHOD_NOT_ALLOWED"),
            Self::RequestTimeout => (408, "Request Time-out", "REQUEST_TIMEOUT"),
            Self::UriTooLong => (414, "Request-URI Too Large", ""),
            Self::ClientGone => (460, "", ""),
            Self::TooManyForwarded => (463, "", ""),
            Self::Incompatible => (464, "", ""),
            Self::UnsupportedCoding => (501, "Not Implemented", ""),
            Self::BadGateway => (502, "Bad Gateway", "Bad Gateway"),
            Self::Unavailable => (
                503,
                "Service Temporarily Unavailable",
                "Service Unavailable: Back-end server is at capacity",
            ),
            Self::Timeout => (504, "Gateway Time-out", "GATEWAY_TIMEOUT"),
            Self::UnsupportedVersion => (505, "HTTP Version Not Supported", ""),
            Self::RedirectTooLong => (507, "Insufficient Storage", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_as_each_kind_documents_them() {
        let cases = [
            (Refusal::BadRequest, 400, "400 BAD_REQUEST"),
            (Refusal::Truncated, 400, "408 REQUEST_TIMEOUT"),
            (Refusal::MethodNotAllowed, 405, "405 METHOD_NOT_ALLOWED"),
            (Refusal::RequestTimeout, 408, "408 REQUEST_TIMEOUT"),
            (Refusal::UriTooLong, 414, "400 BAD_REQUEST"),
            (Refusal::ClientGone, 460, "408 REQUEST_TIMEOUT"),
            (Refusal::TooManyForwarded, 463, "400 BAD_REQUEST"),
            (Refusal::Incompatible, 464, "400 BAD_REQUEST"),
            (Refusal::UnsupportedCoding, 501, "400 BAD_REQUEST"),
            (Refusal::BadGateway, 502, "502 Bad Gateway"),
            (Refusal::Unavailable, 503, "503 Service Unavailable: Back-end server is at capacity"),
            (Refusal::Timeout, 504, "504 GATEWAY_TIMEOUT"),
            (Refusal::UnsupportedVersion, 505, "400 BAD_REQUEST"),
            (Refusal::RedirectTooLong, 507, "400 BAD_REQUEST"),
        ];
        for (refusal, application, classic) in cases {
            assert_eq!(refusal.status(Kind::Application), application, "{refusal:?}");
            let said = format!("{} {}", refusal.status(Kind::Classic).as_u16(), refusal.words(Kind::Classic));
            assert_eq!(said, classic, "{refusal:?}");
        }
    }
}
