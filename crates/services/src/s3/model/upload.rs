//! Uploads in parts that are under way.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tags, Tx};
use tierra_model::Timestamp;

use super::checksum::{Algorithm, Checksum, ChecksumType};
use super::content::Bytes;
use super::description::Description;
use super::object::row_id;
use super::{SEPARATOR, partition};
use crate::s3::errors::S3Error;

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// [`partition`]
    pub place: Place,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Its id.
    pub upload: String,
    /// When it began.
    pub begun: Timestamp,
    /// The ARN of who began it.
    pub initiator: String,
    /// What the object will say of itself.
    pub description: Description,
    /// The object's tags.
    pub tags: Tags,
    /// The object's storage class.
    pub storage_class: String,
    /// The checksums that are made.
    pub algorithm: Option<Algorithm>,
    /// Of what the object's checksum will be.
    pub checksum_type: Option<ChecksumType>,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// [`partition`]
    pub place: Place,
    /// Its upload.
    pub upload: String,
    /// Its number.
    pub number: u32,
    /// When it came.
    pub modified: Timestamp,
    /// In bytes.
    pub size: u64,
    /// Without its quotes.
    pub etag: String,
    /// Where its bytes are.
    pub bytes: Bytes,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

impl Upload {
    /// The upload of this id.
    ///
    /// # Errors
    /// [`S3Error::NoSuchUpload`].
    pub fn find(tx: &Tx, bucket: &str, key: &str, upload: &str) -> Result<Self, S3Error> {
        let id = format!("{}{SEPARATOR}{upload}", row_id(bucket, key));
        tx.find(&partition(), id).ok_or(S3Error::NoSuchUpload)
    }

    /// Its parts after a number, in their order, at most `limit`.
    pub fn parts(&self, tx: &Tx, after: u32, limit: usize) -> Vec<Part> {
        tx.range(&partition(), &part_ids(&self.upload), Some(&part_id(&self.upload, after)), limit)
    }
}

fn part_ids(upload: &str) -> String {
    format!("{upload}{SEPARATOR}")
}

fn part_id(upload: &str, number: u32) -> String {
    format!("{}{number:05}", part_ids(upload))
}

impl Resource for Upload {
    const KIND: &'static str = "s3/upload";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        format!("{}{SEPARATOR}{}", row_id(&self.bucket, &self.key), self.upload)
    }
}

impl Resource for Part {
    const KIND: &'static str = "s3/part";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        part_id(&self.upload, self.number)
    }
}
