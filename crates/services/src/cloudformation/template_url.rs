//! `TemplateURL`: templates that lie in S3. An operation reads nothing but the store, so that what an address names is read before it
//! runs, as its caller and with the caller's permission; a nested stack's as whoever its parent acts for.

use std::borrow::Cow;
use std::marker::PhantomData;

use async_trait::async_trait;
use tierra_core::operation::DataOperation;
use tierra_core::{Arn, AwsError, Call, Operation, Registry, Store, Tx};
use tierra_dataplane::object::Objects;
use tierra_model::{Declared, Invalid, Scalar, Shape, View};

use super::errors::CloudFormationError;
use super::ops::change_set::CreateChangeSet;
use super::ops::stack::{CreateStack, UpdateStack};
use super::ops::template::{GetTemplateSummary, ValidateTemplate};
use crate::{Rooms, s3};

/// The largest template in S3, in bytes.
const TEMPLATE_BYTES: u64 = 1 << 20;

/// The member `TemplateURL`, and what lies there once that was read.
#[derive(Clone, Debug, Default)]
pub struct TemplateUrl {
    address: String,
    text: Option<String>,
}

impl TemplateUrl {
    /// A template that was read already.
    pub fn read(text: String) -> Self {
        Self {
            address: String::new(),
            text: Some(text),
        }
    }

    /// The template.
    ///
    /// # Errors
    /// Where nobody has read it: only calls from outside are.
    pub fn text(&self) -> Result<String, CloudFormationError> {
        self.text.clone().ok_or_else(|| CloudFormationError::NotBuilt {
            what: "TemplateURL (S3)".to_owned(),
        })
    }
}

impl Shape for TemplateUrl {
    fn view(&self) -> View<'_> {
        View::Text(Cow::Borrowed(&self.address))
    }
    fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid> {
        self.address.set(scalar)
    }
    fn declared() -> Declared {
        Declared::Scalar
    }
}

/// An input that may name a template in S3.
pub trait Templated {
    /// Where.
    fn template_url(&mut self) -> Option<&mut TemplateUrl>;
}

/// Where templates lie.
#[async_trait]
pub trait Templates: Send + Sync {
    /// The template at an address, read as the caller.
    ///
    /// # Errors
    /// Where it is no address of S3, or the caller may not read what is there.
    async fn read(&self, call: &Call, address: &str) -> Result<String, AwsError>;
}

/// Templates in S3.
#[derive(Clone)]
pub struct InS3 {
    store: Store,
    objects: Objects,
}

impl InS3 {
    /// Those of this cloud.
    pub fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            objects: rooms.objects.clone(),
        }
    }
}

#[async_trait]
impl Templates for InS3 {
    async fn read(&self, call: &Call, address: &str) -> Result<String, AwsError> {
        let (bucket, key) = s3::address(address).ok_or_else(|| CloudFormationError::validation("TemplateURL must be a supported URL."))?;
        let text = s3::text(&self.store, &self.objects, call, (&bucket, &key), TEMPLATE_BYTES).await;
        text.map_err(|error| {
            let more = "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
            CloudFormationError::validation(format!("S3 error: {}\n{more}", error.message)).into()
        })
    }
}

/// An operation whose template is read before it runs.
struct Reading<O> {
    templates: InS3,
    operation: PhantomData<fn() -> O>,
}

/// Lets the operations that take a template read it from S3.
pub fn register_data(registry: &mut Registry, rooms: &Rooms) {
    registry
        .instead(Reading::<CreateStack>::new(rooms))
        .instead(Reading::<UpdateStack>::new(rooms))
        .instead(Reading::<CreateChangeSet>::new(rooms))
        .instead(Reading::<GetTemplateSummary>::new(rooms))
        .instead(Reading::<ValidateTemplate>::new(rooms));
}

impl<O> Reading<O> {
    fn new(rooms: &Rooms) -> Self {
        Self {
            templates: InS3::new(rooms),
            operation: PhantomData,
        }
    }
}

#[async_trait]
impl<O> DataOperation for Reading<O>
where
    O: Operation,
    O::Input: Templated,
{
    const SERVICE: &'static str = O::SERVICE;
    const NAME: &'static str = O::NAME;
    const HARMLESS: &'static [&'static str] = O::HARMLESS;
    type Input = O::Input;
    type Output = O::Output;

    fn resources(&self, tx: &Tx, input: &O::Input, call: &Call) -> Vec<Arn> {
        O::resources(tx, input, call)
    }

    async fn run(&self, call: &Call, mut input: O::Input) -> Result<O::Output, AwsError> {
        if let Some(address) = input.template_url().map(|url| url.address.clone()) {
            let text = self.templates.read(call, &address).await?;
            if let Some(url) = input.template_url() {
                url.text = Some(text);
            }
        }
        let (store, call) = (self.templates.store.clone(), call.clone());
        let run = move |tx: &mut Tx| O::run(tx, &call, input).map_err(Into::into);
        if !O::WRITES {
            return store.read(run);
        }
        store.commit(run).await
    }
}
