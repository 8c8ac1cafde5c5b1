//! Snapshots: the disks of instances, kept. For now each is made with an image; making one of a volume alone comes with the
//! block driver.
//!
//! Map: `model` what is kept and its state · `ops` what callers do · `reconcile` how the machine follows.
//!
//! **Invariant**: what the machine keeps of a disk is freed when the last snapshot of it is deleted, and no instance and no
//! other kept disk lies on it.

mod api;
mod errors;
mod model;
mod ops;
pub mod reconcile;
#[cfg(test)]
mod tests;

pub use errors::SnapshotError;
pub use model::{Snapshot, SnapshotId, SnapshotSpec, SnapshotState, SnapshotStatus, Source, kept_on_machine};
#[cfg(test)]
pub use ops::spoken;
pub use ops::{delete, register};
