//! Bucket policies: checked when they are put, and given to the IAM decision. Follows the S3 pages "Bucket policies for Amazon S3" and
//! "Blocking public access to your Amazon S3 storage".

use serde_json::Value;
use tierra_core::iam::{Grammar, Malformed, Policy};
use tierra_core::{AccountId, Arn, Tx};

use super::errors::S3Error;
use super::limits::POLICY_BYTES;
use super::model::bucket::{Bucket, arn};
use super::model::partition;

/// Condition keys that narrow a policy down to somebody, where their value has no wildcard.
const NARROWING: &[&str] = &[
    "aws:principalorgid",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// The policy that has a say on a bucket or an object, and the account that it belongs to.
pub fn of(tx: &Tx, resource: &Arn, asking: &AccountId) -> Option<(Policy, String)> {
    let name = resource.resource.split('/').next().unwrap_or_default();
    let bucket: Bucket = tx.find(&partition(), name)?;
    let text = bucket.policy.as_deref()?;
    let restricted = bucket.access.is_some_and(|block| block.restrict_public_buckets);
    if restricted && *asking != bucket.owner.account && is_public(text) {
        return None;
    }
    // It was read once before; what cannot be read any more grants nothing.
    let policy = Policy::parse(text, Grammar::Resource).ok()?;
    Some((policy, bucket.owner.account.0))
}

/// Whether a text is a policy of this bucket.
///
/// # Errors
/// `MalformedPolicy`, with S3's reason.
pub fn check(bucket: &str, text: &str) -> Result<(), S3Error> {
    let malformed = |reason: &str| S3Error::MalformedPolicy { reason: reason.to_owned() };
    if text.len() > POLICY_BYTES {
        return Err(malformed("Policy exceeds the maximum allowed document size."));
    }
    Policy::parse(text, Grammar::Resource).map_err(|reason| malformed(&told(&reason, text)))?;
    let own = arn(bucket).to_string();
    let within = |resource: &str| resource == own || resource.strip_prefix(&own).is_some_and(|rest| rest.starts_with(['/', '*']));
    for statement in statements(text) {
        let mut resources = texts(statement.get("Resource")).chain(texts(statement.get("NotResource")));
        if !resources.all(|resource| within(&resource)) {
            return Err(malformed("Policy has invalid resource"));
        }
        let mut actions = texts(statement.get("Action"));
        if !actions.all(|action| action == "*" || action.starts_with("s3:")) {
            return Err(malformed("Policy has invalid action"));
        }
    }
    Ok(())
}

/// What cannot be read, in S3's words.
fn told(reason: &Malformed, text: &str) -> String {
    match reason {
        Malformed::Principal(_) => "Invalid principal in policy".to_owned(),
        _ if !text.trim_start().starts_with('{') => "Policies must be valid JSON and the first byte must be '{'".to_owned(),
        Malformed::Syntax | Malformed::Json if serde_json::from_str::<Value>(text).is_err() => {
            "This policy contains invalid Json".to_owned()
        }
        Malformed::Syntax | Malformed::Json => "Missing required field Statement".to_owned(),
        other => other.to_string(),
    }
}

/// Whether a policy opens the bucket to everybody.
pub fn is_public(text: &str) -> bool {
    statements(text).iter().any(|statement| {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        let everybody = match statement.get("Principal") {
            Some(Value::String(who)) => who == "*",
            Some(Value::Object(kinds)) => kinds.values().any(|names| texts(Some(names)).any(|name| name == "*")),
            _ => statement.get("NotPrincipal").is_some(),
        };
        allows && everybody && !is_narrowed(statement.get("Condition"))
    })
}

fn is_narrowed(condition: Option<&Value>) -> bool {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    let positive = operators.filter(|(operator, _)| !operator.contains("Not"));
    positive.filter_map(|(_, keys)| keys.as_object()).flatten().any(|(key, values)| {
        let everywhere = |value: &str| value.contains('*') || value.ends_with("/0");
        NARROWING.contains(&key.to_ascii_lowercase().as_str()) && !texts(Some(values)).any(|value| everywhere(&value))
    })
}

fn statements(text: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(text).unwrap_or_default();
    match policy.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = String> {
    let list = match value {
        Some(Value::Array(list)) => list.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    list.into_iter().filter_map(|one| one.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(principal: Value, resource: &str, condition: Value) -> String {
        let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource});
        if condition.is_object() {
            statement["Condition"] = condition;
        }
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    }

    #[test]
    fn public_is_what_everybody_may() {
        let all = "arn:aws:s3:::b/*";
        for (principal, condition, want) in [
            (json!("*"), json!(null), true),
            (json!({"AWS": "*"}), json!(null), true),
            (json!({"AWS": "123456789012"}), json!(null), false),
            (json!("*"), json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}), false),
            (json!("*"), json!({"StringLike": {"aws:SourceVpc": "*"}}), true),
            (json!("*"), json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), true),
            (json!("*"), json!({"Bool": {"aws:SecureTransport": "true"}}), true),
        ] {
            let text = policy(principal, all, condition);
            assert_eq!((is_public(&text), check("b", &text)), (want, Ok(())), "{text}");
        }
    }

    #[test]
    fn a_policy_is_its_buckets() {
        let told = |text: &str| check("b", text).map_err(|error| tierra_core::AwsError::from(error).message);
        for (text, want) in [
            (
                policy(json!("*"), "arn:aws:s3:::other/*", json!(null)),
                "Policy has invalid resource",
            ),
            (policy(json!("*"), "arn:aws:s3:::bc", json!(null)), "Policy has invalid resource"),
            (
                policy(json!({"AWS": "nobody"}), "arn:aws:s3:::b", json!(null)),
                "Invalid principal in policy",
            ),
            ("hello".to_owned(), "Policies must be valid JSON and the first byte must be '{'"),
            ("{}".to_owned(), "Missing required field Statement"),
            ("{".to_owned(), "This policy contains invalid Json"),
        ] {
            assert_eq!(told(&text), Err(want.to_owned()), "{text}");
        }
    }
}
