//! An image as instances are made of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tierra_core::ids::AwsId;
use tierra_core::{AccountId, AwsError, Place, Region, Tx, id_type};
use tierra_model::{Timestamp, text_enum};

use super::errors::ImageError;
use super::import::ImportedImage;
use super::own::{OwnImage, SourceImage};
use super::public;
use crate::ec2::snapshot::SnapshotId;
use crate::ec2::volume::{EbsSpecification, VolumeError, VolumeType};

id_type!(/// `ami-0123…`
    ImageId, "ami-");

/// GiB of a root volume where nobody asks for more.
const ROOT_GIB: i32 = 8;
/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 17;

impl ImageId {
    /// The id of the image of this name in a region.
    pub fn of_name(name: &str, region: &Region) -> Self {
        let mut digits = hex::encode(Sha256::digest(format!("{name}@{region}")));
        digits.truncate(ID_DIGITS);
        Self::from_text(format!("{}{digits}", Self::PREFIX))
    }
}

/// An image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub id: ImageId,
    pub name: String,
    pub description: String,
    /// What the machine calls the root filesystem behind it.
    pub machine_image: String,
    pub owner: AccountId,
    /// `amazon`, where it is Amazon's.
    pub owner_alias: Option<&'static str>,
    pub public: bool,
    /// The accounts that may launch it, beside its owner.
    pub users: BTreeSet<String>,
    pub state: ImageState,
    /// Why it failed.
    pub failure: Option<String>,
    pub root_device: String,
    pub root: RootVolume,
    /// What is on its disk, where an account made it.
    pub snapshot: Option<SnapshotId>,
    pub created: Timestamp,
    pub source_instance: Option<String>,
    pub source_image: Option<SourceImage>,
}

text_enum! {
    /// AWS's word for where an image is in its life.
    pub enum ImageState {
        Available = "available",
        Pending = "pending",
        Failed = "failed",
    }
}

/// The root volume of what is launched of an image, where the launch does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootVolume {
    pub gib: i32,
    pub kind: VolumeType,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
    pub encrypted: bool,
}

impl Default for RootVolume {
    fn default() -> Self {
        Self {
            gib: ROOT_GIB,
            kind: VolumeType::Gp3,
            iops: None,
            throughput: None,
            encrypted: false,
        }
    }
}

impl RootVolume {
    /// This one, as it is asked for.
    ///
    /// # Errors
    /// Where it could not hold what is on it.
    pub fn with(self, asked: &EbsSpecification) -> Result<Self, AwsError> {
        let (gib, least) = (asked.volume_size.unwrap_or(self.gib), self.gib);
        if gib < least {
            return Err(VolumeError::RootSize { gib, least }.into());
        }
        let kind = asked.volume_type.unwrap_or(self.kind);
        // Numbers that were another kind's say nothing of this one.
        let kept = |number: Option<i32>| number.filter(|_| kind == self.kind);
        Ok(Self {
            gib,
            kind,
            iops: asked.iops.or(kept(self.iops)),
            throughput: asked.throughput.or(kept(self.throughput)),
            encrypted: asked.encrypted.unwrap_or(self.encrypted),
        })
    }
}

impl Image {
    /// Every image that can be seen in a place: the public ones, and its own.
    pub fn all(tx: &Tx, place: &Place) -> Vec<Self> {
        let own = ImportedImage::all(tx).into_iter().map(|row| row.image(place));
        public::images(&place.region)
            .chain(own)
            .chain(OwnImage::visible(tx, place))
            .collect()
    }

    /// Checks that it can be launched and copied.
    ///
    /// # Errors
    /// Where it cannot, yet or ever.
    pub fn check_available(&self) -> Result<(), ImageError> {
        if self.state == ImageState::Available {
            return Ok(());
        }
        Err(ImageError::Unavailable { id: self.id.to_string() })
    }

    /// The image of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Result<Self, ImageError> {
        let found = Self::all(tx, place).into_iter().find(|image| image.id.as_str() == id);
        found.ok_or_else(|| ImageError::NotFound { id: id.to_owned() })
    }
}
