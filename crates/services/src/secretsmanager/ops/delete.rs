//! `DeleteSecret`, `RestoreSecret`.

use tierra_core::{Arn, Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::{SecretIdInput, SecretOutput};
use crate::declare::operations;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::limits;
use crate::secretsmanager::model::{Deletion, SUFFIX, Secret, arn};

const DAY: i64 = 24 * 60 * 60 * 1000;

operations! { "secretsmanager", SecretsError;
    write DeleteSecret(DeleteSecretInput) -> DeleteSecretOutput = delete, on |tx, input, call| arn(tx, call, &input.secret_id);
    write RestoreSecret(SecretIdInput) -> SecretOutput = restore, on |tx, input, call| arn(tx, call, &input.secret_id);
}

/// Input of [`DeleteSecret`].
#[derive(Default, Shape)]
pub struct DeleteSecretInput {
    pub(crate) secret_id: String,
    pub(crate) recovery_window_in_days: Option<i64>,
    pub(crate) force_delete_without_recovery: Option<bool>,
}

/// When the secret goes.
#[derive(Default, Shape)]
pub struct DeleteSecretOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) deletion_date: Timestamp,
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteSecretInput) -> Result<DeleteSecretOutput, SecretsError> {
    let force = input.force_delete_without_recovery == Some(true);
    if force && input.recovery_window_in_days.is_some() {
        return Err(SecretsError::parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let window = limits::window(input.recovery_window_in_days)?;
    let mut secret = match Secret::find(tx, &call.place, &input.secret_id) {
        // Deleting by force what is not there has succeeded.
        Err(SecretsError::NotFound) if force => return Ok(nothing(call, input.secret_id)),
        found => found?,
    };
    if let Some(service) = secret.owner {
        return Err(SecretsError::Managed { service });
    }
    let due = if force { call.now } else { call.now.plus_millis(window * DAY) };
    let output = told(&secret.arn(), &secret.name, due);
    if force {
        secret.purge(tx);
    } else if secret.deletion.is_some() {
        return Err(SecretsError::Leaving);
    } else {
        secret.deletion = Some(Deletion { asked: call.now, due });
        tx.save(secret);
    }
    Ok(output)
}

fn told(arn: &Arn, name: &str, due: Timestamp) -> DeleteSecretOutput {
    DeleteSecretOutput {
        arn: arn.to_string(),
        name: name.to_owned(),
        deletion_date: due,
    }
}

fn nothing(call: &Call, id: String) -> DeleteSecretOutput {
    let made_up = || Arn::regional("secretsmanager", &call.place, format!("secret:{id}-{}", call.ids.alnum(SUFFIX)));
    told(&id.parse().unwrap_or_else(|_| made_up()), &id, call.now)
}

fn restore(tx: &mut Tx, call: &Call, input: SecretIdInput) -> Result<SecretOutput, SecretsError> {
    let mut secret = Secret::find(tx, &call.place, &input.secret_id)?;
    secret.deletion = None;
    let output = SecretOutput::from(&secret);
    tx.save(secret);
    Ok(output)
}
