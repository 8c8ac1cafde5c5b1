//! Who is meant: the `Principal` element of trust and resource policies against the identity that asks.
//! Follows the IAM page "AWS JSON policy elements: Principal".

use serde_json::Value;

use super::malformed::Malformed;
use crate::arn::Arn;
use crate::call::Caller;

/// The identity that asks, as policies know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// The identity's own ARN: a user's, or an assumed role's session.
    pub arn: String,
    /// The role's ARN, for a session of one.
    pub role: Option<String>,
    /// The 12-digit account; empty for services and strangers.
    pub account: String,
    /// `ec2.amazonaws.com`, for a service that acts for itself.
    pub service: Option<String>,
}

impl From<&Caller> for Principal {
    fn from(caller: &Caller) -> Self {
        let account = caller.account();
        let role = match caller {
            Caller::AssumedRole { role_path_and_name, .. } => {
                let path = role_path_and_name.trim_start_matches('/');
                Some(Arn::global("iam", &account, format!("role/{path}")).to_string())
            }
            _ => None,
        };
        let service = match caller {
            Caller::Service { principal, .. } => Some(principal.clone()),
            _ => None,
        };
        Self {
            arn: caller.arn().to_string(),
            role,
            account: account.0,
            service,
        }
    }
}

/// How closely a policy named the identity; the closer, the less else is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Not at all.
    No,
    /// Its account: the account's own policies decide further.
    Account,
    /// Its role: boundaries and session policies still narrow.
    Role,
    /// Itself.
    Itself,
}

/// One entry of a `Principal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Everyone,
    Account(String),
    Arn(String),
    Service(String),
    /// SAML, web identity, canonical users: read, and never anyone here.
    Foreign,
}

impl Entry {
    pub(super) fn names(&self, who: &Principal) -> Named {
        match self {
            Self::Everyone => Named::Itself,
            Self::Account(id) if *id == who.account && who.service.is_none() => Named::Account,
            Self::Arn(arn) if *arn == who.arn => Named::Itself,
            Self::Arn(arn) if who.role.as_ref() == Some(arn) => Named::Role,
            Self::Service(name) if who.service.as_ref() == Some(name) => Named::Itself,
            _ => Named::No,
        }
    }
}

/// Reads a `Principal` element.
pub(super) fn parse(value: &Value) -> Result<Vec<Entry>, Malformed> {
    match value {
        Value::String(star) if star == "*" => Ok(vec![Entry::Everyone]),
        Value::Object(kinds) if !kinds.is_empty() => {
            let mut entries = Vec::new();
            for (kind, names) in kinds {
                for name in one_or_many(names)? {
                    entries.push(entry(kind, name)?);
                }
            }
            Ok(entries)
        }
        other => Err(Malformed::Principal(other.to_string())),
    }
}

fn one_or_many(value: &Value) -> Result<Vec<&str>, Malformed> {
    let list = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    list.iter().map(|item| item.as_str().ok_or(Malformed::Syntax)).collect()
}

fn entry(kind: &str, name: &str) -> Result<Entry, Malformed> {
    let invalid = || Malformed::Principal(format!("\"{kind}\":\"{name}\""));
    match kind {
        "AWS" if name == "*" => Ok(Entry::Everyone),
        "AWS" if is_account(name) => Ok(Entry::Account(name.to_owned())),
        "AWS" => aws_arn(name).ok_or_else(invalid),
        "Service" if name.contains('.') && !name.contains('*') => Ok(Entry::Service(name.to_owned())),
        "Federated" | "CanonicalUser" => Ok(Entry::Foreign),
        _ => Err(invalid()),
    }
}

fn aws_arn(name: &str) -> Option<Entry> {
    let arn: Arn = name.parse().ok()?;
    let kind = arn.resource.split('/').next().unwrap_or_default();
    match (arn.service.as_str(), kind) {
        ("iam", "root") if is_account(&arn.account.0) => Some(Entry::Account(arn.account.0)),
        ("iam", "user" | "role") | ("sts", "assumed-role" | "federated-user") if !name.contains('*') => Some(Entry::Arn(name.to_owned())),
        _ => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
