//! Policy documents. Follows the IAM page "Grammar of the IAM JSON policy language".

use std::collections::BTreeSet;

use serde_json::Value;

use super::malformed::Malformed;
use super::statement::Statement;

/// Where a document stands, which decides what it may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// At a user, group or role, as a boundary, or in a session: no principal.
    Identity,
    /// A role's trust policy: no resource, only actions that assume it.
    Trust,
    /// At a resource: a principal and a resource.
    Resource,
}

/// A policy that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// Where it is no policy, with IAM's reason.
    pub fn parse(text: &str, grammar: Grammar) -> Result<Self, Malformed> {
        let document: Value = serde_json::from_str(text).map_err(|_| match grammar {
            Grammar::Trust => Malformed::Json,
            Grammar::Identity | Grammar::Resource => Malformed::Syntax,
        })?;
        let fields = document.as_object().ok_or(Malformed::Syntax)?;
        if let Some(unknown) = fields.keys().find(|name| !matches!(name.as_str(), "Version" | "Id" | "Statement")) {
            return Err(Malformed::UnknownField(unknown.clone()));
        }
        let variables = has_variables(fields.get("Version"))?;
        let statements = match fields.get("Statement") {
            Some(Value::Array(list)) if !list.is_empty() => list.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            _ => return Err(Malformed::Syntax),
        };
        let statements = statements
            .iter()
            .map(|statement| Statement::parse(statement, grammar, variables))
            .collect::<Result<Vec<_>, _>>()?;
        unique_sids(&statements)?;
        Ok(Self { statements })
    }
}

/// Whether the version knows policy variables. A document without one is of 2008-10-17.
fn has_variables(version: Option<&Value>) -> Result<bool, Malformed> {
    match version.map(Value::as_str) {
        Some(Some("2012-10-17")) => Ok(true),
        Some(Some("2008-10-17")) | None => Ok(false),
        Some(Some(_)) => Err(Malformed::Version),
        Some(None) => Err(Malformed::Syntax),
    }
}

fn unique_sids(statements: &[Statement]) -> Result<(), Malformed> {
    let mut seen = BTreeSet::new();
    let unique = statements.iter().filter_map(|s| s.sid.as_deref()).all(|sid| seen.insert(sid));
    if unique { Ok(()) } else { Err(Malformed::DuplicateSid) }
}
