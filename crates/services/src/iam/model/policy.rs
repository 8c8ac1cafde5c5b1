//! Managed policies and their versions.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};
use tierra_model::Timestamp;

use super::entity::{Entity, Named};
use crate::iam::errors::IamError;

/// A customer managed policy, or one of AWS's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Name, path, id, tags.
    pub entity: Entity,
    /// What it is for.
    pub description: Option<String>,
    /// When a version was last made or made the default.
    pub updated: Timestamp,
    /// Its versions, oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version that counts.
    pub default: u32,
    /// The number that the next version gets.
    pub next: u32,
}

/// One version of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// 2 for `v2`.
    pub number: u32,
    /// The document.
    pub document: String,
    /// When it was made.
    pub created: Timestamp,
}

impl ManagedPolicy {
    /// The version that counts.
    pub fn document(&self) -> &str {
        self.version(self.default).map_or("", |version| &version.document)
    }

    /// The version of this number.
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }
}

impl Resource for ManagedPolicy {
    const KIND: &'static str = "iam/policy";
    fn place(&self) -> &Place {
        &self.entity.place
    }
    fn id(&self) -> String {
        self.entity.key()
    }
}

impl Named for ManagedPolicy {
    const NOUN: &'static str = "policy";
    const PREFIX: &'static str = "ANPA";
    fn entity(&self) -> &Entity {
        &self.entity
    }
    fn entity_mut(&mut self) -> &mut Entity {
        &mut self.entity
    }
    fn missing(name: &str) -> IamError {
        IamError::NoSuchPolicy { arn: name.to_owned() }
    }
}
