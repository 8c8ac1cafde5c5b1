//! The shapes that snapshots are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, Timestamp};

use super::model::{Snapshot, SnapshotState};
use crate::ec2::filter::{Field, Filter, Filterable, maybe, one};
use crate::ec2::listing::Described;

#[derive(Debug, Default, Shape)]
pub struct DescribeSnapshotsInput {
    pub snapshot_ids: Vec<String>,
    pub owner_ids: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeSnapshotsOutput {
    pub snapshots: Vec<SnapshotInfo>,
    pub next_token: Option<String>,
}

/// A snapshot as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct SnapshotInfo {
    pub snapshot_id: String,
    pub volume_id: String,
    pub volume_size: i32,
    pub full_snapshot_size_in_bytes: Option<i64>,
    pub state: SnapshotState,
    pub state_message: Option<String>,
    pub progress: String,
    pub start_time: Timestamp,
    pub completion_time: Option<Timestamp>,
    pub description: String,
    pub owner_id: String,
    pub encrypted: bool,
    pub storage_tier: String,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteSnapshotInput {
    pub snapshot_id: String,
    pub dry_run: Option<bool>,
}

impl SnapshotInfo {
    /// What is shown of a snapshot.
    pub fn of(snapshot: Snapshot, tags: Vec<Tag>) -> Self {
        let state = snapshot.state();
        let progress = if state == SnapshotState::Completed { "100%" } else { "0%" };
        Self {
            snapshot_id: snapshot.id.to_string(),
            volume_id: snapshot.spec.volume,
            volume_size: snapshot.spec.gib,
            full_snapshot_size_in_bytes: snapshot.status.completed.and(i64::try_from(snapshot.status.bytes).ok()),
            state,
            state_message: snapshot.status.failure,
            progress: progress.to_owned(),
            start_time: snapshot.spec.started,
            completion_time: snapshot.status.completed,
            description: snapshot.spec.description,
            owner_id: snapshot.place.account.0,
            encrypted: snapshot.spec.encrypted,
            storage_tier: "standard".to_owned(),
            tags,
        }
    }
}

impl Filterable for SnapshotInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("snapshot-id", |snapshot| one(&snapshot.snapshot_id)),
        ("volume-id", |snapshot| one(&snapshot.volume_id)),
        ("volume-size", |snapshot| one(&snapshot.volume_size)),
        ("status", |snapshot| one(&snapshot.state)),
        ("progress", |snapshot| one(&snapshot.progress)),
        ("start-time", |snapshot| one(&snapshot.start_time)),
        ("description", |snapshot| one(&snapshot.description)),
        ("owner-id", |snapshot| one(&snapshot.owner_id)),
        ("owner-alias", |_| maybe(&None::<String>)),
        ("encrypted", |snapshot| one(&snapshot.encrypted)),
        ("storage-tier", |snapshot| one(&snapshot.storage_tier)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for SnapshotInfo {
    const IDS: &'static str = "snapshotIds";
    fn id(&self) -> String {
        self.snapshot_id.clone()
    }
}
