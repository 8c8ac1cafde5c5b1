//! Tags of buckets and of objects.

use tierra_core::{Call, Tag, Tags, Tx};
use tierra_model::Shape;

use super::bucket::InInput;
use super::{Empty, HARMLESS};
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::limits::OBJECT_TAGS;
use crate::s3::model::bucket::{At, In};
use crate::s3::model::{Content, Version, object};

operations! { "s3", S3Error;
    write PutBucketTagging(PutInput) -> Empty = put, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetBucketTagging(InInput) -> TagSet = get, on |_, input, _| input.at.arns();
    write DeleteBucketTagging(InInput) -> Empty = delete, on |_, input, _| input.at.arns();
    write PutObjectTagging(PutObjectInput) -> VersionOutput = put_object, on |_, input, _| input.object.at.arns(), harmless HARMLESS;
    read GetObjectTagging(ObjectInput) -> ObjectTagSet = get_object, on |_, input, _| input.at.arns(), harmless HARMLESS;
    write DeleteObjectTagging(ObjectInput) -> VersionOutput = delete_object, on |_, input, _| input.at.arns();
}

/// Tags, as requests carry them.
#[derive(Default, Shape)]
pub struct TagSet {
    pub(crate) tag_set: Vec<Tag>,
}

/// Input of [`PutBucketTagging`].
#[derive(Default, Shape)]
pub struct PutInput {
    #[shape(flatten)]
    pub(crate) at: In,
    pub(crate) tagging: TagSet,
}

/// Input of those that name an object.
#[derive(Default, Shape)]
pub struct ObjectInput {
    #[shape(flatten)]
    at: At,
    version_id: Option<String>,
}

/// Input of [`PutObjectTagging`].
#[derive(Default, Shape)]
pub struct PutObjectInput {
    #[shape(flatten)]
    object: ObjectInput,
    tagging: TagSet,
}

/// The version that was changed.
#[derive(Default, Shape)]
pub struct VersionOutput {
    version_id: Option<String>,
}

/// The tags of a version.
#[derive(Default, Shape)]
pub struct ObjectTagSet {
    version_id: Option<String>,
    tag_set: Vec<Tag>,
}

/// An object's tags: at most ten.
///
/// # Errors
/// [`S3Error::InvalidTag`].
pub(super) fn object_tags(tags: &[Tag]) -> Result<Tags, S3Error> {
    if tags.len() > OBJECT_TAGS {
        return Err(S3Error::InvalidTag {
            reason: "Object tags cannot be greater than 10".to_owned(),
        });
    }
    Ok(Tags::parse(tags)?)
}

fn put(tx: &mut Tx, _: &Call, input: PutInput) -> Result<Empty, S3Error> {
    let mut bucket = input.at.find(tx)?;
    // The cloud's own tags stay.
    bucket.tags.0.retain(|key, _| key.starts_with("aws:"));
    bucket.tags.0.extend(Tags::parse(&input.tagging.tag_set)?.0);
    tx.save(bucket);
    Ok(Empty {})
}

fn get(tx: &mut Tx, _: &Call, input: InInput) -> Result<TagSet, S3Error> {
    let tag_set = input.at.find(tx)?.tags.list();
    if tag_set.is_empty() {
        Err(S3Error::NoSuchTagSet)
    } else {
        Ok(TagSet { tag_set })
    }
}

fn delete(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    let mut bucket = input.at.find(tx)?;
    bucket.tags.0.retain(|key, _| key.starts_with("aws:"));
    tx.save(bucket);
    Ok(Empty {})
}

impl ObjectInput {
    fn find(&self, tx: &Tx) -> Result<(Version, Content), S3Error> {
        let bucket = self.at.find(tx)?;
        let version = object::find(tx, &bucket.name, &self.at.key, self.version_id.as_deref())?;
        let missing = if self.version_id.is_some() {
            S3Error::MethodNotAllowed
        } else {
            S3Error::NoSuchKey
        };
        let content = version.content.clone().ok_or(missing)?;
        Ok((version, content))
    }

    fn set(&self, tx: &mut Tx, tags: Tags) -> Result<VersionOutput, S3Error> {
        let (mut version, mut content) = self.find(tx)?;
        content.tags = tags;
        version.content = Some(content);
        let version_id = version.id.clone();
        object::change(tx, &self.at.bucket, &self.at.key, version);
        Ok(VersionOutput { version_id })
    }
}

fn put_object(tx: &mut Tx, _: &Call, input: PutObjectInput) -> Result<VersionOutput, S3Error> {
    input.object.set(tx, object_tags(&input.tagging.tag_set)?)
}

fn get_object(tx: &mut Tx, _: &Call, input: ObjectInput) -> Result<ObjectTagSet, S3Error> {
    let (version, content) = input.find(tx)?;
    Ok(ObjectTagSet {
        version_id: version.id,
        tag_set: content.tags.list(),
    })
}

fn delete_object(tx: &mut Tx, _: &Call, input: ObjectInput) -> Result<VersionOutput, S3Error> {
    input.set(tx, Tags::default())
}
