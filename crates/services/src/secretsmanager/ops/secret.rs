//! `CreateSecret`, `UpdateSecret`, `PutSecretValue`: what makes versions.

use tierra_core::{Call, Tag, Tags, Tx};
use tierra_model::Shape;
use tierra_model::shape::Blob;

use crate::declare::operations;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::limits;
use crate::secretsmanager::model::{Plain, SUFFIX, Secret, SecretVersion, arn};
use crate::secretsmanager::stage;

operations! { "secretsmanager", SecretsError;
    write CreateSecret(CreateSecretInput) -> VersionOutput = create, on |tx, input, call| arn(tx, call, &input.name);
    write UpdateSecret(UpdateSecretInput) -> VersionOutput = update, on |tx, input, call| arn(tx, call, &input.secret_id);
    write PutSecretValue(PutSecretValueInput) -> PutSecretValueOutput = put, on |tx, input, call| arn(tx, call, &input.secret_id);
}

/// Input of [`CreateSecret`].
#[derive(Default, Shape)]
pub struct CreateSecretInput {
    pub(crate) name: String,
    pub(crate) client_request_token: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) secret_binary: Option<Blob>,
    pub(crate) secret_string: Option<String>,
    pub(crate) tags: Vec<Tag>,
    /// It speaks of replicas, and none are made here.
    pub(crate) force_overwrite_replica_secret: Option<bool>,
}

/// Input of [`UpdateSecret`].
#[derive(Default, Shape)]
pub struct UpdateSecretInput {
    pub(crate) secret_id: String,
    pub(crate) client_request_token: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) secret_binary: Option<Blob>,
    pub(crate) secret_string: Option<String>,
}

/// A secret and the version that was made of it, where one was.
#[derive(Debug, Default, Shape)]
pub struct VersionOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) version_id: Option<String>,
}

/// Input of [`PutSecretValue`].
#[derive(Default, Shape)]
pub struct PutSecretValueInput {
    pub(crate) secret_id: String,
    pub(crate) client_request_token: Option<String>,
    pub(crate) secret_binary: Option<Blob>,
    pub(crate) secret_string: Option<String>,
    pub(crate) version_stages: Vec<String>,
}

/// The version that was put.
#[derive(Default, Shape)]
pub struct PutSecretValueOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) version_id: String,
    pub(crate) version_stages: Vec<String>,
}

impl VersionOutput {
    fn of(secret: &Secret, version: Option<SecretVersion>) -> Self {
        Self {
            arn: secret.arn().to_string(),
            name: secret.name.clone(),
            version_id: version.map(|version| version.id),
        }
    }
}

/// The value that a caller gives, where they give one.
fn plain(text: Option<String>, bytes: Option<Blob>) -> Result<Option<Plain>, SecretsError> {
    match (text, bytes) {
        (Some(_), Some(_)) => Err(SecretsError::parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        )),
        (Some(text), None) => Ok(Some(Plain::Text(text))),
        (None, bytes) => Ok(bytes.map(Plain::Bytes)),
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateSecretInput) -> Result<VersionOutput, SecretsError> {
    limits::name(&input.name)?;
    let plain = plain(input.secret_string, input.secret_binary)?;
    if let Some(known) = tx.find::<Secret>(&call.place, &input.name) {
        return created_before(tx, call, known, input.client_request_token, plain);
    }
    let mut secret = Secret {
        place: call.place.clone(),
        name: input.name,
        suffix: call.ids.alnum(SUFFIX),
        description: input.description,
        kms_key: limits::key(input.kms_key_id)?,
        owner: None,
        attached: None,
        tags: Tags::parse(&input.tags)?,
        policy: None,
        created: call.now,
        changed: call.now,
        deletion: None,
    };
    tx.save(secret.clone());
    let version = put_current(tx, call, &mut secret, input.client_request_token, plain)?;
    Ok(VersionOutput::of(&secret, version))
}

/// The same creation once more is no other one.
fn created_before(
    tx: &mut Tx,
    call: &Call,
    mut secret: Secret,
    token: Option<String>,
    plain: Option<Plain>,
) -> Result<VersionOutput, SecretsError> {
    if secret.deletion.is_some() {
        return Err(SecretsError::NameLeaving);
    }
    let known = secret.versions(tx).into_iter().any(|version| Some(&version.id) == token.as_ref());
    if !known {
        return Err(SecretsError::Exists { name: secret.name });
    }
    let version = put_current(tx, call, &mut secret, token, plain)?;
    Ok(VersionOutput::of(&secret, version))
}

fn put_current(
    tx: &mut Tx,
    call: &Call,
    secret: &mut Secret,
    token: Option<String>,
    plain: Option<Plain>,
) -> Result<Option<SecretVersion>, SecretsError> {
    let current = [stage::CURRENT.to_owned()];
    plain.map(|plain| stage::put(tx, call, secret, token, &plain, &current)).transpose()
}

fn update(tx: &mut Tx, call: &Call, input: UpdateSecretInput) -> Result<VersionOutput, SecretsError> {
    let mut secret = Secret::live(tx, &call.place, &input.secret_id)?;
    let plain = plain(input.secret_string, input.secret_binary)?;
    if input.description.is_some() {
        secret.description = input.description;
    }
    if input.kms_key_id.is_some() {
        secret.kms_key = limits::key(input.kms_key_id)?;
    }
    secret.changed = call.now;
    tx.save(secret.clone());
    let version = put_current(tx, call, &mut secret, input.client_request_token, plain)?;
    Ok(VersionOutput::of(&secret, version))
}

fn put(tx: &mut Tx, call: &Call, input: PutSecretValueInput) -> Result<PutSecretValueOutput, SecretsError> {
    let mut secret = Secret::live(tx, &call.place, &input.secret_id)?;
    let plain = plain(input.secret_string, input.secret_binary)?.ok_or_else(|| SecretsError::Request {
        reason: "You must provide either SecretString or SecretBinary.".to_owned(),
    })?;
    let stages = if input.version_stages.is_empty() {
        vec![stage::CURRENT.to_owned()]
    } else {
        input.version_stages
    };
    let version = stage::put(tx, call, &mut secret, input.client_request_token, &plain, &stages)?;
    Ok(PutSecretValueOutput {
        arn: secret.arn().to_string(),
        name: secret.name,
        version_id: version.id,
        version_stages: version.stages.into_iter().collect(),
    })
}
