//! A secret's own policy: who may use it beside what identities may.

use serde_json::Value;
use tierra_core::iam::{Grammar, Policy};
use tierra_core::{Arn, Place, Tx};

use super::errors::SecretsError;
use super::model::Secret;

/// The policy of the secret with this ARN, and the account that it belongs to.
pub(crate) fn of(tx: &Tx, arn: &Arn) -> Option<(Policy, String)> {
    let place = Place {
        account: arn.account.clone(),
        region: arn.region.clone(),
    };
    let text = Secret::find(tx, &place, &arn.to_string()).ok()?.policy?;
    // What was stored was read once before; one that cannot be read any more grants nothing.
    let policy = Policy::parse(&text, Grammar::Resource).ok()?;
    Some((policy, arn.account.0.clone()))
}

/// Checks a policy that a caller puts.
pub(super) fn check(text: &str, block_public: bool) -> Result<(), SecretsError> {
    Policy::parse(text, Grammar::Resource).map_err(|reason| SecretsError::Policy {
        reason: reason.to_string(),
    })?;
    if block_public && is_public(text) {
        return Err(SecretsError::Public);
    }
    Ok(())
}

/// Whether some statement allows everyone, under no condition.
fn is_public(text: &str) -> bool {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let statements = match &document["Statement"] {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    let everyone = |principal: &Value| *principal == "*" || principal["AWS"] == "*" || principal["AWS"] == serde_json::json!(["*"]);
    statements
        .iter()
        .any(|one| one["Effect"] == "Allow" && everyone(&one["Principal"]) && one["Condition"].is_null())
}
