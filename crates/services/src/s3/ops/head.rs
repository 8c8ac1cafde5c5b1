//! `HeadObject`, `GetObjectAttributes`, and what reading an object tells beside its bytes.

use tierra_core::iam::Context;
use tierra_core::{AwsError, Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::HARMLESS;
use super::condition::IfRead;
use super::security::AES256;
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::model::bucket::{At, arn};
use crate::s3::model::checksum::{Sums, TypedSums};
use crate::s3::model::description::Description;
use crate::s3::model::{Bucket, Content, Version, object};
use crate::s3::range::{Range, Selected};

operations! { "s3", AwsError;
    read HeadObject(ReadInput) -> ReadOutput = head, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetObjectAttributes(AttributesInput) -> AttributesOutput = attributes, on |_, input, _| input.at.arns(), harmless HARMLESS;
}

/// Input of [`HeadObject`] and `GetObject`.
#[derive(Clone, Default, Shape)]
pub struct ReadInput {
    #[shape(flatten)]
    pub(super) at: At,
    #[shape(flatten)]
    condition: IfRead,
    pub(super) range: Option<String>,
    version_id: Option<String>,
    part_number: Option<i64>,
    checksum_mode: Option<String>,
    response_cache_control: Option<String>,
    response_content_disposition: Option<String>,
    response_content_encoding: Option<String>,
    response_content_language: Option<String>,
    response_content_type: Option<String>,
    response_expires: Option<Timestamp>,
}

impl ReadInput {
    /// The newest version of an object.
    pub(super) fn of(bucket: &str, key: &str) -> Self {
        Self {
            at: At {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                expected_bucket_owner: None,
            },
            ..Self::default()
        }
    }
}

/// Output of [`HeadObject`] and `GetObject`.
#[derive(Default, Shape)]
pub struct ReadOutput {
    accept_ranges: String,
    last_modified: Timestamp,
    content_length: i64,
    content_range: Option<String>,
    #[shape("ETag")]
    etag: String,
    #[shape(flatten)]
    checksum: TypedSums,
    version_id: Option<String>,
    #[shape(flatten)]
    description: Description,
    server_side_encryption: String,
    storage_class: Option<String>,
    parts_count: Option<i64>,
    tag_count: Option<i64>,
}

/// What a reader is given.
pub(super) struct Found {
    /// The object.
    pub content: Content,
    /// Which of its bytes.
    pub selected: Selected,
    /// Everything beside them.
    pub output: ReadOutput,
}

/// A version's name where its bucket keeps, or ever kept, versions.
pub(super) fn shown_id(bucket: &Bucket, version: &Version) -> Option<String> {
    bucket.versioning.map(|_| version.name().to_owned())
}

/// The version that a caller may read. Whoever may not list the bucket is not told that a key is missing.
pub(super) fn version(tx: &Tx, call: &Call, at: &At, id: Option<&str>) -> Result<(Bucket, Version, Content), AwsError> {
    let bucket = at.find(tx)?;
    if id.is_some() {
        at.may(tx, call, "s3:GetObjectVersion")?;
    }
    let found = object::find(tx, &bucket.name, &at.key, id);
    let deleted = if id.is_some() {
        S3Error::MethodNotAllowed
    } else {
        S3Error::NoSuchKey
    };
    let found = found.and_then(|version| version.content.clone().map(|content| (version, content)).ok_or(deleted));
    match found {
        Ok((version, content)) => Ok((bucket, version, content)),
        Err(S3Error::NoSuchKey) => {
            crate::iam::authorize(tx, call, "s3:ListBucket", &[arn(&bucket.name)], &Context::default())?;
            Err(S3Error::NoSuchKey.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is read, and everything that is told of it.
pub(super) fn read(tx: &Tx, call: &Call, input: &ReadInput) -> Result<Found, AwsError> {
    let (bucket, version, content) = version(tx, call, &input.at, input.version_id.as_deref())?;
    input.condition.check(&version, &content)?;
    let part = input.part_number.map(crate::s3::limits::part_number).transpose()?;
    let range = input.range.as_deref().and_then(Range::parse);
    let selected = match (part, range) {
        (Some(_), Some(_)) => {
            return Err(S3Error::Request {
                reason: "Cannot specify both Range header and partNumber query parameter".to_owned(),
            }
            .into());
        }
        (Some(number), None) => Selected::part(&content, number)?,
        (None, Some(range)) => range.select(content.size)?,
        (None, None) => Selected::all(content.size),
    };
    let output = output(&bucket, &version, &content, &selected, input);
    Ok(Found { content, selected, output })
}

fn output(bucket: &Bucket, version: &Version, content: &Content, selected: &Selected, input: &ReadInput) -> ReadOutput {
    let whole = selected.length == content.size;
    let asked = input.checksum_mode.as_deref() == Some("ENABLED") && whole;
    ReadOutput {
        accept_ranges: "bytes".to_owned(),
        last_modified: version.modified,
        content_length: i64::try_from(selected.length).unwrap_or(i64::MAX),
        content_range: selected.partial.then(|| selected.header(content.size)),
        etag: content.quoted(),
        checksum: TypedSums::of(content.checksum.as_ref().filter(|_| asked)),
        version_id: shown_id(bucket, version),
        description: described(content, input),
        server_side_encryption: AES256.to_owned(),
        storage_class: Some(content.storage_class.clone()).filter(|class| class != "STANDARD"),
        parts_count: count(content.parts.len()).filter(|_| input.part_number.is_some()),
        tag_count: count(content.tags.0.len()),
    }
}

fn count(items: usize) -> Option<i64> {
    i64::try_from(items).ok().filter(|count| *count > 0)
}

/// What was put with the object, unless the reader asks for something else.
fn described(content: &Content, input: &ReadInput) -> Description {
    let own = content.description.clone();
    Description {
        cache_control: input.response_cache_control.clone().or(own.cache_control),
        content_disposition: input.response_content_disposition.clone().or(own.content_disposition),
        content_encoding: input.response_content_encoding.clone().or(own.content_encoding),
        content_language: input.response_content_language.clone().or(own.content_language),
        content_type: input.response_content_type.clone().or(own.content_type),
        expires: input.response_expires.or(own.expires),
        metadata: own.metadata,
    }
}

fn head(tx: &mut Tx, call: &Call, input: ReadInput) -> Result<ReadOutput, AwsError> {
    read(tx, call, &input).map(|found| found.output)
}

/// Input of [`GetObjectAttributes`].
#[derive(Default, Shape)]
pub struct AttributesInput {
    #[shape(flatten)]
    at: At,
    version_id: Option<String>,
    object_attributes: Vec<String>,
    max_parts: Option<i64>,
    part_number_marker: Option<i64>,
}

/// Output of [`GetObjectAttributes`].
#[derive(Default, Shape)]
pub struct AttributesOutput {
    last_modified: Timestamp,
    version_id: Option<String>,
    #[shape("ETag")]
    etag: Option<String>,
    checksum: Option<TypedSums>,
    object_parts: Option<PartsShape>,
    storage_class: Option<String>,
    object_size: Option<i64>,
}

/// The parts that an object was made of.
#[derive(Default, Shape)]
pub struct PartsShape {
    total_parts_count: i64,
    part_number_marker: i64,
    next_part_number_marker: Option<i64>,
    max_parts: i64,
    is_truncated: bool,
    parts: Vec<PartShape>,
}

/// One of them.
#[derive(Default, Shape)]
pub struct PartShape {
    part_number: i64,
    size: i64,
    #[shape(flatten)]
    checksum: Sums,
}

fn attributes(tx: &mut Tx, call: &Call, input: AttributesInput) -> Result<AttributesOutput, AwsError> {
    let (bucket, version, content) = version(tx, call, &input.at, input.version_id.as_deref())?;
    let wants = |name: &str| input.object_attributes.iter().any(|asked| asked == name);
    let limit = crate::s3::limits::page(input.max_parts)?;
    Ok(AttributesOutput {
        last_modified: version.modified,
        version_id: shown_id(&bucket, &version),
        etag: wants("ETag").then(|| content.etag.clone()),
        checksum: content
            .checksum
            .as_ref()
            .filter(|_| wants("Checksum"))
            .map(|sum| TypedSums::of(Some(sum))),
        object_parts: (wants("ObjectParts") && !content.parts.is_empty()).then(|| parts(&content, input.part_number_marker, limit)),
        storage_class: wants("StorageClass").then(|| content.storage_class.clone()),
        object_size: i64::try_from(content.size).ok().filter(|_| wants("ObjectSize")),
    })
}

fn parts(content: &Content, marker: Option<i64>, limit: usize) -> PartsShape {
    let marker = marker.unwrap_or_default();
    let rest: Vec<_> = content.parts.iter().filter(|part| i64::from(part.number) > marker).collect();
    let shown = &rest[..rest.len().min(limit)];
    PartsShape {
        total_parts_count: count(content.parts.len()).unwrap_or_default(),
        part_number_marker: marker,
        next_part_number_marker: shown.last().map(|part| i64::from(part.number)),
        max_parts: count(limit).unwrap_or_default(),
        is_truncated: shown.len() < rest.len(),
        // AWS tells the parts one by one only where they have checksums of their own.
        parts: shown
            .iter()
            .filter(|part| part.checksum.is_some())
            .map(|part| PartShape {
                part_number: i64::from(part.number),
                size: i64::try_from(part.size).unwrap_or(i64::MAX),
                checksum: Sums::of(part.checksum.as_ref()),
            })
            .collect(),
    }
}
