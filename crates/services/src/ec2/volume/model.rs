//! A volume as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Ids, Key, Place, Resource, Tags, Tx, id_type};
use tierra_model::{Timestamp, text_enum};

use crate::ec2::tag;

id_type!(/// `vol-0123…`
    VolumeId, "vol-");

text_enum! {
    /// The kinds of volumes.
    pub enum VolumeType {
        Gp3 = "gp3",
        Gp2 = "gp2",
        Io1 = "io1",
        Io2 = "io2",
        St1 = "st1",
        Sc1 = "sc1",
        Standard = "standard",
    }
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    pub place: Place,
    pub id: VolumeId,
    pub zone: String,
    pub gib: i32,
    pub kind: VolumeType,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
    pub encrypted: bool,
    /// The snapshot that it was made of.
    #[serde(default)]
    pub snapshot: Option<String>,
    pub created: Timestamp,
    pub attachment: Option<Attachment>,
}

/// What uses a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub instance: String,
    /// `/dev/xvda`
    pub device: String,
    pub attached: Timestamp,
    pub delete_on_termination: bool,
}

/// What is asked of a new root volume.
#[derive(Clone, Debug)]
pub struct NewRoot {
    pub instance: String,
    pub device: String,
    pub zone: String,
    pub gib: i32,
    pub kind: VolumeType,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
    pub encrypted: bool,
    pub snapshot: Option<String>,
    pub tags: Tags,
}

impl Volume {
    /// The volumes of an instance.
    pub fn of_instance(tx: &Tx, place: &Place, instance: &str) -> Vec<Self> {
        tx.by_index(place, "instance", instance)
    }
}

/// Makes the root volume of a new instance.
pub fn create_root(tx: &mut Tx, place: &Place, ids: &Ids, now: Timestamp, new: NewRoot) {
    let volume = Volume {
        place: place.clone(),
        id: ids.next(),
        zone: new.zone,
        gib: new.gib,
        iops: new.iops.or_else(|| new.kind.default_iops(new.gib)),
        throughput: new.throughput.or_else(|| new.kind.default_throughput()),
        kind: new.kind,
        encrypted: new.encrypted,
        snapshot: new.snapshot,
        created: now,
        attachment: Some(Attachment {
            instance: new.instance,
            device: new.device,
            attached: now,
            delete_on_termination: true,
        }),
    };
    tag::set(tx, place, &volume.id, new.tags);
    tx.save(volume);
}

/// Deletes the volumes of an instance that is gone.
pub fn delete_of(tx: &mut Tx, place: &Place, instance: &str) {
    for volume in Volume::of_instance(tx, place, instance) {
        tag::forget(tx, place, &volume.id);
        tx.delete(&Key::<Volume>::new(place, &volume.id));
    }
}

impl VolumeType {
    /// I/O operations a second, where nobody asks for a number. Follows the page "Amazon EBS volume types".
    fn default_iops(self, gib: i32) -> Option<i32> {
        match self {
            Self::Gp3 => Some(3000),
            Self::Gp2 => Some((gib * 3).clamp(100, 16_000)),
            Self::Io1 | Self::Io2 => Some(100),
            Self::St1 | Self::Sc1 | Self::Standard => None,
        }
    }

    /// MiB a second, where nobody asks for a number.
    fn default_throughput(self) -> Option<i32> {
        (self == Self::Gp3).then_some(125)
    }
}

impl Resource for Volume {
    const KIND: &'static str = "ec2/volume";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        self.attachment
            .iter()
            .map(|attachment| ("instance", attachment.instance.clone()))
            .collect()
    }
}
