//! `ListObjectVersions`: every version of every key, newest first.

use tierra_core::iam::Context;
use tierra_core::{Arn, AwsError, Call, Operation, Registry, Tx};
use tierra_model::{Shape, Timestamp};

use super::HARMLESS;
use super::bucket::OwnerShape;
use super::list::{Asked, Prefix, Walk, context, encoded, page};
use crate::s3::limits;
use crate::s3::model::{Version, object};

/// The S3 operation `ListObjectVersions`.
pub struct ListObjectVersions;

/// Declares it.
pub(super) fn register(registry: &mut Registry) {
    registry.operation::<ListObjectVersions>();
}

/// Input of [`ListObjectVersions`].
#[derive(Default, Shape)]
pub struct ListInput {
    #[shape(flatten)]
    asked: Asked,
    key_marker: Option<String>,
    version_id_marker: Option<String>,
}

/// Output of [`ListObjectVersions`].
#[derive(Default, Shape)]
pub struct ListOutput {
    is_truncated: bool,
    key_marker: String,
    version_id_marker: String,
    next_key_marker: Option<String>,
    next_version_id_marker: Option<String>,
    versions: Vec<VersionShape>,
    delete_markers: Vec<MarkerShape>,
    name: String,
    prefix: String,
    delimiter: Option<String>,
    max_keys: i64,
    common_prefixes: Vec<Prefix>,
    encoding_type: Option<String>,
}

/// A version.
#[derive(Default, Shape)]
pub struct VersionShape {
    #[shape(flatten)]
    about: MarkerShape,
    #[shape("ETag")]
    etag: String,
    checksum_algorithm: Vec<String>,
    checksum_type: Option<String>,
    size: i64,
    storage_class: String,
}

/// A delete marker, or what versions share with it.
#[derive(Default, Shape)]
pub struct MarkerShape {
    key: String,
    version_id: String,
    is_latest: bool,
    last_modified: Timestamp,
    owner: OwnerShape,
}

impl Operation for ListObjectVersions {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "ListObjectVersions";
    const WRITES: bool = false;
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = ListInput;
    type Output = ListOutput;
    type Error = AwsError;

    fn resources(_: &Tx, input: &ListInput, _: &Call) -> Vec<Arn> {
        input.asked.at.arns()
    }

    fn context(input: &ListInput) -> Context {
        context(&input.asked)
    }

    fn run(tx: &mut Tx, _: &Call, input: ListInput) -> Result<ListOutput, AwsError> {
        let asked = &input.asked;
        let bucket = asked.at.find(tx)?;
        let limit = limits::page(asked.max_keys)?;
        let (prefix, encoding) = (asked.prefix.clone().unwrap_or_default(), asked.encoding_type.as_deref());
        let key_marker = input.key_marker.clone().unwrap_or_default();
        let id_marker = input.version_id_marker.clone().unwrap_or_default();
        let mut walk = Walk::new(&prefix, asked.delimiter.as_deref(), limit);
        let owner = OwnerShape {
            id: bucket.canonical_owner(),
        };
        let mut output = ListOutput::default();
        let mut told = Told::new(limit, &mut output);
        // The marker's own key may have versions that were not told yet.
        if !id_marker.is_empty() {
            told.key(tx, &bucket.name, &key_marker, Some(&id_marker), encoding, &owner);
        }
        let room = told.room();
        let mut within = Walk::new(&prefix, asked.delimiter.as_deref(), room);
        let keys = page(tx, &bucket, &mut within, &key_marker, |_| true);
        for object in &keys {
            told.key(tx, &bucket.name, &object.key, None, encoding, &owner);
        }
        let (last, full) = (told.last.clone(), told.full);
        std::mem::swap(&mut walk, &mut within);
        output.is_truncated = full || walk.truncated;
        if output.is_truncated {
            let (key, id) = last
                .filter(|(key, _)| *key >= walk.last || full)
                .unwrap_or((walk.last.clone(), String::new()));
            output.next_key_marker = Some(encoded(key, encoding));
            output.next_version_id_marker = Some(id).filter(|id| !id.is_empty());
        }
        output.common_prefixes = walk.prefixes(encoding);
        output.name = bucket.name;
        output.prefix = encoded(prefix.clone(), encoding);
        output.key_marker = encoded(key_marker, encoding);
        output.version_id_marker = id_marker;
        output.delimiter = asked.delimiter.clone();
        output.max_keys = i64::try_from(limit).unwrap_or_default();
        output.encoding_type.clone_from(&asked.encoding_type);
        Ok(output)
    }
}

/// The versions that a page has room for.
struct Told<'a> {
    left: usize,
    output: &'a mut ListOutput,
    last: Option<(String, String)>,
    full: bool,
}

impl<'a> Told<'a> {
    fn new(left: usize, output: &'a mut ListOutput) -> Self {
        Self {
            left,
            output,
            last: None,
            full: false,
        }
    }

    fn room(&self) -> usize {
        self.left
    }

    /// Tells a key's versions, newest first, after one of them where that is given.
    fn key(&mut self, tx: &Tx, bucket: &str, key: &str, after: Option<&str>, encoding: Option<&str>, owner: &OwnerShape) {
        let newest = object::Object::newest(tx, bucket, key).map(|object| object.version);
        let latest = newest.as_ref().map(|version| version.number);
        let mut all: Vec<Version> = newest.into_iter().chain(object::older(tx, bucket, key)).collect();
        if let Some(at) = after.and_then(|id| all.iter().position(|version| version.name() == id)) {
            all.drain(..=at);
        }
        for version in all {
            if self.left == 0 {
                self.full = true;
                return;
            }
            self.left -= 1;
            self.last = Some((key.to_owned(), version.name().to_owned()));
            let about = MarkerShape {
                key: encoded(key.to_owned(), encoding),
                version_id: version.name().to_owned(),
                is_latest: latest == Some(version.number),
                last_modified: version.modified,
                owner: owner.clone(),
            };
            self.put(about, version);
        }
    }

    fn put(&mut self, about: MarkerShape, version: Version) {
        let Some(content) = version.content else {
            return self.output.delete_markers.push(about);
        };
        self.output.versions.push(VersionShape {
            about,
            etag: content.quoted(),
            checksum_algorithm: content.checksum.iter().map(|sum| sum.algorithm.word().to_owned()).collect(),
            checksum_type: content.checksum.as_ref().map(|sum| sum.of.word().to_owned()),
            size: i64::try_from(content.size).unwrap_or(i64::MAX),
            storage_class: content.storage_class,
        });
    }
}
