//! One event of a stack: written once, in the transaction of what it tells.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tierra_core::{Place, Resource};
use tierra_model::Timestamp;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Where it happened.
    pub place: Place,
    /// Its stack.
    pub stack: String,
    /// Its number within the stack, from 1.
    pub number: u64,
    /// Its id.
    pub event_id: String,
    /// The logical id; the stack's name for the stack itself.
    pub logical_id: String,
    /// The physical id.
    pub physical_id: Option<String>,
    /// The type.
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// The status that it tells of.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// The resource's properties.
    pub properties: Option<Value>,
    /// The token of the operation.
    pub token: Option<String>,
}

impl Resource for Event {
    const KIND: &'static str = "cloudformation/event";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        format!("{}/{:010}", self.stack, self.number)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("stack", self.stack.clone())]
    }
}
