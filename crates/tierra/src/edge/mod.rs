//! The edge: from bytes on a connection to an operation and back.
//!
//! **Invariant**: a request passes the stages of [`pipeline`] in their order, and each stage either hands it on or refuses it
//! with AWS's error. Nothing is decided on before the signature stands.

mod ca;
mod limits;
mod own;
mod serve;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tierra_core::{AccountId, Registry};
use tierra_model::Timestamp;
use tierra_services::Rooms;
use tokio_rustls::TlsAcceptor;

pub use ca::{Authority, CaError};

/// An answer on its way out.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Whether callers must prove who they are and be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Signatures and policies are enforced.
    Enforced,
    /// Every caller is the account's root user, whatever was signed.
    Off,
}

impl Auth {
    fn word(self) -> &'static str {
        match self {
            Self::Enforced => "on",
            Self::Off => "off",
        }
    }
}

/// What the edge needs of the house.
pub struct Edge {
    rooms: Rooms,
    registry: Arc<Registry>,
    auth: Auth,
    account: AccountId,
    tls: TlsAcceptor,
    started: Timestamp,
}

impl Edge {
    /// An edge over these rooms, with certificates of `authority`.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(rooms: Rooms, registry: Arc<Registry>, auth: Auth, account: AccountId, authority: Arc<Authority>) -> Result<Self, CaError> {
        let started = rooms.clock.now();
        Ok(Self {
            rooms,
            registry,
            auth,
            account,
            tls: tls::acceptor(authority)?,
            started,
        })
    }

    /// Answers one request.
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        if let Some(path) = request.uri().path().strip_prefix(own::PREFIX) {
            return own::page(self, request.method(), path, peer);
        }
        answer(StatusCode::NOT_IMPLEMENTED, "text/plain", b"not built yet".to_vec())
    }
}

fn answer(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    answer
}
