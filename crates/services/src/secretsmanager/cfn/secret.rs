//! `AWS::SecretsManager::Secret`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::invoke;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::model::Secret;
use crate::secretsmanager::ops::delete::{DeleteSecret, DeleteSecretInput};
use crate::secretsmanager::ops::secret::{CreateSecret, CreateSecretInput, UpdateSecret, UpdateSecretInput};
use crate::secretsmanager::password::Wish;

const NAME_SUFFIX: usize = 12;

/// The type.
pub(super) struct SecretType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    name: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    generate_secret_string: Option<Generate>,
}

/// A password to be drawn, and the JSON into which it goes.
#[derive(Clone, Default, PartialEq, Shape)]
pub struct Generate {
    secret_string_template: Option<String>,
    generate_string_key: Option<String>,
    password_length: Option<i64>,
    exclude_characters: Option<String>,
    exclude_numbers: Option<bool>,
    exclude_punctuation: Option<bool>,
    exclude_uppercase: Option<bool>,
    exclude_lowercase: Option<bool>,
    include_space: Option<bool>,
    require_each_included_type: Option<bool>,
}

impl Generate {
    fn wish(&self) -> Wish {
        Wish {
            password_length: self.password_length,
            exclude_characters: self.exclude_characters.clone(),
            exclude_numbers: self.exclude_numbers,
            exclude_punctuation: self.exclude_punctuation,
            exclude_uppercase: self.exclude_uppercase,
            exclude_lowercase: self.exclude_lowercase,
            include_space: self.include_space,
            require_each_included_type: self.require_each_included_type,
        }
    }

    /// The secret's text: the password, or the template with the password in it.
    fn text(&self, call: &Call) -> Result<String, AwsError> {
        let password = self.wish().draw(&call.ids)?;
        let (template, key) = match (&self.secret_string_template, &self.generate_string_key) {
            (None, None) => return Ok(password),
            (Some(template), Some(key)) => (template, key),
            _ => return Err(refused("SecretStringTemplate and GenerateStringKey must be specified together.")),
        };
        let mut object: serde_json::Map<String, Value> =
            serde_json::from_str(template).map_err(|_| refused("Could not parse SecretStringTemplate JSON."))?;
        object.insert(key.clone(), password.into());
        Ok(Value::Object(object).to_string())
    }
}

fn refused(reason: &str) -> AwsError {
    let reason = reason.to_owned();
    SecretsError::Request { reason }.into()
}

/// The text that a template gives or has drawn. One that says neither has an empty secret drawn for it, as AWS does.
fn text(call: &Call, properties: &Properties) -> Result<String, AwsError> {
    match (&properties.secret_string, &properties.generate_secret_string) {
        (Some(_), Some(_)) => Err(refused("You can't specify both SecretString and GenerateSecretString.")),
        (Some(text), None) => Ok(text.clone()),
        (None, generate) => generate.clone().unwrap_or_default().text(call),
    }
}

impl Ec2Type for SecretType {
    const NAME: &'static str = "AWS::SecretsManager::Secret";
    type Properties = Properties;

    /// Not the stack's name but the logical id alone begins a generated one.
    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        let generated = || format!("{}-{}", creation.logical_id, call.ids.alnum(NAME_SUFFIX));
        properties.name.get_or_insert_with(generated);
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = CreateSecretInput {
            secret_string: Some(text(call, &properties)?),
            name: properties.name.unwrap_or_default(),
            description: properties.description,
            kms_key_id: properties.kms_key_id,
            ..CreateSecretInput::default()
        };
        Ok(invoke::<CreateSecret>(tx, call, input)?.arn)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let secret = Secret::live(tx, &call.place, id).ok()?;
        Some(vec![("Id", json!(secret.arn().to_string()))])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        let same = old.secret_string == new.secret_string && old.generate_secret_string == new.generate_secret_string;
        let input = UpdateSecretInput {
            secret_string: if same { None } else { Some(text(call, &new)?) },
            secret_id: id.to_owned(),
            description: Some(new.description.unwrap_or_default()),
            kms_key_id: new.kms_key_id,
            ..UpdateSecretInput::default()
        };
        invoke::<UpdateSecret>(tx, call, input).map(drop)
    }

    /// At once: a stack that is made again finds its names free.
    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DeleteSecretInput {
            secret_id: id.to_owned(),
            force_delete_without_recovery: Some(true),
            ..DeleteSecretInput::default()
        };
        invoke::<DeleteSecret>(tx, call, input).map(drop)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        if let Ok(mut secret) = Secret::find(tx, &call.place, id) {
            secret.tags = tags;
            tx.save(secret);
        }
    }
}
