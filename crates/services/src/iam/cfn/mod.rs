//! CloudFormation's `AWS::IAM::*` types, as operations of IAM; a file a type.

mod access_key;
mod group;
mod held;
mod instance_profile;
mod managed_policy;
mod policy;
mod role;
mod user;

use serde_json::{Map, Value, json};
use tierra_core::resource_type::{Attributes, Creation, Progress};
use tierra_core::{AwsError, Call, Registry, Tag, Tags, Tx};

use super::model::{Named, find};

/// Declares every type.
pub(super) fn register(registry: &mut Registry) {
    registry
        .resource_type(access_key::AccessKeyType)
        .resource_type(group::GroupType)
        .resource_type(instance_profile::InstanceProfileType)
        .resource_type(managed_policy::ManagedPolicyType)
        .resource_type(policy::PolicyType)
        .resource_type(role::RoleType)
        .resource_type(user::UserType);
}

/// A property as text.
fn text(properties: &Value, name: &str) -> Option<String> {
    properties.get(name)?.as_str().map(str::to_owned)
}

/// A property that is a list of texts.
fn texts(properties: &Value, name: &str) -> Vec<String> {
    let list = properties.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A policy document: an object, or its text.
fn document(properties: &Value, name: &str) -> String {
    match properties.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(object) => object.to_string(),
        None => String::new(),
    }
}

/// The template's name for the thing, or a generated one.
fn name(creation: &Creation<'_>, call: &Call, property: &str, limit: usize) -> String {
    text(creation.properties, property).unwrap_or_else(|| creation.generated_name(call, limit))
}

/// The template's tags and the stack's, without the cloud's own.
fn tags(creation: &Creation<'_>) -> Vec<Tag> {
    let mut all = creation.tags.clone();
    for tag in creation.properties.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        if let (Some(key), value) = (text(tag, "Key"), text(tag, "Value")) {
            all.0.insert(key, value.unwrap_or_default());
        }
    }
    all.0.retain(|key, _| !key.starts_with("aws:"));
    all.list()
}

/// Puts the cloud's own tags (`aws:cloudformation:*`), which no operation takes, on what was just made.
fn put_own_tags<N: Named>(tx: &mut Tx, call: &Call, name: &str, tags: &Tags) -> Result<(), AwsError> {
    let mut made = find::<N>(tx, call, name)?;
    for (key, value) in tags.0.iter().filter(|(key, _)| key.starts_with("aws:")) {
        made.entity_mut().tags.put_reserved(key, value);
    }
    tx.save(made);
    Ok(())
}

/// The keys of tags that are there and are not wanted any more.
fn stale_tags<N: Named>(tx: &Tx, call: &Call, name: &str, wanted: &[Tag]) -> Result<Vec<String>, AwsError> {
    let keys = find::<N>(tx, call, name)?.entity().tags.0.clone().into_keys();
    let stale = keys.filter(|key| !key.starts_with("aws:") && !wanted.iter().any(|tag| tag.key == *key));
    Ok(stale.collect())
}

/// IAM's things are what they should be as soon as they are there.
fn progress<N: Named>(tx: &Tx, call: &Call, name: &str) -> Progress {
    find::<N>(tx, call, name).map_or(Progress::Gone, |_| Progress::Ready)
}

/// `Ref` is the name; `Arn` and the id are attributes.
fn attributes<N: Named>(tx: &Tx, call: &Call, name: &str, id: &str) -> Result<Attributes, AwsError> {
    let found = find::<N>(tx, call, name)?;
    let mut values = Map::new();
    values.insert("Arn".to_owned(), json!(found.arn().to_string()));
    values.insert(id.to_owned(), json!(found.entity().id));
    Ok(Attributes {
        reference: name.to_owned(),
        values,
    })
}

/// Deleting what is gone has succeeded.
fn gone(answer: Result<(), AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.code != "NoSuchEntity" => Err(error),
        _ => Ok(()),
    }
}
