//! One resource of a stack: what lives under its logical id, and what is being done with it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tierra_core::{Place, Resource};
use tierra_model::Timestamp;

use crate::cloudformation::template::resource::DeletionPolicy;

tierra_model::text_enum! {
    /// What is done with a resource.
    pub enum Deed {
        /// It is made.
        Create = "CREATE",
        /// It is changed.
        Update = "UPDATE",
        /// It is deleted.
        Delete = "DELETE",
    }
}

tierra_model::text_enum! {
    /// How far that has come.
    pub enum Outcome {
        /// Done, or never begun.
        Complete = "COMPLETE",
        /// Under way.
        InProgress = "IN_PROGRESS",
        /// Not done, and given up.
        Failed = "FAILED",
        /// Left alone, as its policy says.
        Skipped = "SKIPPED",
    }
}

/// The signals without which a new resource does not count as made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// How many.
    pub count: u64,
    /// Within which time, in milliseconds.
    pub millis: i64,
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What tells it from others.
    pub unique_id: String,
    /// Whether it says that all is well.
    pub success: bool,
    /// What came with it.
    pub data: String,
    /// Why, in its sender's words.
    #[serde(default)]
    pub reason: String,
}

/// Something that was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Its type.
    pub kind: String,
    /// Its physical id.
    pub physical_id: String,
    /// Its properties, as last applied.
    pub properties: Value,
    /// Its metadata.
    pub metadata: Option<Value>,
    /// The logical ids that it was made with: it goes before they do.
    pub needs: BTreeSet<String>,
    /// In which generation of its stack it was made.
    pub made_in: u64,
    /// What becomes of it when it leaves the stack.
    pub policy: DeletionPolicy,
    /// Whether its deletion has been asked for.
    pub deleting: bool,
    /// The signals that it waits for.
    pub awaited: Option<Awaited>,
}

/// One logical id of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StackResource {
    /// Where it lives.
    pub place: Place,
    /// Its stack.
    pub stack: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its type, as last wanted.
    pub kind: String,
    /// What it is.
    pub live: Option<Live>,
    /// The physical id of what it last was.
    pub last_physical_id: Option<String>,
    /// What it was before it was replaced, and the operation is not yet over; oldest first.
    pub retired: Vec<Live>,
    /// What is or was done.
    pub deed: Deed,
    /// How that went.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// When that was last news.
    pub updated: Timestamp,
    /// When the deed began.
    pub since: Timestamp,
    /// The generation of the stack with which it is in line.
    pub settled: u64,
    /// The generation in which its status was last told.
    pub told_in: u64,
    /// Signals that it got, each unique id once.
    pub signals: Vec<Signal>,
}

impl Resource for StackResource {
    const KIND: &'static str = "cloudformation/stack-resource";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        format!("{}/{}", self.stack, self.logical_id)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let mut indexes = vec![("stack", self.stack.clone())];
        indexes.extend(self.live.iter().map(|live| ("physical", live.physical_id.clone())));
        indexes
    }
}

impl Live {
    /// The same physical resource with these new properties: it was made once, and its signals were heard.
    #[must_use]
    pub fn instead_of(self, old: Self) -> Self {
        Self {
            physical_id: old.physical_id,
            made_in: old.made_in,
            awaited: None,
            ..self
        }
    }
}

impl StackResource {
    /// AWS's word for where it stands: `CREATE_COMPLETE`.
    pub fn status(&self) -> String {
        format!("{}_{}", self.deed, self.outcome)
    }

    /// The physical id, where there is one.
    pub fn physical_id(&self) -> Option<&str> {
        self.live
            .as_ref()
            .map(|live| live.physical_id.as_str())
            .or(self.last_physical_id.as_deref())
    }

    /// Whether something is under way.
    pub fn is_busy(&self) -> bool {
        self.outcome == Outcome::InProgress
    }
}
