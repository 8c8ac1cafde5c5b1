//! Users.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};

use super::entity::{Entity, Held, Holder, Named};

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Name, path, id, tags.
    pub entity: Entity,
    /// Its policies.
    pub held: Held,
    /// The names of its groups.
    pub groups: BTreeSet<String>,
}

impl Resource for User {
    const KIND: &'static str = "iam/user";
    fn place(&self) -> &Place {
        &self.entity.place
    }
    fn id(&self) -> String {
        self.entity.key()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let groups = self.groups.iter().map(|group| ("group", group.clone()));
        groups.chain(self.held.indexes()).collect()
    }
}

impl Named for User {
    const NOUN: &'static str = "user";
    const PREFIX: &'static str = "AIDA";
    fn entity(&self) -> &Entity {
        &self.entity
    }
    fn entity_mut(&mut self) -> &mut Entity {
        &mut self.entity
    }
}

impl Holder for User {
    const INLINE_SIZE: usize = 2048;
    const ATTACHED_QUOTA: &'static str = "PoliciesPerUser";
    fn held(&self) -> &Held {
        &self.held
    }
    fn held_mut(&mut self) -> &mut Held {
        &mut self.held
    }
}
