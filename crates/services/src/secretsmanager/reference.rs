//! `{{resolve:secretsmanager:…}}`. Follows the CloudFormation page "Get a secret or secret value from Secrets Manager".

use serde_json::Value;
use tierra_core::{AwsError, Call, Tx};

use super::errors::SecretsError;
use super::ops::value::{GetSecretValue, GetSecretValueInput};
use crate::invoke;

/// Parts of an ARN, which hold the colons that else end a secret's name.
const ARN_PARTS: usize = 7;

/// What `ID[:SecretString[:JSON-KEY[:VERSION-STAGE[:VERSION-ID]]]]` stands for, read as the caller.
///
/// # Errors
/// Where it is no reference, the secret or the key in it is not there, or the caller may not.
pub(crate) fn value(tx: &mut Tx, call: &Call, reference: &str) -> Result<String, AwsError> {
    let parts: Vec<&str> = reference.split(':').collect();
    let named = if reference.starts_with("arn:") { ARN_PARTS } else { 1 };
    let (name, rest) = parts.split_at(named.min(parts.len()));
    let part = |at: usize| rest.get(at).copied().filter(|text| !text.is_empty());
    if rest.len() > 4 || part(0).is_some_and(|word| word != "SecretString") {
        let reason = format!("Invalid dynamic reference: {{{{resolve:secretsmanager:{reference}}}}}");
        return Err(SecretsError::Request { reason }.into());
    }
    let input = GetSecretValueInput {
        secret_id: name.join(":"),
        version_stage: part(2).map(str::to_owned),
        version_id: part(3).map(str::to_owned),
    };
    let text = invoke::<GetSecretValue>(tx, call, input)?.secret_string;
    let text = text.ok_or_else(|| SecretsError::Request {
        reason: "The secret has no SecretString.".to_owned(),
    })?;
    match part(1) {
        Some(key) => Ok(member(&text, key)?),
        None => Ok(text),
    }
}

fn member(text: &str, key: &str) -> Result<String, SecretsError> {
    let value: Value = serde_json::from_str(text).map_err(|_| SecretsError::Request {
        reason: "Could not parse SecretString JSON".to_owned(),
    })?;
    match value.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(SecretsError::Request {
            reason: format!("Could not find a value associated with JSONKey in SecretString: {key}"),
        }),
    }
}
