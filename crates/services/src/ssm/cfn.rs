//! `AWS::SSM::Parameter`, as operations. Follows the CloudFormation page of that name.

use serde_json::{Map, Value, json};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tag, Tx};

use super::model::{Parameter, ParameterType as Kind, Tier, Value as Stored};
use super::ops::{delete, put, tag};
use crate::invoke;

const NAME_LENGTH: usize = 255;

/// The type.
pub(super) struct ParameterType;

fn text(properties: &Value, name: &str) -> Option<String> {
    match properties.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn word<T: std::str::FromStr<Err = String>>(properties: &Value, name: &str) -> Result<Option<T>, AwsError> {
    let parse = |text: String| {
        text.parse()
            .map_err(|reason: String| AwsError::new("ValidationException", 400, reason))
    };
    text(properties, name).map(parse).transpose()
}

/// This type's tags are a map, and the stack's come along.
fn tags(creation: &Creation<'_>) -> Vec<Tag> {
    let mut all = creation.tags.0.clone();
    for (key, value) in creation.properties.get("Tags").and_then(Value::as_object).into_iter().flatten() {
        all.insert(key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    // `aws:` tags are the cloud's own, and cannot be given to an operation.
    all.retain(|key, _| !key.starts_with("aws:"));
    tierra_core::Tags(all).list()
}

fn input(creation: &Creation<'_>, name: &str) -> Result<put::PutParameterInput, AwsError> {
    let properties = creation.properties;
    Ok(put::PutParameterInput {
        name: name.to_owned(),
        description: text(properties, "Description"),
        value: text(properties, "Value").unwrap_or_default(),
        kind: word::<Kind>(properties, "Type")?,
        allowed_pattern: text(properties, "AllowedPattern"),
        tier: word::<Tier>(properties, "Tier")?,
        data_type: text(properties, "DataType"),
        ..put::PutParameterInput::default()
    })
}

impl ResourceType for ParameterType {
    fn name(&self) -> &'static str {
        "AWS::SSM::Parameter"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let given = text(creation.properties, "Name");
        let name = given.unwrap_or_else(|| creation.generated_name(call, NAME_LENGTH));
        let input = put::PutParameterInput {
            tags: tags(creation),
            ..input(creation, &name)?
        };
        invoke::<put::PutParameter>(tx, call, input)?;
        Ok(name)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        tx.find::<Parameter>(&call.place, id).map_or(Progress::Gone, |_| Progress::Ready)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        let parameter: Parameter = tx.find(&call.place, id).ok_or(super::SsmError::NotFound)?;
        let mut values = Map::new();
        values.insert("Type".to_owned(), json!(parameter.kind.word()));
        if let Stored::Plain(text) = parameter.current.value {
            values.insert("Value".to_owned(), json!(text));
        }
        Ok(Attributes {
            reference: id.to_owned(),
            values,
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        let input = put::PutParameterInput {
            overwrite: Some(true),
            ..input(new, id)?
        };
        invoke::<put::PutParameter>(tx, call, input)?;
        let wanted = tags(new);
        let parameter: Parameter = tx.find(&call.place, id).ok_or(super::SsmError::NotFound)?;
        let gone = parameter.tags.0.into_keys().filter(|key| !wanted.iter().any(|tag| tag.key == *key));
        let (resource_type, resource_id) = ("Parameter".to_owned(), id.to_owned());
        let removed = tag::RemoveTagsInput {
            resource_type: resource_type.clone(),
            resource_id: resource_id.clone(),
            tag_keys: gone.collect(),
        };
        invoke::<tag::RemoveTagsFromResource>(tx, call, removed)?;
        let added = tag::AddTagsInput {
            resource_type,
            resource_id,
            tags: wanted,
        };
        invoke::<tag::AddTagsToResource>(tx, call, added)?;
        Ok(())
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        match invoke::<delete::DeleteParameter>(tx, call, delete::DeleteInput { name: id.to_owned() }) {
            Err(error) if error.code != "ParameterNotFound" => Err(error),
            _ => Ok(()),
        }
    }
}
