//! A target as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Key, Place, Resource};
use tierra_model::Timestamp;

/// One that serves: an instance or an address, with a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub place: Place,
    /// The ARN of its group.
    pub group: String,
    /// `i-0123…`, `10.0.1.7`
    pub id: String,
    pub port: u16,
    /// Where it is; `all` for an address outside the VPC.
    pub zone: Option<String>,
    /// Since when it is being deregistered.
    pub leaving: Option<Timestamp>,
}

impl Target {
    /// What names it within its group: `i-0123…:80`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.id, self.port)
    }

    /// Its key.
    pub fn key(&self) -> Key<Self> {
        Key::new(&self.place, self.id())
    }

    /// The row of a group's target.
    pub fn row_id(group: &str, id: &str, port: u16) -> String {
        format!("{group} {id}:{port}")
    }
}

impl Resource for Target {
    const KIND: &'static str = "elbv2/target";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        Self::row_id(&self.group, &self.id, self.port)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("group", self.group.clone()), ("target", self.id.clone())]
    }
}
