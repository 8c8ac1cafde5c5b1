//! What the balancer says itself: errors, redirects, fixed responses.

use std::time::SystemTime;

use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, LOCATION, SERVER};
use http::{Response, StatusCode};
use httpdate::fmt_http_date;
use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;

use super::refusal::Refusal;
use crate::balancer::config::{FixedResponse, Kind};

/// What an Application Load Balancer calls itself.
const SERVER_NAME: HeaderValue = HeaderValue::from_static("awselb/2.0");
/// What its errors are written in.
const HTML: HeaderValue = HeaderValue::from_static("text/html");

/// An error's response.
pub fn refusal(refusal: Refusal, kind: Kind) -> Response<Bytes> {
    let (status, words) = (refusal.status(kind), refusal.words(kind));
    let mut response = match kind {
        Kind::Application => html(status, words),
        Kind::Classic => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = status;
            response
        }
    };
    if let Ok(words) = ReasonPhrase::try_from(words.as_bytes()) {
        response.extensions_mut().insert(words);
    }
    response
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

/// Says when it is answered, and how long the answer is.
pub fn finish(response: &mut Response<Bytes>, now: SystemTime) {
    let length = response.body().len();
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, length.into());
    if let Ok(date) = HeaderValue::try_from(fmt_http_date(now)) {
        headers.insert(DATE, date);
    }
}

/// Says who answers.
pub fn sign(response: &mut Response<Bytes>) {
    response.headers_mut().insert(SERVER, SERVER_NAME);
}
