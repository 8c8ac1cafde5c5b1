//! Bodies of any size, both ways: a request's bytes checked against what was signed as they come, an answer's sent as they are read.
//!
//! **Invariant**: what a [`Source`] has given to its end is what the caller signed; a body that was cut or changed ends in an error.

use std::convert::Infallible;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use sha2::{Digest, Sha256};
use tierra_core::AwsError;
use tierra_core::stream::{Body, Source};
use tierra_wire::Request;
use tierra_wire::sigv4::ChunkDecoder;
use tokio::time::timeout;

use super::limits::BODY_TIME;

/// An answer's body.
pub type Outgoing = UnsyncBoxBody<Bytes, AwsError>;

/// An answer's body that is already here.
pub fn whole(bytes: Vec<u8>) -> Outgoing {
    Full::new(Bytes::from(bytes))
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// An answer's body that is read as it is sent. One that fails cuts the connection, so that nobody takes the part for the whole.
pub fn streamed(body: Body) -> Outgoing {
    let pieces = futures_util::stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match body.next().await {
            Ok(Some(bytes)) => Some((Ok(Frame::data(bytes)), Some(body))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    StreamBody::new(pieces.boxed()).boxed_unsync()
}

/// How a streamed payload was signed.
pub enum Signing {
    /// By chunk, or in chunks without signatures.
    Chunked(ChunkDecoder),
    /// As a whole, by this digest.
    Whole(String),
    /// Not at all.
    Unsigned,
}

impl Signing {
    /// What `x-amz-content-sha256` says of a payload that comes without chunks.
    pub fn of(request: &Request<'_>) -> Self {
        match request.header("x-amz-content-sha256") {
            Some(digest) if digest.len() == 64 => Self::Whole(digest.to_ascii_lowercase()),
            _ => Self::Unsigned,
        }
    }
}

/// A request's body.
pub struct Arriving {
    incoming: Incoming,
    signing: Signing,
    digest: Sha256,
    length: Option<u64>,
    given: u64,
    trailers: Vec<(String, String)>,
    ended: bool,
}

impl Arriving {
    /// The body of `request`, signed like this.
    pub fn new(incoming: Incoming, signing: Signing, request: &Request<'_>) -> Self {
        let length = match signing {
            Signing::Chunked(_) => "x-amz-decoded-content-length",
            Signing::Whole(_) | Signing::Unsigned => "content-length",
        };
        Self {
            incoming,
            signing,
            digest: Sha256::new(),
            length: request.header(length).and_then(|length| length.parse().ok()),
            given: 0,
            trailers: Vec::new(),
            ended: false,
        }
    }

    /// The next bytes of the connection; `None` at the end.
    async fn frame(&mut self) -> Result<Option<Bytes>, AwsError> {
        loop {
            let frame = timeout(BODY_TIME, self.incoming.frame()).await.map_err(|_| too_slow())?;
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(incomplete(&error.to_string())),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    fn take(&mut self, bytes: Bytes) -> Result<Bytes, AwsError> {
        match &mut self.signing {
            Signing::Chunked(decoder) => decoder.push(&bytes).map(Bytes::from).map_err(|_| mismatch()),
            Signing::Whole(_) => {
                self.digest.update(&bytes);
                Ok(bytes)
            }
            Signing::Unsigned => Ok(bytes),
        }
    }

    /// What can be checked only once everything is there.
    fn end(&mut self) -> Result<(), AwsError> {
        self.ended = true;
        match std::mem::replace(&mut self.signing, Signing::Unsigned) {
            Signing::Chunked(decoder) => self.trailers = decoder.finish().map_err(|_| mismatch())?,
            Signing::Whole(said) if hex::encode(self.digest.finalize_reset()) != said => return Err(other_payload()),
            Signing::Whole(_) | Signing::Unsigned => {}
        }
        match self.length {
            Some(length) if length != self.given => Err(incomplete("")),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Source for Arriving {
    async fn next(&mut self) -> Result<Option<Bytes>, AwsError> {
        while !self.ended {
            let Some(bytes) = self.frame().await? else {
                self.end()?;
                break;
            };
            let payload = self.take(bytes)?;
            self.given += payload.len() as u64;
            if !payload.is_empty() {
                return Ok(Some(payload));
            }
        }
        Ok(None)
    }

    fn length(&self) -> Option<u64> {
        self.length
    }

    fn trailer(&self, name: &str) -> Option<String> {
        self.trailers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

fn incomplete(cause: &str) -> AwsError {
    tracing::debug!(cause, "a body was cut");
    AwsError::new(
        "IncompleteBody",
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

fn mismatch() -> AwsError {
    AwsError::new(
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    )
}

fn other_payload() -> AwsError {
    AwsError::new(
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

fn too_slow() -> AwsError {
    AwsError::new(
        "RequestTimeout",
        400,
        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
    )
}
