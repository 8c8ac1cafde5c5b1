//! Operations whose request or answer is a body of any size: the bytes of an object. Explicit and rare.
//!
//! **Invariant**: a body is asked for, piece by piece, by whoever takes it; nobody holds more than a few pieces of it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tierra_model::Shape;

use crate::arn::Arn;
use crate::call::Call;
use crate::error::AwsError;
use crate::operation::{AnyInput, input_of};
use crate::store::Tx;

/// A body that comes piece by piece.
#[async_trait]
pub trait Source: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// Where the body does not come, or is not what was signed. Nothing more comes then.
    async fn next(&mut self) -> Result<Option<Bytes>, AwsError>;

    /// How many bytes it says it has, before they come.
    fn length(&self) -> Option<u64>;

    /// A trailer by its lower-case name, known once [`Source::next`] gave `None`.
    fn trailer(&self, _name: &str) -> Option<String> {
        None
    }
}

/// A body on its way.
pub type Body = Box<dyn Source>;

/// A body that is already here.
#[derive(Clone, Debug, Default)]
pub struct Whole(Option<Bytes>);

impl Whole {
    /// A body of these bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(Some(bytes.into()))
    }
}

#[async_trait]
impl Source for Whole {
    async fn next(&mut self) -> Result<Option<Bytes>, AwsError> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
    }

    fn length(&self) -> Option<u64> {
        Some(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// What a [`StreamOperation`] answers.
pub struct Streamed<O> {
    /// The members beside the body.
    pub output: O,
    /// The status, where it is not the modelled one (206).
    pub status: Option<u16>,
    /// The body, where the answer has one.
    pub body: Option<Body>,
}

impl<O> Streamed<O> {
    /// An answer without a body.
    pub fn plain(output: O) -> Self {
        Self {
            output,
            status: None,
            body: None,
        }
    }
}

/// An operation that takes or gives a body.
#[async_trait]
pub trait StreamOperation: Send + Sync + 'static {
    /// The service, by its catalogue name.
    const SERVICE: &'static str;
    /// The operation.
    const NAME: &'static str;
    /// As [`crate::Operation::HARMLESS`].
    const HARMLESS: &'static [&'static str] = &[];
    /// What the caller sends beside the body.
    type Input: Shape + Default + 'static;
    /// What it gets beside the body.
    type Output: Shape + 'static;

    /// What IAM decides on; empty means `*`. Decided before the first byte of the body is read.
    fn resources(&self, tx: &Tx, input: &Self::Input, call: &Call) -> Vec<Arn>;

    /// Does it.
    ///
    /// # Errors
    /// As AWS documents the operation.
    async fn run(&self, call: &Call, input: Self::Input, body: Body) -> Result<Streamed<Self::Output>, AwsError>;
}

/// [`StreamOperation`] with its types erased.
#[async_trait]
pub trait RunStream: Send + Sync {
    /// [`StreamOperation::resources`].
    fn resources(&self, tx: &Tx, input: &dyn AnyInput, call: &Call) -> Vec<Arn>;
    /// [`StreamOperation::run`].
    async fn run(&self, call: &Call, input: Box<dyn AnyInput>, body: Body) -> Result<Streamed<Box<dyn Shape>>, AwsError>;
}

struct Erased<O>(O);

/// Erases the types of an operation.
pub(crate) fn erased<O: StreamOperation>(operation: O) -> Arc<dyn RunStream> {
    Arc::new(Erased(operation))
}

#[async_trait]
impl<O: StreamOperation> RunStream for Erased<O> {
    fn resources(&self, tx: &Tx, input: &dyn AnyInput, call: &Call) -> Vec<Arn> {
        let input = input.any_ref().downcast_ref();
        input.map_or_else(Vec::new, |input| self.0.resources(tx, input, call))
    }

    async fn run(&self, call: &Call, input: Box<dyn AnyInput>, body: Body) -> Result<Streamed<Box<dyn Shape>>, AwsError> {
        let Streamed { output, status, body } = self.0.run(call, input_of(input)?, body).await?;
        Ok(Streamed {
            output: Box::new(output),
            status,
            body,
        })
    }
}
