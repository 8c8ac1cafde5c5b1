//! The edge: from bytes on a connection to an operation and back.
//!
//! Map: `serve` connections · `tls`, `ca` certificates · `limits` every bound · `pipeline` the stages in their order, each in a file
//! of its own: `read`, `route`, `authenticate`, `decode`, `run` · `signal` what CloudFormation's wait conditions are sent · `body` bodies of
//! any size · `own` the pages that are not AWS's.
//!
//! **Invariant**: a request passes the stages of `pipeline` in their order, and each stage either hands it on or refuses it
//! with AWS's error. Nothing is decided on before the signature stands.

mod authenticate;
mod body;
mod ca;
mod decode;
mod limits;
mod own;
mod pipeline;
mod read;
mod route;
mod run;
mod serve;
mod signal;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tierra_core::stream::Body;
use tierra_core::{AccountId, Call, Place, Registry};
use tierra_model::Timestamp;
use tierra_services::Rooms;
use tierra_wire::Routed;
use tokio_rustls::TlsAcceptor;

use authenticate::Signer;
use pipeline::Visit;

pub use ca::{Authority, CaError, Issuance};

/// An answer on its way out.
pub(crate) type Answer = Response<body::Outgoing>;

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
        let visit = Visit {
            id: self.rooms.ids.uuid(),
            now: self.rooms.clock.now(),
            peer,
        };
        let puts = request.method() == Method::PUT;
        let (answer, body) = pipeline::answer(self, request, &visit).await;
        let mut response = respond(answer, body, &visit.id);
        if puts && response.status().is_client_error() {
            // A body that was refused may not have been read: nothing can follow it on its connection.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn call(&self, signer: Signer, routed: &Routed<'_>, visit: &Visit) -> Call {
        Call {
            caller: signer.caller,
            place: Place {
                account: self.account.clone(),
                region: signer.region,
            },
            now: visit.now,
            ids: self.rooms.ids.clone(),
            request: visit.id.clone(),
            source_ip: Some(visit.peer.ip()),
            api_version: routed.version.clone(),
        }
    }
}

/// An answer as HTTP carries it. The connection adds date and length.
fn respond(answer: tierra_wire::Answer, streamed: Option<Body>, id: &str) -> Answer {
    tracing::debug!(id, status = answer.status, "answered");
    // Not Modified has no body, not even an error's.
    let bytes = if answer.status == StatusCode::NOT_MODIFIED.as_u16() {
        Vec::new()
    } else {
        answer.body
    };
    let mut response = Response::new(streamed.map_or_else(|| body::whole(bytes), body::streamed));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        // What a caller chose (a tag in a header) and HTTP cannot carry is left out rather than sent broken.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn answer(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(body::whole(body));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
