//! `DBSnapshot` as it is shown.

use tierra_core::Tag;
use tierra_model::{Shape, Timestamp};

use crate::rds::model::{DbSnapshot, SnapshotType};

/// A snapshot.
#[derive(Debug, Default, Shape)]
pub struct DbSnapshotShape {
    #[shape("DBSnapshotIdentifier")]
    pub(crate) id: String,
    #[shape("DBInstanceIdentifier")]
    pub(crate) instance: String,
    pub(crate) snapshot_create_time: Option<Timestamp>,
    pub(crate) engine: String,
    pub(crate) allocated_storage: i32,
    pub(crate) status: String,
    pub(crate) port: i32,
    pub(crate) availability_zone: String,
    pub(crate) vpc_id: String,
    pub(crate) instance_create_time: Timestamp,
    pub(crate) master_username: String,
    pub(crate) engine_version: String,
    pub(crate) license_model: String,
    pub(crate) snapshot_type: SnapshotType,
    pub(crate) percent_progress: i32,
    #[shape("SourceDBSnapshotIdentifier")]
    pub(crate) source: Option<String>,
    pub(crate) storage_type: String,
    pub(crate) encrypted: bool,
    #[shape("DBSnapshotArn")]
    pub(crate) arn: String,
    #[shape("IAMDatabaseAuthenticationEnabled")]
    pub(crate) iam_authentication: bool,
    pub(crate) dbi_resource_id: String,
    pub(crate) tag_list: Vec<Tag>,
    pub(crate) snapshot_target: String,
    pub(crate) original_snapshot_create_time: Option<Timestamp>,
}

impl From<&DbSnapshot> for DbSnapshotShape {
    fn from(snapshot: &DbSnapshot) -> Self {
        let spec = &snapshot.spec;
        Self {
            id: snapshot.id.clone(),
            instance: snapshot.instance.clone(),
            snapshot_create_time: snapshot.status.taken,
            engine: spec.engine.to_string(),
            allocated_storage: spec.storage,
            status: snapshot.state().to_owned(),
            port: i32::from(spec.port),
            availability_zone: spec.zone.clone(),
            vpc_id: snapshot.vpc.clone(),
            instance_create_time: snapshot.instance_created,
            master_username: spec.master.username.clone(),
            engine_version: spec.engine_version.clone(),
            license_model: spec.engine.licence().to_owned(),
            snapshot_type: snapshot.kind,
            percent_progress: if snapshot.status.taken.is_some() { 100 } else { 0 },
            source: snapshot.copy_of.as_ref().map(|copy| copy.arn.clone()),
            storage_type: spec.storage_type.clone(),
            encrypted: false,
            arn: snapshot.arn().to_string(),
            iam_authentication: false,
            dbi_resource_id: snapshot.resource_id.clone(),
            tag_list: snapshot.tags.list(),
            snapshot_target: "region".to_owned(),
            original_snapshot_create_time: snapshot.status.taken,
        }
    }
}
