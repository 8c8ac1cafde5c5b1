//! First stage: the request's head, and its whole body where the operation does not take it piece by piece; within the limits.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tierra_model::catalogue::Protocol;
use tierra_wire::WireError;
use tierra_wire::sigv4::SignedRequest;
use tokio::time::timeout;

use super::limits::{BODY_BYTES, BODY_TIME};
use super::pipeline::Refused;

/// A request, owned.
pub struct Message {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    protocol: Protocol,
    body: Bytes,
}

impl Message {
    /// As the codecs see it.
    pub fn request(&self) -> tierra_wire::Request<'_> {
        tierra_wire::Request {
            head: SignedRequest {
                method: &self.method,
                path: &self.path,
                query: &self.query,
                headers: &self.headers,
            },
            body: &self.body,
        }
    }
}

/// The request without its body.
pub fn head(arrived: Request<Incoming>) -> (Message, Incoming) {
    let (head, body) = arrived.into_parts();
    let message = Message {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers(&head),
        protocol: guess(&head),
        body: Bytes::new(),
    };
    (message, body)
}

impl Message {
    /// Reads the body to its end. Nothing of it is left then.
    pub async fn read(&mut self, body: Incoming) -> Result<Option<Incoming>, Refused> {
        self.body = whole(self.protocol, body).await?;
        Ok(None)
    }
}

async fn whole(protocol: Protocol, body: Incoming) -> Result<Bytes, Refused> {
    let refuse = |error: WireError| Refused {
        protocol,
        service: None,
        error: error.into(),
    };
    let read = timeout(BODY_TIME, Limited::new(body, BODY_BYTES).collect()).await;
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(refuse(too_large())),
        Ok(Err(error)) => Err(refuse(WireError::sender("IncompleteBody", error.to_string()))),
        Err(_) => Err(refuse(too_slow())),
    }
}

/// Every header, in lower case; over h2 the authority is the host that was signed.
fn headers(head: &Parts) -> Vec<(String, String)> {
    let text = |name: &HeaderName, value: &[u8]| (name.as_str().to_owned(), String::from_utf8_lossy(value).into_owned());
    let mut headers: Vec<_> = head.headers.iter().map(|(name, value)| text(name, value.as_bytes())).collect();
    if let Some(authority) = head.uri.authority().filter(|_| !head.headers.contains_key(http::header::HOST)) {
        headers.push((http::header::HOST.as_str().to_owned(), authority.as_str().to_owned()));
    }
    headers
}

/// In which protocol a sender wants to hear of an error, while nothing more is known of what it meant.
fn guess(head: &Parts) -> Protocol {
    match head.headers.get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes) {
        Some(kind) if kind.starts_with(b"application/x-amz-json") => Protocol::Json,
        Some(kind) if kind.starts_with(b"application/cbor") => Protocol::Cbor,
        Some(kind) if kind.starts_with(b"application/json") => Protocol::RestJson,
        _ => Protocol::Query,
    }
}

fn too_large() -> WireError {
    WireError::new(
        "RequestEntityTooLarge",
        413,
        format!("The request body is longer than {BODY_BYTES} bytes."),
    )
}

fn too_slow() -> WireError {
    WireError::sender(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period.",
    )
}
