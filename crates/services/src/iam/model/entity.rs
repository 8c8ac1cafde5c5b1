//! What every named thing of IAM has, and what those have at which policies hang.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Call, Place, Resource, Tags, Tx};
use tierra_model::Timestamp;

use crate::iam::errors::IamError;

/// The common part of users, roles, groups, instance profiles and managed policies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// The account's global place.
    pub place: Place,
    /// Begins and ends with a slash.
    pub path: String,
    /// As it was given; unique without regard to case.
    pub name: String,
    /// `AIDA…`, `AROA…`, …: never given twice.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

impl Entity {
    /// A new entity, made now by `call`.
    pub fn new(call: &Call, prefix: &str, path: String, name: String) -> Self {
        const ID_LENGTH: usize = 17;
        Self {
            place: call.place.global(),
            path,
            name,
            id: format!("{prefix}{}", call.ids.upper(ID_LENGTH)),
            created: call.now,
            tags: Tags::default(),
        }
    }

    /// The key under which it is kept.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// A thing with an [`Entity`].
pub trait Named: Resource {
    /// As ARNs and messages say it: `user`.
    const NOUN: &'static str;
    /// The first letters of its id: `AIDA`.
    const PREFIX: &'static str;
    /// The common part.
    fn entity(&self) -> &Entity;
    /// The common part, to change it.
    fn entity_mut(&mut self) -> &mut Entity;
    /// What says that no such thing is there.
    fn missing(name: &str) -> IamError {
        IamError::NoSuchEntity {
            noun: Self::NOUN,
            name: name.to_owned(),
        }
    }
    /// Its ARN.
    fn arn(&self) -> Arn {
        let Entity { place, path, name, .. } = self.entity();
        Arn::global("iam", &place.account, format!("{}{path}{name}", Self::NOUN))
    }
}

/// Policies at a user, group or role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Inline policies: name and document.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub attached: BTreeSet<String>,
    /// The ARN of the permissions boundary; groups have none.
    #[serde(default)]
    pub boundary: Option<String>,
}

impl Held {
    /// Index entries by which a managed policy finds who uses it.
    pub fn indexes(&self) -> Vec<(&'static str, String)> {
        let attached = self.attached.iter().map(|arn| ("policy", arn.clone()));
        attached.chain(self.boundary.iter().map(|arn| ("boundary", arn.clone()))).collect()
    }
}

/// A thing at which policies hang.
pub trait Holder: Named {
    /// Characters that its inline policies may have together.
    const INLINE_SIZE: usize;
    /// The quota that more than ten attachments exceed.
    const ATTACHED_QUOTA: &'static str;
    /// Its policies.
    fn held(&self) -> &Held;
    /// Its policies, to change them.
    fn held_mut(&mut self) -> &mut Held;
}

/// The thing of this name.
///
/// # Errors
/// `NoSuchEntity`.
pub fn find<N: Named>(tx: &Tx, call: &Call, name: &str) -> Result<N, IamError> {
    tx.find::<N>(&call.place.global(), name.to_ascii_lowercase())
        .filter(|found| found.entity().name == name)
        .ok_or_else(|| N::missing(name))
}
