//! The stages that every AWS request passes, in their order, each a small function of its own file.

use std::net::SocketAddr;

use http::Request;
use hyper::body::Incoming;
use tierra_core::AwsError;
use tierra_core::stream::Body;
use tierra_model::Timestamp;
use tierra_model::catalogue::{Protocol, Service};
use tierra_wire::{Answer, Routed, WireError, encode, encode_error};

use super::body::Arriving;
use super::{Edge, authenticate, decode, read, route, run, signal};

/// What is known of a request before it is read.
pub struct Visit {
    /// The id that its answer carries.
    pub id: String,
    /// When it came.
    pub now: Timestamp,
    /// Where it came from.
    pub peer: SocketAddr,
}

/// What a refusing stage says. Boxed, since hardly any request meets it.
pub type Refusal = Box<WireError>;

/// Why a stage did not hand a request on, and how its sender wants to be told.
#[derive(Debug)]
pub struct Refused {
    /// The protocol in which the sender speaks.
    pub protocol: Protocol,
    /// The service that was asked, once that is known.
    pub service: Option<&'static Service>,
    /// What is said.
    pub error: Refusal,
}

impl Refused {
    /// A refusal by, or on behalf of, the service that was asked.
    pub fn by(routed: &Routed<'static>, error: Refusal) -> Self {
        Self {
            protocol: routed.protocol,
            service: Some(routed.service),
            error,
        }
    }
}

/// Answers one request.
pub async fn answer(edge: &Edge, arrived: Request<Incoming>, visit: &Visit) -> (Answer, Option<Body>) {
    stages(edge, arrived, visit).await.unwrap_or_else(|refused| {
        let answer = encode_error(refused.protocol, refused.service, &refused.error, &visit.id);
        (answer, None)
    })
}

/// The stages. The connection's own limits (head, headers, time, streams) have been held before the first.
async fn stages(edge: &Edge, arrived: Request<Incoming>, visit: &Visit) -> Result<(Answer, Option<Body>), Refused> {
    let (mut message, incoming) = read::head(arrived);
    let streaming = !signal::is_one(&message.request()) && route::streaming(edge, &message.request());
    let incoming = if streaming { Some(incoming) } else { message.read(incoming).await? };
    let request = message.request();
    if signal::is_one(&request) {
        return signal::take(edge, &request, visit).await.map(|answer| (answer, None));
    }
    let routed = route::operation(&request)?;
    let refuse = |error| Refused::by(&routed, error);

    let (signer, signing) = authenticate::signer(edge, &request, &routed, visit, streaming).map_err(refuse)?;
    let built = route::built(edge, &routed).map_err(refuse)?;
    let input = decode::input(&request, &routed, built).map_err(refuse)?;
    let call = edge.call(signer, &routed, visit);
    let body = incoming.map(|incoming| Box::new(Arriving::new(incoming, signing, &request)) as Body);
    let answered = run::allowed(edge, built, call, input, body)
        .await
        .map_err(|error| refuse(wire(as_it_says(routed.service, error))))?;

    let mut answer = encode(&routed, &*answered.output, &visit.id);
    answer.status = answered.status.unwrap_or(answer.status);
    Ok((answer, answered.body))
}

/// What nobody foresaw, in the words of the services that have their own for it (their pages of error codes).
fn as_it_says(service: &Service, error: AwsError) -> AwsError {
    let (code, message) = match &*service.metadata.name {
        "s3" => ("InternalError", "We encountered an internal error. Please try again."),
        "ec2" => ("InternalError", "An internal error has occurred"),
        _ => return error,
    };
    if error.code == AwsError::INTERNAL {
        AwsError::new(code, error.status, message)
    } else {
        error
    }
}

/// An operation's error on its way to the wire.
pub fn wire(error: AwsError) -> Refusal {
    WireError::new(error.code, error.status, error.message).into()
}

/// What AWS knows and Tierra does not do yet.
pub fn not_built(message: String) -> Refusal {
    WireError::new("NotImplemented", 501, message).into()
}
