//! `AWS::SecretsManager::ResourcePolicy`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::invoke;
use crate::secretsmanager::model::Secret;
use crate::secretsmanager::ops::SecretIdInput;
use crate::secretsmanager::ops::policy::{DeleteResourcePolicy, PutPolicyInput, PutResourcePolicy};

/// The type.
pub(super) struct ResourcePolicyType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    secret_id: String,
    resource_policy: String,
    block_public_policy: Option<bool>,
}

fn put(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
    let input = PutPolicyInput {
        secret_id: properties.secret_id,
        resource_policy: properties.resource_policy,
        block_public_policy: properties.block_public_policy,
    };
    Ok(invoke::<PutResourcePolicy>(tx, call, input)?.arn)
}

impl Ec2Type for ResourcePolicyType {
    const NAME: &'static str = "AWS::SecretsManager::ResourcePolicy";
    const TAGGED: bool = false;
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        put(tx, call, properties)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let secret = Secret::live(tx, &call.place, id).ok()?;
        secret.policy.is_some().then(|| vec![("Id", json!(id))])
    }

    fn update(tx: &mut Tx, call: &Call, _: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        put(tx, call, new).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = SecretIdInput { secret_id: id.to_owned() };
        invoke::<DeleteResourcePolicy>(tx, call, input).map(drop)
    }
}
