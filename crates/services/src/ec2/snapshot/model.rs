//! A snapshot as the store keeps it, and AWS's word for its state.
//!
//! **Invariant**: operations write `spec`, the reconciler writes `status`; [`Snapshot::state`] is computed of both.

use serde::{Deserialize, Serialize};
use tierra_core::ids::AwsId;
use tierra_core::{Place, Resource, Tx, id_type};
use tierra_model::{Timestamp, text_enum};

use super::errors::SnapshotError;

id_type!(/// `snap-0123…`
    SnapshotId, "snap-");

/// A disk as it was at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub place: Place,
    pub id: SnapshotId,
    pub spec: SnapshotSpec,
    #[serde(default)]
    pub status: SnapshotStatus,
}

/// What it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotSpec {
    /// What the machine calls what is kept: the id of the first snapshot of it, or a public image's recipe. Copies share it.
    pub content: String,
    /// What the machine calls what it lies on, where it was taken from a disk.
    pub base: Option<String>,
    /// Where it is taken from; nothing for a copy.
    pub source: Option<Source>,
    /// The volume, as callers know it.
    pub volume: String,
    pub gib: i32,
    pub encrypted: bool,
    pub description: String,
    pub started: Timestamp,
    pub deleted: bool,
}

/// The disk that a snapshot is taken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub instance: String,
    /// Whether the instance is stopped for it, to start again after; else it is only frozen.
    pub at_rest: bool,
}

/// What the machine did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotStatus {
    pub completed: Option<Timestamp>,
    /// Bytes that were kept.
    pub bytes: u64,
    /// How often it did not work.
    pub failures: u32,
    /// Why it never will.
    pub failure: Option<String>,
}

text_enum! {
    /// AWS's word for where a snapshot is in its life.
    pub enum SnapshotState {
        Pending = "pending",
        Completed = "completed",
        Error = "error",
    }
}

impl Snapshot {
    /// AWS's word for its state.
    pub fn state(&self) -> SnapshotState {
        match self.status {
            SnapshotStatus { failure: Some(_), .. } => SnapshotState::Error,
            SnapshotStatus { completed: Some(_), .. } => SnapshotState::Completed,
            _ => SnapshotState::Pending,
        }
    }

    /// Whether its content is of this cloud's making, and so is freed some day.
    pub fn is_of_a_disk(&self) -> bool {
        self.spec.content.starts_with(SnapshotId::PREFIX)
    }

    /// The snapshot of this id.
    ///
    /// # Errors
    /// Where there is none, or no snapshot can have the id.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Result<Self, SnapshotError> {
        if !id.starts_with(SnapshotId::PREFIX) {
            return Err(SnapshotError::Malformed { id: id.to_owned() });
        }
        let found = tx.find::<Self>(place, id).filter(|snapshot| !snapshot.spec.deleted);
        found.ok_or_else(|| SnapshotError::NotFound { id: id.to_owned() })
    }

    /// Whether an instance has to stay stopped until its disk is kept.
    pub fn keeps_waiting(tx: &Tx, place: &Place, instance: &str) -> bool {
        !tx.by_index::<Self>(place, "waiting", instance).is_empty()
    }
}

/// What the machine keeps for this cloud's snapshots, so that each comes before what it lies on.
pub fn kept_on_machine(tx: &Tx) -> Vec<String> {
    let mut all: Vec<Snapshot> = tx.all::<Snapshot>().into_iter().filter(Snapshot::is_of_a_disk).collect();
    all.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.spec.started));
    all.into_iter().map(|snapshot| snapshot.spec.content).collect()
}

impl Resource for Snapshot {
    const KIND: &'static str = "ec2/snapshot";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let waiting = self.state() == SnapshotState::Pending && !self.spec.deleted;
        let source = self.spec.source.iter().filter(|source| waiting && source.at_rest);
        source.map(|source| ("waiting", source.instance.clone())).collect()
    }
}
