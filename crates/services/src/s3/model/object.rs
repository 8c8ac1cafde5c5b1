//! Objects and their versions. Follows the S3 page "How S3 Versioning works".
//!
//! **Invariant**: a key that has any version has an [`Object`] row, which holds the newest; all older ones are [`Older`] rows.

use serde::{Deserialize, Serialize};
use tierra_core::{Call, Key, Place, Resource, Tx};
use tierra_model::Timestamp;

use super::content::Content;
use super::{Bucket, SEPARATOR, Versioning, partition};
use crate::s3::errors::S3Error;

/// How the version that is no version is called.
pub const NULL: &str = "null";
/// How long a version's id is.
const VERSION_ID: usize = 32;

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counts up within a key.
    pub number: u64,
    /// Its id; `None` for the one that was put while versions were not kept.
    pub id: Option<String>,
    /// When it was put.
    pub modified: Timestamp,
    /// What it holds; `None` for a delete marker.
    pub content: Option<Content>,
}

impl Version {
    /// The id as callers name it.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(NULL)
    }
}

/// The newest version of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// [`partition`]
    pub place: Place,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version.
    pub version: Version,
}

/// An older version of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Older(pub Object);

impl Object {
    fn new(bucket: &str, key: &str, version: Version) -> Self {
        Self {
            place: partition(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version,
        }
    }

    /// The newest version of a key, which may be a delete marker.
    pub fn newest(tx: &Tx, bucket: &str, key: &str) -> Option<Self> {
        tx.find(&partition(), row_id(bucket, key))
    }
}

/// The id of a key's row.
pub fn row_id(bucket: &str, key: &str) -> String {
    format!("{bucket}{SEPARATOR}{key}")
}

/// What the ids of a key's older versions begin with; the newest comes first.
pub fn older_ids(bucket: &str, key: &str) -> String {
    row_id(bucket, key) + "\0"
}

/// The older versions of a key, newest first.
pub fn older(tx: &Tx, bucket: &str, key: &str) -> Vec<Version> {
    let found: Vec<Older> = tx.range(&partition(), &older_ids(bucket, key), None, usize::MAX);
    found.into_iter().map(|older| older.0.version).collect()
}

/// A version of a key: the newest, or the one of this id.
///
/// # Errors
/// Where there is none. A delete marker is found.
pub fn find(tx: &Tx, bucket: &str, key: &str, id: Option<&str>) -> Result<Version, S3Error> {
    let newest = Object::newest(tx, bucket, key).map(|object| object.version);
    let Some(id) = id else { return newest.ok_or(S3Error::NoSuchKey) };
    let is = |version: &Version| version.name() == id;
    newest
        .filter(is)
        .or_else(|| older(tx, bucket, key).into_iter().find(is))
        .ok_or(S3Error::NoSuchVersion)
}

/// Puts what a key holds from now on (`None`: a delete marker), and gives its version.
pub fn put(tx: &mut Tx, call: &Call, bucket: &Bucket, key: &str, content: Option<Content>) -> Version {
    let old = Object::newest(tx, &bucket.name, key);
    let keeps = bucket.versioning == Some(Versioning::Enabled);
    let version = Version {
        number: old.as_ref().map_or(0, |old| old.version.number) + 1,
        id: keeps.then(|| call.ids.alnum(VERSION_ID)),
        modified: call.now,
        content,
    };
    if !keeps {
        discard_null(tx, bucket, key, old.as_ref());
    }
    if let Some(old) = old.filter(|old| keeps || old.version.id.is_some()) {
        tx.save(Older(old));
    }
    tx.save(Object::new(&bucket.name, key, version.clone()));
    version
}

/// The one version without an id gives way to the next.
fn discard_null(tx: &mut Tx, bucket: &Bucket, key: &str, newest: Option<&Object>) {
    match newest {
        Some(newest) if newest.version.id.is_none() => discard(tx, &newest.version),
        _ if bucket.versioning.is_none() => {}
        _ => {
            let null = older(tx, &bucket.name, key).into_iter().find(|version| version.id.is_none());
            if let Some(null) = null {
                remove_older(tx, &bucket.name, key, &null);
            }
        }
    }
}

/// Changes a version in place: its tags.
pub fn change(tx: &mut Tx, bucket: &str, key: &str, version: Version) {
    let object = Object::new(bucket, key, version);
    match Object::newest(tx, bucket, key) {
        Some(newest) if newest.version.number == object.version.number => tx.save(object),
        _ => tx.save(Older(object)),
    }
}

/// Takes a version away for good. The newest of the others takes its place.
///
/// # Errors
/// Where there is none.
pub fn remove(tx: &mut Tx, bucket: &str, key: &str, id: &str) -> Result<Version, S3Error> {
    let version = find(tx, bucket, key, Some(id))?;
    let newest = Object::newest(tx, bucket, key);
    if newest.is_some_and(|newest| newest.version.number != version.number) {
        remove_older(tx, bucket, key, &version);
        return Ok(version);
    }
    discard(tx, &version);
    match older(tx, bucket, key).into_iter().next() {
        Some(next) => {
            tx.delete(&Key::<Older>::new(&partition(), older_id(bucket, key, next.number)));
            tx.save(Object::new(bucket, key, next));
        }
        None => tx.delete(&Key::<Object>::new(&partition(), row_id(bucket, key))),
    }
    Ok(version)
}

fn remove_older(tx: &mut Tx, bucket: &str, key: &str, version: &Version) {
    discard(tx, version);
    tx.delete(&Key::<Older>::new(&partition(), older_id(bucket, key, version.number)));
}

fn discard(tx: &mut Tx, version: &Version) {
    if let Some(content) = &version.content {
        content.bytes.discard(tx);
    }
}

fn older_id(bucket: &str, key: &str, number: u64) -> String {
    format!("{}{:016x}", older_ids(bucket, key), u64::MAX - number)
}

impl Resource for Object {
    const KIND: &'static str = "s3/object";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        row_id(&self.bucket, &self.key)
    }
}

impl Resource for Older {
    const KIND: &'static str = "s3/older";
    fn place(&self) -> &Place {
        &self.0.place
    }
    fn id(&self) -> String {
        older_id(&self.0.bucket, &self.0.key, self.0.version.number)
    }
}
