//! A change set: a revision that a stack may take, and what that would do.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};
use tierra_model::Timestamp;

use super::Revision;
use super::stack::OnFailure;

/// A change set. Its changes are computed when it is described, from the same inputs as the engine's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Where it lives.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// What tells it from earlier ones of that name.
    pub unique: String,
    /// Its stack.
    pub stack: String,
    /// What the caller says of it.
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// What the stack is to be.
    pub revision: Revision,
    /// What happens where it fails.
    pub on_failure: OnFailure,
    /// The role that works on it.
    #[serde(default)]
    pub role: Option<String>,
    /// Why it cannot be executed, where it cannot.
    pub failure: Option<String>,
    /// Whether it was executed.
    pub executed: bool,
}

impl Resource for ChangeSet {
    const KIND: &'static str = "cloudformation/change-set";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        format!("{}/{}", self.name, self.unique)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("stack", self.stack.clone())]
    }
}

impl ChangeSet {
    /// Its id: an ARN.
    pub fn arn(&self) -> tierra_core::Arn {
        tierra_core::Arn::regional("cloudformation", &self.place, format!("changeSet/{}", self.id()))
    }

    /// `CREATE_COMPLETE`, or `FAILED` where it cannot be executed.
    pub fn status(&self) -> &'static str {
        if self.failure.is_some() { "FAILED" } else { "CREATE_COMPLETE" }
    }

    /// Whether it can be executed.
    pub fn execution_status(&self) -> &'static str {
        match (&self.failure, self.executed) {
            (Some(_), _) => "UNAVAILABLE",
            (None, true) => "EXECUTE_COMPLETE",
            (None, false) => "AVAILABLE",
        }
    }
}
