//! Signals of wait conditions: a PUT to an address that CloudFormation signed, which needs no key. AWS serves these at a bucket of its
//! own; here the path alone tells, so that the same path at the cloud's own address is good too.

use tierra_core::AwsError;
use tierra_model::catalogue::Protocol;
use tierra_services::cloudformation::wait;
use tierra_wire::{Answer, Request};

use super::Edge;
use super::pipeline::{Refused, Visit, wire};

/// Whether a request is one.
pub fn is_one(request: &Request<'_>) -> bool {
    request.head.method == "PUT" && wait::is_address(request.head.path)
}

/// Takes it.
pub async fn take(edge: &Edge, request: &Request<'_>, visit: &Visit) -> Result<Answer, Refused> {
    let (path, query) = (request.head.path.to_owned(), request.head.query.to_owned());
    let (body, now) = (request.body.to_vec(), visit.now);
    let work = move |tx: &mut tierra_core::Tx| wait::signal(tx, &path, &query, &body, now).map_err(AwsError::from);
    edge.rooms.store.commit(work).await.map_err(|error| Refused {
        protocol: Protocol::RestXml,
        service: None,
        error: wire(error),
    })?;
    Ok(Answer {
        status: 200,
        ..Answer::default()
    })
}
