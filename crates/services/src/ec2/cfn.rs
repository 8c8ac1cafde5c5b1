//! What every `AWS::EC2::*` type of CloudFormation does the same: read its properties, put tags on, forgive what is gone.
//!
//! **Invariant**: a property that a type does not declare is refused by name, never dropped.

use std::marker::PhantomData;

use serde_json::{Map, Value};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tag, Tags, Tx};
use tierra_model::{Shape, json};

use super::tag;

tierra_core::aws_errors! {
    /// How a type's properties fail.
    pub enum TypeError {
        /// A property that the type does not honour.
        Unsupported { properties: String, kind: &'static str } => ("ValidationError", 400, "Properties not supported for {kind}: {properties}"),
        /// A property that cannot be.
        Invalid { reason: String } => ("ValidationError", 400, "{reason}"),
        /// A change that would need a new resource, though the schema does not say so.
        NoUpdate { kind: &'static str } => ("ValidationError", 400, "Resource type {kind} does not support this update in place."),
        /// It is gone.
        Gone { id: String } => ("NotFound", 404, "Resource '{id}' was not found."),
    }
}

/// One type, as its service's operations. [`Type`] makes a [`ResourceType`] of it.
pub trait Ec2Type: Send + Sync + 'static {
    /// `AWS::EC2::VPC`
    const NAME: &'static str;
    /// Whether its `Tags` become tags of what its id names.
    const TAGGED: bool = true;
    /// The properties that it honours, beside `Tags`.
    type Properties: Shape + Default;

    /// Fills in a name where the template has none; for types that have names.
    fn name(_properties: &mut Self::Properties, _call: &Call, _creation: &Creation<'_>) {}

    /// Creates it and gives its physical id.
    ///
    /// # Errors
    /// What the operations answer.
    fn create(tx: &mut Tx, call: &Call, properties: Self::Properties) -> Result<String, AwsError>;

    /// What `Fn::GetAtt` gives; `None` where it is gone.
    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>>;

    /// How far it has come; for types that take their time.
    fn progress(tx: &Tx, call: &Call, id: &str) -> Progress {
        Self::values(tx, call, id).map_or(Progress::Gone, |_| Progress::Ready)
    }

    /// Changes what can be changed in place.
    ///
    /// # Errors
    /// What the operations answer.
    fn update(_tx: &mut Tx, _call: &Call, _id: &str, _old: Self::Properties, _new: Self::Properties) -> Result<(), AwsError> {
        Err(TypeError::NoUpdate { kind: Self::NAME }.into())
    }

    /// Whether it can leave a snapshot behind.
    const HAS_SNAPSHOTS: bool = false;

    /// As [`Ec2Type::delete`], leaving a snapshot behind; for types that have them.
    ///
    /// # Errors
    /// What the operations answer.
    fn delete_with_snapshot(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        Self::delete(tx, call, id)
    }

    /// Deletes it; that it is gone already is forgiven by the caller.
    ///
    /// # Errors
    /// What the operations answer.
    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError>;

    /// The id under which its tags are kept, where that is not its physical id.
    fn tagged_id(_tx: &Tx, _call: &Call, id: &str) -> String {
        id.to_owned()
    }

    /// Puts tags in place of what was there; for types of services that keep tags in their rows.
    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        let resource = Self::tagged_id(tx, call, id);
        tag::set(tx, &call.place, resource, tags);
    }
}

/// An [`Ec2Type`] as CloudFormation sees it.
pub struct Type<T>(PhantomData<fn() -> T>);

impl<T> Default for Type<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Ec2Type> ResourceType for Type<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let mut properties = properties::<T>(creation.properties)?;
        T::name(&mut properties, call, creation);
        let id = T::create(tx, call, properties)?;
        put_tags::<T>(tx, call, &id, creation)?;
        Ok(id)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        T::progress(tx, call, id)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        let values = T::values(tx, call, id).ok_or_else(|| TypeError::Gone { id: id.to_owned() })?;
        Ok(Attributes {
            reference: id.to_owned(),
            values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, old: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        if without_tags(old) != without_tags(new.properties) {
            T::update(tx, call, id, properties::<T>(old)?, properties::<T>(new.properties)?)?;
        }
        put_tags::<T>(tx, call, id, new)
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        forgiven(T::delete(tx, call, id))
    }

    fn has_snapshots(&self) -> bool {
        T::HAS_SNAPSHOTS
    }

    fn delete_with_snapshot(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        forgiven(T::delete_with_snapshot(tx, call, id))
    }
}

/// What is gone need not be deleted.
fn forgiven(deleted: Result<(), AwsError>) -> Result<(), AwsError> {
    match deleted {
        Err(error) if !is_gone(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Whether an error says that there is nothing to delete.
fn is_gone(error: &AwsError) -> bool {
    error.code.ends_with("NotFound") || matches!(error.code.as_ref(), "Gateway.NotAttached" | "ResourceNotFoundException")
}

fn without_tags(properties: &Value) -> Map<String, Value> {
    let mut properties = properties.as_object().cloned().unwrap_or_default();
    properties.remove("Tags");
    properties
}

fn properties<T: Ec2Type>(given: &Value) -> Result<T::Properties, AwsError> {
    let given = if T::TAGGED {
        Value::Object(without_tags(given))
    } else {
        given.clone()
    };
    let mut properties = T::Properties::default();
    let invalid = |error: json::FillError| TypeError::Invalid { reason: error.to_string() };
    let unknown = json::fill(&mut properties, &given).map_err(invalid)?;
    if unknown.is_empty() {
        return Ok(properties);
    }
    let properties = unknown.join(", ");
    Err(TypeError::Unsupported { properties, kind: T::NAME }.into())
}

/// The template's tags, the stack's, and the cloud's own, in place of what was there.
fn put_tags<T: Ec2Type>(tx: &mut Tx, call: &Call, id: &str, creation: &Creation<'_>) -> Result<(), AwsError> {
    if !T::TAGGED {
        return Ok(());
    }
    let mut tags = creation.tags.clone();
    for given in given_tags(creation.properties) {
        let mut tag = Tag::default();
        json::fill(&mut tag, given).map_err(|error| TypeError::Invalid { reason: error.to_string() })?;
        tags.put(&tag).map_err(crate::ec2::errors::Ec2Error::from)?;
    }
    T::set_tags(tx, call, id, tags);
    Ok(())
}

/// A template's `Tags`, and those of its `TagSpecifications`, which some types have instead.
fn given_tags(properties: &Value) -> impl Iterator<Item = &Value> {
    let specified = items(properties.get("TagSpecifications")).flat_map(|one| items(one.get("Tags")));
    items(properties.get("Tags")).chain(specified)
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}
