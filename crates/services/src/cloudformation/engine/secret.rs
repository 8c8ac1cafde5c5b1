//! Secret values in a resource's properties.
//!
//! **Invariant**: rows, events, outputs and templates hold the reference (`{{resolve:secretsmanager:…}}`, `{{resolve:ssm-secure:…}}`);
//! the value is there only while a service is asked to create or change.

use serde_json::Value;
use tierra_core::{AwsError, Call, Tx};

use crate::cloudformation::house;
use crate::cloudformation::template::expression::replace_references;
use crate::secretsmanager;

/// The properties with every secret reference replaced by its value, read as the caller.
///
/// # Errors
/// Where a secret is not there, or the caller may not read it.
pub(super) fn opened(tx: &mut Tx, call: &Call, properties: &Value) -> Result<Value, AwsError> {
    let refused = |reason: String| AwsError::new("ValidationError", 400, reason);
    Ok(match properties {
        Value::String(text) => {
            Value::String(replace_references(text, &mut |service, name| value(tx, call, service, name)).map_err(refused)?)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| opened(tx, call, item)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let open = |(name, item): (&String, &Value)| Ok((name.clone(), opened(tx, call, item)?));
            Value::Object(members.iter().map(open).collect::<Result<_, AwsError>>()?)
        }
        plain => plain.clone(),
    })
}

fn value(tx: &mut Tx, call: &Call, service: &str, name: &str) -> Result<String, String> {
    match service {
        "secretsmanager" => secretsmanager::value(tx, call, name).map_err(|error| error.message),
        "ssm-secure" => parameter(tx, call, name, true),
        // Whatever else looks like a reference came out of a value and is text.
        _ => Ok(format!("{{{{resolve:{service}:{name}}}}}")),
    }
}

/// An SSM parameter's value.
pub(super) fn parameter(tx: &mut Tx, call: &Call, name: &str, secure: bool) -> Result<String, String> {
    let found = house::parameter(tx, call, name, secure);
    found.ok_or_else(|| format!("Unable to fetch parameters [{name}] from parameter store for this account."))
}
