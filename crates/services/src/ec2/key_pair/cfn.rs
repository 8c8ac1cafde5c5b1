//! `AWS::EC2::KeyPair`. Follows the CloudFormation page of that name: a private key that is made goes into Parameter Store, as
//! `/ec2/keypair/KEY-ID`.

use serde_json::{Value, json};
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;
use tierra_model::shape::Blob;

use super::api::{CreateKeyPairInput, DeleteKeyPairInput, ImportKeyPairInput};
use super::create::CreateKeyPair;
use super::model::{KeyFormat, KeyPair, KeyType};
use super::ops::{DeleteKeyPair, ImportKeyPair};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::invoke;
use crate::ssm::model::ParameterType;
use crate::ssm::{DeleteInput, DeleteParameter, PutParameter, PutParameterInput};

/// Characters of a generated name.
const NAME_LENGTH: usize = 255;

struct KeyPairType;

/// What a template may say.
#[derive(Debug, Default, Shape)]
pub struct Properties {
    key_name: String,
    key_type: Option<KeyType>,
    key_format: Option<KeyFormat>,
    public_key_material: Option<String>,
}

/// Declares the type.
pub fn register(registry: &mut Registry) {
    registry.resource_type(Type::<KeyPairType>::default());
}

impl Ec2Type for KeyPairType {
    const NAME: &'static str = "AWS::EC2::KeyPair";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        if properties.key_name.is_empty() {
            properties.key_name = creation.generated_name(call, NAME_LENGTH);
        }
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let key_name = properties.key_name.clone();
        match properties.public_key_material {
            Some(text) => {
                let public_key_material = Blob(text.into_bytes());
                let input = ImportKeyPairInput {
                    key_name: key_name.clone(),
                    public_key_material,
                    ..Default::default()
                };
                invoke::<ImportKeyPair>(tx, call, input)?;
            }
            None => make(tx, call, properties)?,
        }
        Ok(key_name)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let key = KeyPair::named(tx, &call.place, id).ok()?;
        Some(vec![("KeyPairId", json!(key.id)), ("KeyFingerprint", json!(key.fingerprint))])
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let name = parameter(KeyPair::named(tx, &call.place, id)?.id.as_str());
        let input = DeleteKeyPairInput {
            key_name: Some(id.to_owned()),
            ..Default::default()
        };
        invoke::<DeleteKeyPair>(tx, call, input)?;
        match invoke::<DeleteParameter>(tx, call, DeleteInput { name }) {
            // An imported key has none.
            Err(error) if error.code != "ParameterNotFound" => Err(error),
            _ => Ok(()),
        }
    }

    fn tagged_id(tx: &Tx, call: &Call, id: &str) -> String {
        KeyPair::named(tx, &call.place, id).map_or_else(|_| id.to_owned(), |key| key.id.to_string())
    }
}

fn make(tx: &mut Tx, call: &Call, properties: Properties) -> Result<(), AwsError> {
    let input = CreateKeyPairInput {
        key_name: properties.key_name,
        key_type: properties.key_type,
        key_format: properties.key_format,
        ..Default::default()
    };
    let made = invoke::<CreateKeyPair>(tx, call, input)?;
    let input = PutParameterInput {
        name: parameter(&made.key_pair_id),
        value: made.key_material,
        kind: Some(ParameterType::SecureString),
        ..Default::default()
    };
    invoke::<PutParameter>(tx, call, input).map(drop)
}

fn parameter(key_pair_id: &str) -> String {
    format!("/ec2/keypair/{key_pair_id}")
}
