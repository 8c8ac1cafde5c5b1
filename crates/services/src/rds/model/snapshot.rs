//! A snapshot of a database instance.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tags};
use tierra_model::{Timestamp, text_enum};

use super::arn;
use super::instance::DbInstanceSpec;

text_enum! {
    /// Who asked for it.
    pub enum SnapshotType { Manual = "manual", Automated = "automated" }
}

/// A snapshot. Its row is there from the moment it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbSnapshot {
    pub place: Place,
    /// `DBSnapshotIdentifier`, in lower case.
    pub id: String,
    /// The handle of its data on the machine, unlike any other's: a deleted snapshot's name may be used again.
    pub data: String,
    pub kind: SnapshotType,
    pub created: Timestamp,
    pub tags: Tags,
    /// The instance of which it is, as it was then.
    pub instance: String,
    pub resource_id: String,
    pub instance_created: Timestamp,
    pub vpc: String,
    /// What the instance was to be: a restored one begins as this.
    pub spec: DbInstanceSpec,
    /// The data of the snapshot of which it is a copy; `None`: it is taken of the instance.
    pub copy_of: Option<CopyOf>,
    pub status: SnapshotStatus,
}

/// What a copy was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOf {
    pub arn: String,
    /// [`DbSnapshot::data`] of the original.
    pub data: String,
}

/// What the machine made of it. Written by the reconciler alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotStatus {
    /// When it was taken: its data is there.
    pub taken: Option<Timestamp>,
    /// Why it could not be taken.
    pub failure: Option<String>,
}

impl DbSnapshot {
    /// AWS's word for its state.
    pub fn state(&self) -> &'static str {
        match (&self.status.taken, &self.status.failure) {
            (Some(_), _) => "available",
            (None, Some(_)) => "failed",
            (None, None) => "creating",
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        arn(&self.place, "snapshot", &self.id)
    }
}

impl Resource for DbSnapshot {
    const KIND: &'static str = "rds/db-snapshot";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("resource-id", self.resource_id.clone())]
    }
}
