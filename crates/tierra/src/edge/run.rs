//! The last stages: may the caller do this, and then it is done. Both in one transaction, so that what was decided on is still true.

use std::sync::Arc;

use tierra_core::operation::{AnyInput, Registered, RunData, RunSync, Runner};
use tierra_core::stream::{Body, RunStream, Streamed, Whole};
use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;
use tierra_services::iam;
use tokio::time::timeout;

use super::limits::REQUEST_TIME;
use super::{Auth, Edge};

type Output = Result<Box<dyn Shape>, AwsError>;

/// Runs the operation if its caller may. `body` is there where it is not yet read.
pub async fn allowed(
    edge: &Edge,
    built: &Registered,
    call: Call,
    input: Box<dyn AnyInput>,
    body: Option<Body>,
) -> Result<Streamed<Box<dyn Shape>>, AwsError> {
    if let Runner::Stream(stream) = &built.runner {
        // As long as the bytes come, whatever their number; the body itself bounds how long it is waited for.
        return streamed(edge, built, stream, &call, input, body).await;
    }
    within(edge, built, call, input).await.map(Streamed::plain)
}

async fn within(edge: &Edge, built: &Registered, call: Call, input: Box<dyn AnyInput>) -> Output {
    let done = match &built.runner {
        // A read waits for no one, so that it needs no thread of its own.
        Runner::Sync { writes: false, run } => return read(edge, built, *run, &call, input),
        Runner::Sync { writes: true, run } => timeout(REQUEST_TIME, write(edge, built, *run, call, input)).await,
        Runner::Stream(_) => return Err(AwsError::internal("a body was not taken")),
        Runner::Data(data) => timeout(REQUEST_TIME, beyond(edge, built, data, &call, input)).await,
    };
    done.unwrap_or_else(|_| Err(AwsError::new("ServiceUnavailable", 503, "The request took too long.")))
}

fn read(edge: &Edge, built: &Registered, run: RunSync, call: &Call, input: Box<dyn AnyInput>) -> Output {
    edge.rooms.store.read(|tx| {
        authorize(edge.auth, tx, built, call, &*input)?;
        run(tx, call, input)
    })
}

/// One durable commit.
async fn write(edge: &Edge, built: &Registered, run: RunSync, call: Call, input: Box<dyn AnyInput>) -> Output {
    let (registry, auth) = (Arc::clone(&edge.registry), edge.auth);
    let (service, name) = (built.service, built.name);
    let work = move |tx: &mut Tx| {
        let built = registry
            .find(service, name)
            .ok_or_else(|| AwsError::internal("an operation has gone"))?;
        authorize(auth, tx, built, &call, &*input)?;
        run(tx, &call, input)
    };
    edge.rooms.store.commit(work).await
}

/// An operation that reaches beyond the store: decided on a snapshot, then awaited.
async fn beyond(edge: &Edge, built: &Registered, data: &Arc<dyn RunData>, call: &Call, input: Box<dyn AnyInput>) -> Output {
    edge.rooms.store.read(|tx| authorize(edge.auth, tx, built, call, &*input))?;
    data.run(call, input).await
}

/// An operation with a body: decided on before the first byte of it is read.
async fn streamed(
    edge: &Edge,
    built: &Registered,
    stream: &Arc<dyn RunStream>,
    call: &Call,
    input: Box<dyn AnyInput>,
    body: Option<Body>,
) -> Result<Streamed<Box<dyn Shape>>, AwsError> {
    edge.rooms.store.read(|tx| authorize(edge.auth, tx, built, call, &*input))?;
    stream.run(call, input, body.unwrap_or_else(|| Box::new(Whole::default()))).await
}

fn authorize(auth: Auth, tx: &Tx, built: &Registered, call: &Call, input: &dyn AnyInput) -> Result<(), AwsError> {
    if auth == Auth::Off {
        return Ok(());
    }
    let resources = (built.resources)(tx, input, call);
    let context = (built.context)(input);
    iam::permit(tx, call, &iam::action(built.service, built.name), &resources, input, &context)
}
