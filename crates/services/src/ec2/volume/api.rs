//! The shapes that volumes are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, Timestamp};

use super::model::{Volume, VolumeType};
use crate::ec2::filter::{Field, Filter, Filterable, each, maybe, one};
use crate::ec2::listing::Described;

#[derive(Debug, Default, Shape)]
pub struct DescribeVolumesInput {
    pub volume_ids: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeVolumesOutput {
    pub volumes: Vec<VolumeInfo>,
    pub next_token: Option<String>,
}

/// A volume as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct VolumeInfo {
    pub volume_id: String,
    pub availability_zone: String,
    pub size: i32,
    pub volume_type: VolumeType,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
    pub encrypted: bool,
    pub multi_attach_enabled: bool,
    pub snapshot_id: String,
    pub state: String,
    pub create_time: Timestamp,
    pub attachments: Vec<VolumeAttachment>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct VolumeAttachment {
    pub volume_id: String,
    pub instance_id: String,
    pub device: String,
    pub state: String,
    pub attach_time: Timestamp,
    pub delete_on_termination: bool,
}

impl VolumeInfo {
    /// What is shown of a volume.
    pub fn of(volume: Volume, tags: Vec<Tag>) -> Self {
        let attachments = volume.attachment.iter().map(|attachment| VolumeAttachment {
            volume_id: volume.id.to_string(),
            instance_id: attachment.instance.clone(),
            device: attachment.device.clone(),
            state: "attached".to_owned(),
            attach_time: attachment.attached,
            delete_on_termination: attachment.delete_on_termination,
        });
        Self {
            volume_id: volume.id.to_string(),
            attachments: attachments.collect(),
            availability_zone: volume.zone,
            size: volume.gib,
            volume_type: volume.kind,
            iops: volume.iops,
            throughput: volume.throughput,
            encrypted: volume.encrypted,
            multi_attach_enabled: false,
            snapshot_id: volume.snapshot.unwrap_or_default(),
            state: if volume.attachment.is_some() { "in-use" } else { "available" }.to_owned(),
            create_time: volume.created,
            tags,
        }
    }
}

impl Filterable for VolumeInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("volume-id", |volume| one(&volume.volume_id)),
        ("availability-zone", |volume| one(&volume.availability_zone)),
        ("size", |volume| one(&volume.size)),
        ("volume-type", |volume| one(&volume.volume_type)),
        ("encrypted", |volume| one(&volume.encrypted)),
        ("status", |volume| one(&volume.state)),
        ("create-time", |volume| one(&volume.create_time)),
        ("snapshot-id", |volume| one(&volume.snapshot_id)),
        ("multi-attach-enabled", |volume| one(&volume.multi_attach_enabled)),
        ("iops", |volume| maybe(&volume.iops)),
        ("attachment.instance-id", |volume| {
            each(&volume.attachments, |attachment| one(&attachment.instance_id))
        }),
        ("attachment.device", |volume| {
            each(&volume.attachments, |attachment| one(&attachment.device))
        }),
        ("attachment.status", |volume| {
            each(&volume.attachments, |attachment| one(&attachment.state))
        }),
        ("attachment.delete-on-termination", |volume| {
            each(&volume.attachments, |attachment| one(&attachment.delete_on_termination))
        }),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for VolumeInfo {
    const IDS: &'static str = "volumeIds";
    fn id(&self) -> String {
        self.volume_id.clone()
    }
}
