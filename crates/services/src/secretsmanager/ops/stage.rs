//! `UpdateSecretVersionStage`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::SecretOutput;
use crate::declare::operations;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::model::{Secret, arn};
use crate::secretsmanager::stage;

operations! { "secretsmanager", SecretsError;
    write UpdateSecretVersionStage(UpdateStageInput) -> SecretOutput = update, on |tx, input, call| arn(tx, call, &input.secret_id);
}

/// Input of [`UpdateSecretVersionStage`].
#[derive(Default, Shape)]
pub struct UpdateStageInput {
    pub(crate) secret_id: String,
    pub(crate) version_stage: String,
    pub(crate) remove_from_version_id: Option<String>,
    pub(crate) move_to_version_id: Option<String>,
}

fn update(tx: &mut Tx, call: &Call, input: UpdateStageInput) -> Result<SecretOutput, SecretsError> {
    let secret = Secret::live(tx, &call.place, &input.secret_id)?;
    let label = &input.version_stage;
    let (from, to) = (input.remove_from_version_id.as_deref(), input.move_to_version_id.as_deref());
    for id in [from, to].into_iter().flatten() {
        stage::version(tx, &secret, Some(id), None)?;
    }
    let holder = stage::version(tx, &secret, None, Some(label)).ok().map(|version| version.id);
    if let Some(holder) = holder
        .as_ref()
        .filter(|holder| from != Some(holder.as_str()) && to != Some(holder.as_str()))
    {
        return Err(SecretsError::parameter(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        )));
    }
    if holder.is_none() && from.is_some() {
        return Err(SecretsError::StageMismatch);
    }
    if to.is_none() && label == stage::CURRENT {
        return Err(SecretsError::parameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        ));
    }
    stage::shift(tx, &secret, label, to)?;
    Ok(SecretOutput::from(&secret))
}
