//! An output that other stacks of the region may import.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};

/// An export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Where it lives.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The ARN of the stack that exports it.
    pub stack: String,
}

impl Resource for Export {
    const KIND: &'static str = "cloudformation/export";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("stack", self.stack.clone())]
    }
}
