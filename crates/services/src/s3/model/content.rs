//! What an object holds: where its bytes are, and what is known of them.
//!
//! **Invariant**: a file belongs to one content. Whoever takes a content out of the store gives its file to [`Garbage`] in the same
//! transaction, so that no file is lost and none is removed that a row still names.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tierra_core::{Key, Place, Resource, Tags, Tx};
use tierra_dataplane::object::Piece;

use super::checksum::Checksum;
use super::description::Description;
use super::partition;

/// Where bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bytes {
    /// In the [`Inline`] row of this id.
    Row(String),
    /// In these files, one after the other: id and length.
    Files(Vec<(String, u64)>),
}

/// What an object holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// In bytes.
    pub size: u64,
    /// Without its quotes.
    pub etag: String,
    /// Where the bytes are.
    pub bytes: Bytes,
    /// The checksum that the caller gave, else one that S3 made.
    pub checksum: Option<Checksum>,
    /// What the caller says of it.
    pub description: Description,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// `STANDARD`
    pub storage_class: String,
    /// The parts that it was made of, where it was uploaded in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartOf>,
}

/// A part that an object was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOf {
    /// Its number.
    pub number: u32,
    /// In bytes.
    pub size: u64,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

impl Content {
    /// The files' pieces; none where the bytes lie in a row.
    pub fn pieces(&self) -> Vec<Piece> {
        match &self.bytes {
            Bytes::Row(_) => Vec::new(),
            Bytes::Files(files) => files.iter().map(|(id, length)| Piece::whole(id, *length)).collect(),
        }
    }

    /// The quoted entity tag, as headers carry it.
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.etag)
    }
}

impl Bytes {
    /// Gives the bytes up.
    pub fn discard(&self, tx: &mut Tx) {
        match self {
            Self::Row(id) => tx.delete(&Key::<Inline>::new(&partition(), id)),
            Self::Files(files) => files.iter().for_each(|(id, _)| tx.save(Garbage::new(id))),
        }
    }
}

/// A small body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inline {
    /// [`partition`]
    pub place: Place,
    /// Its id.
    pub id: String,
    /// The bytes.
    #[serde(serialize_with = "write_base64", deserialize_with = "read_base64")]
    pub bytes: Vec<u8>,
}

fn write_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn read_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD
        .decode(String::deserialize(deserializer)?)
        .map_err(serde::de::Error::custom)
}

/// A file that no content names any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Garbage {
    /// [`partition`]
    pub place: Place,
    /// The file.
    pub file: String,
}

impl Garbage {
    /// This file.
    pub fn new(file: &str) -> Self {
        Self {
            place: partition(),
            file: file.to_owned(),
        }
    }
}

impl Resource for Inline {
    const KIND: &'static str = "s3/inline";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Resource for Garbage {
    const KIND: &'static str = "s3/garbage";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.file.clone()
    }
}
