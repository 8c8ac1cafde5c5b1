//! Roles.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};

use super::entity::{Entity, Held, Holder, Named};

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Name, path, id, tags.
    pub entity: Entity,
    /// Its policies.
    pub held: Held,
    /// The trust policy: who may assume it.
    pub trust: String,
    /// What it is for.
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session: i32,
}

impl Resource for Role {
    const KIND: &'static str = "iam/role";
    fn place(&self) -> &Place {
        &self.entity.place
    }
    fn id(&self) -> String {
        self.entity.key()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        self.held.indexes()
    }
}

impl Named for Role {
    const NOUN: &'static str = "role";
    const PREFIX: &'static str = "AROA";
    fn entity(&self) -> &Entity {
        &self.entity
    }
    fn entity_mut(&mut self) -> &mut Entity {
        &mut self.entity
    }
}

impl Holder for Role {
    const INLINE_SIZE: usize = 10_240;
    const ATTACHED_QUOTA: &'static str = "PoliciesPerRole";
    fn held(&self) -> &Held {
        &self.held
    }
    fn held_mut(&mut self) -> &mut Held {
        &mut self.held
    }
}
