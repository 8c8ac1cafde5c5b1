//! `PutResourcePolicy`, `GetResourcePolicy`, `DeleteResourcePolicy`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::{SecretIdInput, SecretOutput};
use crate::declare::operations;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::model::{Secret, arn};
use crate::secretsmanager::policy;

operations! { "secretsmanager", SecretsError;
    write PutResourcePolicy(PutPolicyInput) -> SecretOutput = put, on |tx, input, call| arn(tx, call, &input.secret_id);
    read GetResourcePolicy(SecretIdInput) -> GetPolicyOutput = get, on |tx, input, call| arn(tx, call, &input.secret_id);
    write DeleteResourcePolicy(SecretIdInput) -> SecretOutput = delete, on |tx, input, call| arn(tx, call, &input.secret_id);
}

/// Input of [`PutResourcePolicy`].
#[derive(Default, Shape)]
pub struct PutPolicyInput {
    pub(crate) secret_id: String,
    pub(crate) resource_policy: String,
    pub(crate) block_public_policy: Option<bool>,
}

/// A secret's policy, where it has one.
#[derive(Default, Shape)]
pub struct GetPolicyOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) resource_policy: Option<String>,
}

fn put(tx: &mut Tx, call: &Call, input: PutPolicyInput) -> Result<SecretOutput, SecretsError> {
    policy::check(&input.resource_policy, input.block_public_policy == Some(true))?;
    set(tx, call, &input.secret_id, Some(input.resource_policy))
}

fn delete(tx: &mut Tx, call: &Call, input: SecretIdInput) -> Result<SecretOutput, SecretsError> {
    set(tx, call, &input.secret_id, None)
}

fn set(tx: &mut Tx, call: &Call, id: &str, policy: Option<String>) -> Result<SecretOutput, SecretsError> {
    let mut secret = Secret::live(tx, &call.place, id)?;
    secret.policy = policy;
    let output = SecretOutput::from(&secret);
    tx.save(secret);
    Ok(output)
}

fn get(tx: &mut Tx, call: &Call, input: SecretIdInput) -> Result<GetPolicyOutput, SecretsError> {
    let secret = Secret::find(tx, &call.place, &input.secret_id)?;
    Ok(GetPolicyOutput {
        arn: secret.arn().to_string(),
        name: secret.name,
        resource_policy: secret.policy,
    })
}
