//! `DeleteObject`: a delete marker where versions are kept, else the end of the object.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::HARMLESS;
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::model::bucket::At;
use crate::s3::model::{Bucket, Object, object};

operations! { "s3", AwsError;
    write DeleteObject(DeleteInput) -> DeleteOutput = delete, on |_, input, _| input.at.arns(), harmless HARMLESS;
}

/// Input of [`DeleteObject`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    #[shape(flatten)]
    pub(super) at: At,
    pub(super) version_id: Option<String>,
    pub(super) if_match: Option<String>,
}

/// Output of [`DeleteObject`].
#[derive(Clone, Default, Shape)]
pub struct DeleteOutput {
    pub(super) delete_marker: Option<bool>,
    pub(super) version_id: Option<String>,
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<DeleteOutput, AwsError> {
    let bucket = input.at.find(tx)?;
    one(tx, call, &bucket, &input)
}

/// Deletes one object, or one version of it.
///
/// # Errors
/// Where the caller may not; an object that is not there is deleted already.
pub(super) fn one(tx: &mut Tx, call: &Call, bucket: &Bucket, input: &DeleteInput) -> Result<DeleteOutput, AwsError> {
    let key = &input.at.key;
    let newest = Object::newest(tx, &bucket.name, key);
    if let Some(wanted) = &input.if_match {
        let content = newest.as_ref().and_then(|newest| newest.version.content.as_ref());
        let content = content.ok_or(S3Error::NoSuchKey)?;
        if wanted != "*" && wanted.trim_matches('"') != content.etag {
            return Err(S3Error::PreconditionFailed.into());
        }
    }
    match (&input.version_id, bucket.versioning) {
        (Some(id), _) => {
            input.at.may(tx, call, "s3:DeleteObjectVersion")?;
            Ok(version(tx, &bucket.name, key, id))
        }
        (None, Some(_)) => {
            let marker = object::put(tx, call, bucket, key, None);
            Ok(DeleteOutput {
                delete_marker: Some(true),
                version_id: Some(marker.name().to_owned()),
            })
        }
        (None, None) => {
            if newest.is_some() {
                object::remove(tx, &bucket.name, key, object::NULL)?;
            }
            Ok(DeleteOutput::default())
        }
    }
}

fn version(tx: &mut Tx, bucket: &str, key: &str, id: &str) -> DeleteOutput {
    let removed = object::remove(tx, bucket, key, id).ok();
    DeleteOutput {
        delete_marker: removed.filter(|version| version.content.is_none()).map(|_| true),
        version_id: Some(id.to_owned()),
    }
}
