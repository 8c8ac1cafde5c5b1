//! What the balancer says itself: errors, redirects, fixed responses.

use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, SERVER};
use http::{Response, StatusCode};
use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;

use crate::balancer::config::{FixedResponse, Kind};

/// What an Application Load Balancer calls itself.
const SERVER_NAME: HeaderValue = HeaderValue::from_static("awselb/2.0");
/// What its errors are written in.
const HTML: HeaderValue = HeaderValue::from_static("text/html");

/// Why the balancer answers with an error of its own ("Troubleshoot your Application Load Balancers").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the request is none, or not to be trusted.
    BadRequest,
    /// 405: TRACE.
    MethodNotAllowed,
    /// 414: the request line is too long.
    UriTooLong,
    /// 460: the client closed the connection before it was answered.
    ClientGone,
    /// 463: `X-Forwarded-For` with more than 30 addresses.
    TooManyForwarded,
    /// 464: the request's version of HTTP is not the target group's.
    Incompatible,
    /// 502: the target closed the connection, or spoke no HTTP.
    BadGateway,
    /// 503: nobody is there to serve.
    Unavailable,
    /// 504: the target took too long.
    Timeout,
}

impl Refusal {
    /// The status, as a number: some are AWS's own.
    pub fn status(self) -> StatusCode {
        let code = match self {
            Self::BadRequest => 400,
            Self::MethodNotAllowed => 405,
            Self::UriTooLong => 414,
            Self::ClientGone => 460,
            Self::TooManyForwarded => 463,
            Self::Incompatible => 464,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
            Self::Timeout => 504,
        };
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn words(self) -> &'static str {
        match self {
            Self::BadRequest => "Bad Request",
            Self::MethodNotAllowed => "Not Allowed",
            Self::UriTooLong => "Request-URI Too Large",
            Self::ClientGone | Self::TooManyForwarded | Self::Incompatible => "",
            Self::BadGateway => "Bad Gateway",
            Self::Unavailable => "Service Temporarily Unavailable",
            Self::Timeout => "Gateway Time-out",
        }
    }

    /// The reason phrases of a Classic Load Balancer.
    fn classic_words(self) -> &'static [u8] {
        match self {
            Self::BadRequest | Self::UriTooLong | Self::ClientGone | Self::TooManyForwarded | Self::Incompatible => b"BAD_REQUEST",
            Self::MethodNotAllowed => b"METHOD_NOT_ALLOWED",
            Self::BadGateway => b"Bad Gateway",
            Self::Unavailable => b"Service Unavailable: Back-end server is at capacity",
            Self::Timeout => b"GATEWAY_TIMEOUT",
        }
    }

    /// The whole response.
    pub fn page(self, kind: Kind) -> Response<Bytes> {
        match kind {
            Kind::Application => html(self.status(), self.words()),
            Kind::Classic => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = self.status();
                response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                if let Ok(words) = ReasonPhrase::try_from(self.classic_words()) {
                    response.extensions_mut().insert(words);
                }
                response
            }
        }
    }
}

fn html(status: StatusCode, words: &str) -> Response<Bytes> {
    let title = format!("{} {words}", status.as_u16());
    let title = title.trim_end();
    let page =
        format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n");
    let mut response = Response::new(Bytes::from(page));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"));
    }
    response
}

/// A redirect's response.
pub fn redirect(status: u16, location: &str) -> Response<Bytes> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
    let mut response = html(status, status.canonical_reason().unwrap_or_default());
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// A fixed response.
pub fn fixed(fixed: &FixedResponse) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(fixed.body.clone()));
    *response.status_mut() = StatusCode::from_u16(fixed.status).unwrap_or(StatusCode::OK);
    let content_type = fixed.content_type.as_deref().unwrap_or("text/plain");
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

/// Says who answers.
pub fn sign(response: &mut Response<Bytes>) {
    response.headers_mut().insert(SERVER, SERVER_NAME);
}
