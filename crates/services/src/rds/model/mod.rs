//! What the store keeps of databases; a file a noun. The machine half reads spec and writes status; nobody writes both.

mod class;
mod engine;
mod event;
mod instance;
mod parameter_group;
mod snapshot;
mod subnet_group;

pub use class::{CLASSES, Class};
pub use engine::{Engine, Family, VERSIONS, Version};
pub use event::{DbEvent, Source, tell};
pub use instance::{
    Applied, DbInstance, DbInstanceSpec, DbInstanceState, DbInstanceStatus, Deletion, Master, Origin, Pending, Power, Told,
};
pub use parameter_group::{ApplyMethod, DbParameterGroup, Setting};
pub use snapshot::{CopyOf, DbSnapshot, SnapshotStatus, SnapshotType};
pub use subnet_group::DbSubnetGroup;

use tierra_core::{Arn, Place};

/// The ARN of a thing of RDS: `db`, `snapshot`, `subgrp`, `pg`.
pub fn arn(place: &Place, kind: &str, name: &str) -> Arn {
    Arn::regional("rds", place, format!("{kind}:{name}"))
}
