//! Stack policies: which updates of which resources are allowed. Follows the user guide's "Prevent updates to stack resources".
//!
//! **Invariant**: a stack without a policy allows every update; one with a policy allows what the policy allows and does not deny.

use serde_json::{Map, Value};
use tierra_core::iam::{Context, Decision, Grammar, Policy, PolicySet, Principal, Request, decide};
use tierra_core::{AccountId, Caller};

use super::errors::CloudFormationError;

/// The longest policy, in bytes.
const LENGTH: usize = 16_384;
/// Statements name resources as `LogicalResourceId/Name`; the decision knows only ARNs.
const PREFIX: &str = "arn:aws:cloudformation:::";

/// As what the decision knows the condition key `ResourceType`.
const TYPE: &str = "cloudformation:ResourceType";

/// What an update does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Changed in place.
    Modify,
    /// Made anew.
    Replace,
    /// Deleted.
    Delete,
}

impl Deed {
    fn action(self) -> &'static str {
        match self {
            Self::Modify => "Update:Modify",
            Self::Replace => "Update:Replace",
            Self::Delete => "Update:Delete",
        }
    }
}

/// Whether a text is a stack policy.
///
/// # Errors
/// Where it is not, or is too long.
pub fn check(text: &str) -> Result<(), CloudFormationError> {
    if text.len() > LENGTH {
        return Err(CloudFormationError::validation(format!(
            "1 validation error detected: Value at 'stackPolicyBody' failed to satisfy constraint: Member must have length less than or equal to {LENGTH}"
        )));
    }
    match read(text) {
        Some(_) => Ok(()),
        None => Err(CloudFormationError::validation(
            "Error validating stack policy: Invalid stack policy",
        )),
    }
}

/// Why a policy forbids a deed; none where it does not.
pub fn refusal(text: &str, deed: Deed, logical_id: &str, kind: &str) -> Option<String> {
    let (policy, account) = (read(text)?, AccountId("000000000000".to_owned()));
    let set = PolicySet {
        resource: Some((policy, account.0.clone())),
        ..PolicySet::default()
    };
    let request = Request {
        principal: &Principal::from(&Caller::Root { account }),
        action: deed.action(),
        resource: &format!("{PREFIX}LogicalResourceId/{logical_id}"),
        context: &Context::default().with(TYPE, kind),
    };
    let decision = decide(&set, &request);
    if decision.allows() {
        return None;
    }
    let (action, resource) = (deed.action(), format!("LogicalResourceId/{logical_id}"));
    Some(if matches!(decision, Decision::ExplicitDeny { .. }) {
        format!("Action denied by stack policy: a statement denies [{action}] for resource [{resource}]")
    } else {
        format!("Action denied by stack policy: no statement allows [{action}] for resource [{resource}]")
    })
}

fn read(text: &str) -> Option<Policy> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    let version = document.as_object_mut()?.entry("Version").or_insert_with(|| "2012-10-17".into());
    version.as_str()?;
    let statements = match &mut document["Statement"] {
        Value::Array(statements) => statements.iter_mut().collect(),
        one => vec![one],
    };
    for statement in statements {
        for name in ["Resource", "NotResource"] {
            statement.get_mut(name).map(lengthen);
        }
        let operators = statement.get_mut("Condition").and_then(Value::as_object_mut);
        for asked in operators.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            let kind = asked.remove("ResourceType");
            asked.extend(kind.map(|kind| (TYPE.to_owned(), kind)));
        }
    }
    Policy::parse(&document.to_string(), Grammar::Resource).ok()
}

/// A resource's name as an ARN.
fn lengthen(resource: &mut Value) {
    match resource {
        Value::String(name) if name != "*" => *name = format!("{PREFIX}{name}"),
        Value::Array(names) => names.iter_mut().for_each(lengthen),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARDED: &str = r#"{"Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "Update:Replace", "Principal": "*", "Resource": "LogicalResourceId/Data*"},
        {"Effect": "Deny", "Action": ["Update:Delete"], "Principal": "*", "Resource": "*",
         "Condition": {"StringEquals": {"ResourceType": ["AWS::EC2::VPC"]}}}]}"#;

    #[test]
    fn statements_allow_and_deny_by_deed_name_and_type() {
        let cases = [
            (GUARDED, Deed::Modify, "Database", "AWS::EC2::VPC", true),
            (GUARDED, Deed::Replace, "Database", "AWS::EC2::VPC", false),
            (GUARDED, Deed::Replace, "Web", "AWS::EC2::VPC", true),
            (GUARDED, Deed::Delete, "Web", "AWS::EC2::VPC", false),
            (GUARDED, Deed::Delete, "Web", "AWS::EC2::Subnet", true),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "Update:Modify", "Principal": "*", "NotResource": "LogicalResourceId/Web"}}"#,
                Deed::Modify,
                "Web",
                "AWS::EC2::VPC",
                false,
            ),
        ];
        for (policy, deed, id, kind, allowed) in cases {
            assert!(check(policy).is_ok(), "{policy}");
            assert_eq!(refusal(policy, deed, id, kind).is_none(), allowed, "{deed:?} {id} {kind}");
        }
        assert!(check("{}").is_err() && check("no JSON").is_err());
    }
}
