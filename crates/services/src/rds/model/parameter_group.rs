//! A parameter group: what an engine is told beside its defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tags, Tx};
use tierra_model::text_enum;

use super::arn;
use super::engine::Family;

text_enum! {
    /// When a parameter comes into force.
    pub enum ApplyMethod { PendingReboot = "pending-reboot", Immediate = "immediate" }
}

/// One parameter as a caller set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub value: String,
    pub method: ApplyMethod,
}

/// A parameter group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbParameterGroup {
    pub place: Place,
    /// In lower case.
    pub name: String,
    pub family: Family,
    pub description: String,
    /// What differs from the engine's defaults.
    pub values: BTreeMap<String, Setting>,
    /// Raised by every change.
    pub revision: u64,
    /// The revision of the last change that only a reboot brings into force.
    pub static_revision: u64,
    pub tags: Tags,
}

impl DbParameterGroup {
    /// The group of this name. A family's default group is there without having been made.
    pub fn named(tx: &Tx, place: &Place, name: &str) -> Option<Self> {
        tx.find(place, name).or_else(|| Self::default_named(place, name))
    }

    fn default_named(place: &Place, name: &str) -> Option<Self> {
        let family = name.strip_prefix("default.")?.parse().ok()?;
        Some(Self::of_family(place, family))
    }

    /// A family's default group.
    pub fn of_family(place: &Place, family: Family) -> Self {
        Self {
            place: place.clone(),
            name: family.default_group(),
            family,
            description: format!("Default parameter group for {family}"),
            values: BTreeMap::new(),
            revision: 0,
            static_revision: 0,
            tags: Tags::default(),
        }
    }

    /// Whether it is a family's own, which no one changes.
    pub fn is_default(&self) -> bool {
        self.name == self.family.default_group()
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        arn(&self.place, "pg", &self.name)
    }
}

impl Resource for DbParameterGroup {
    const KIND: &'static str = "rds/db-parameter-group";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}
