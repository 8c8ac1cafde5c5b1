//! Groups of users.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};

use super::entity::{Entity, Held, Holder, Named};

/// A group. Its members name it (index `group` of [`super::User`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Name, path, id.
    pub entity: Entity,
    /// Its policies, which are its members'.
    pub held: Held,
}

impl Resource for Group {
    const KIND: &'static str = "iam/group";
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

impl Named for Group {
    const NOUN: &'static str = "group";
    const PREFIX: &'static str = "AGPA";
    fn entity(&self) -> &Entity {
        &self.entity
    }
    fn entity_mut(&mut self) -> &mut Entity {
        &mut self.entity
    }
}

impl Holder for Group {
    const INLINE_SIZE: usize = 5120;
    const ATTACHED_QUOTA: &'static str = "PoliciesPerGroup";
    fn held(&self) -> &Held {
        &self.held
    }
    fn held_mut(&mut self) -> &mut Held {
        &mut self.held
    }
}
