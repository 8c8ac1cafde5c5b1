//! Secrets that another service keeps for itself: users read them, and only that service deletes them.

use tierra_core::{AwsError, Call, Operation, Tags, Tx};

use super::secret::{CreateSecret, CreateSecretInput, PutSecretValue, PutSecretValueInput};
use crate::secretsmanager::model::Secret;
use crate::secretsmanager::password::Wish;

/// Characters that a database's password never holds, since connection strings do not bear them.
const EXCLUDED: &str = ":\"'`\\,/@ ";
const PASSWORD_LENGTH: i64 = 28;

/// A password for a database's master user.
///
/// # Errors
/// Never in practice: what is wished can be had.
pub(crate) fn password(call: &Call) -> Result<String, AwsError> {
    let wish = Wish {
        password_length: Some(PASSWORD_LENGTH),
        exclude_characters: Some(EXCLUDED.to_owned()),
        ..Wish::default()
    };
    Ok(wish.draw(&call.ids)?)
}

/// Makes `service`'s secret with this text, and gives its ARN.
///
/// # Errors
/// As [`CreateSecret`].
pub(crate) fn create(
    tx: &mut Tx,
    call: &Call,
    service: &str,
    name: String,
    text: String,
    tags: &[(&str, &str)],
) -> Result<String, AwsError> {
    let input = CreateSecretInput {
        name,
        secret_string: Some(text),
        ..CreateSecretInput::default()
    };
    let arn = CreateSecret::run(tx, call, input)?.arn;
    let mut secret = Secret::find(tx, &call.place, &arn)?;
    secret.owner = Some(service.to_owned());
    let mut all = Tags::default();
    tags.iter().for_each(|(key, value)| all.put_reserved(key, value));
    secret.tags = all;
    tx.save(secret);
    Ok(arn)
}

/// Deletes a service's secret at once; one that is gone is no matter.
pub(crate) fn delete(tx: &mut Tx, call: &Call, arn: &str) {
    if let Ok(secret) = Secret::find(tx, &call.place, arn) {
        secret.purge(tx);
    }
}

/// Puts another text into a service's secret.
///
/// # Errors
/// As [`PutSecretValue`].
pub(crate) fn change(tx: &mut Tx, call: &Call, arn: &str, text: String) -> Result<(), AwsError> {
    let input = PutSecretValueInput {
        secret_id: arn.to_owned(),
        secret_string: Some(text),
        ..PutSecretValueInput::default()
    };
    PutSecretValue::run(tx, call, input)?;
    Ok(())
}
