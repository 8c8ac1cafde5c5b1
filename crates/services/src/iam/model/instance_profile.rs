//! Instance profiles: how a role comes to an instance.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};

use super::entity::{Entity, Named};
use crate::iam::errors::IamError;

/// An instance profile, with one role at most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Name, path, id, tags.
    pub entity: Entity,
    /// The role's name.
    pub role: Option<String>,
}

impl Resource for InstanceProfile {
    const KIND: &'static str = "iam/instance-profile";
    fn place(&self) -> &Place {
        &self.entity.place
    }
    fn id(&self) -> String {
        self.entity.key()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        self.role.iter().map(|role| ("role", role.clone())).collect()
    }
}

impl Named for InstanceProfile {
    const NOUN: &'static str = "instance-profile";
    const PREFIX: &'static str = "AIPA";
    fn entity(&self) -> &Entity {
        &self.entity
    }
    fn entity_mut(&mut self) -> &mut Entity {
        &mut self.entity
    }
    fn missing(name: &str) -> IamError {
        IamError::NoSuchProfile { name: name.to_owned() }
    }
}
