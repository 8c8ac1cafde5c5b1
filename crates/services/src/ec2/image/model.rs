//! An image as instances are made of it.

use sha2::{Digest, Sha256};
use tierra_core::ids::AwsId;
use tierra_core::{AccountId, Place, Region, Tx, id_type};
use tierra_model::Timestamp;

use super::errors::ImageError;
use super::import::ImportedImage;
use super::public;

id_type!(/// `ami-0123…`
    ImageId, "ami-");

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub root_device: String,
    pub created: Timestamp,
}

impl Image {
    /// Every image that can be seen in a place: the public ones, and its own.
    pub fn all(tx: &Tx, place: &Place) -> Vec<Self> {
        let own = ImportedImage::all(tx).into_iter().map(|row| row.image(place));
        public::images(&place.region).chain(own).collect()
    }

    /// The image of this id.
    ///
    /// # Errors
    /// Where there is none, or no image can have the id.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Result<Self, ImageError> {
        if !id.starts_with(ImageId::PREFIX) {
            return Err(ImageError::Malformed { id: id.to_owned() });
        }
        let found = Self::all(tx, place).into_iter().find(|image| image.id.as_str() == id);
        found.ok_or_else(|| ImageError::NotFound { id: id.to_owned() })
    }
}
