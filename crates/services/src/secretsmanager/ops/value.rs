//! `GetSecretValue`.

use tierra_core::{Call, Tx};
use tierra_model::shape::Blob;
use tierra_model::{Shape, Timestamp};

use crate::declare::operations;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::model::{Plain, Secret, arn};
use crate::secretsmanager::stage;

operations! { "secretsmanager", SecretsError;
    read GetSecretValue(GetSecretValueInput) -> GetSecretValueOutput = get, on |tx, input, call| arn(tx, call, &input.secret_id);
}

/// Input of [`GetSecretValue`].
#[derive(Default, Shape)]
pub struct GetSecretValueInput {
    pub(crate) secret_id: String,
    pub(crate) version_id: Option<String>,
    pub(crate) version_stage: Option<String>,
}

/// A version with its value.
#[derive(Default, Shape)]
pub struct GetSecretValueOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) version_id: String,
    pub(crate) secret_binary: Option<Blob>,
    pub(crate) secret_string: Option<String>,
    pub(crate) version_stages: Vec<String>,
    pub(crate) created_date: Timestamp,
}

fn get(tx: &mut Tx, call: &Call, input: GetSecretValueInput) -> Result<GetSecretValueOutput, SecretsError> {
    let secret = Secret::live(tx, &call.place, &input.secret_id)?;
    let version = stage::version(tx, &secret, input.version_id.as_deref(), input.version_stage.as_deref())?;
    let (secret_string, secret_binary) = match version.material.open(tx, &secret.seal_owner(&version.id))? {
        Plain::Text(text) => (Some(text), None),
        Plain::Bytes(bytes) => (None, Some(bytes)),
    };
    Ok(GetSecretValueOutput {
        arn: secret.arn().to_string(),
        name: secret.name,
        version_id: version.id,
        secret_binary,
        secret_string,
        version_stages: version.stages.into_iter().collect(),
        created_date: version.created,
    })
}
