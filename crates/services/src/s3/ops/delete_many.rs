//! `DeleteObjects`: each key by itself, in one commit; what may not be deleted is told among the errors.

use tierra_core::iam::Context;
use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::HARMLESS;
use super::delete::{DeleteInput, one};
use crate::declare::{anything, operations};
use crate::s3::errors::S3Error;
use crate::s3::limits::DELETIONS;
use crate::s3::model::Bucket;
use crate::s3::model::bucket::{At, In};

operations! { "s3", AwsError;
    write DeleteObjects(ManyInput) -> ManyOutput = many, on anything, harmless HARMLESS;
}

/// Input of [`DeleteObjects`].
#[derive(Default, Shape)]
pub struct ManyInput {
    #[shape(flatten)]
    at: In,
    delete: Delete,
}

/// What is to be deleted.
#[derive(Default, Shape)]
pub struct Delete {
    objects: Vec<Identifier>,
    quiet: Option<bool>,
}

/// One object, or one version of it.
#[derive(Default, Shape)]
pub struct Identifier {
    key: String,
    version_id: Option<String>,
    #[shape("ETag")]
    etag: Option<String>,
}

/// Output of [`DeleteObjects`].
#[derive(Default, Shape)]
pub struct ManyOutput {
    deleted: Vec<Deleted>,
    errors: Vec<Failed>,
}

/// What was deleted.
#[derive(Default, Shape)]
pub struct Deleted {
    key: String,
    version_id: Option<String>,
    delete_marker: Option<bool>,
    delete_marker_version_id: Option<String>,
}

/// What was not.
#[derive(Default, Shape)]
pub struct Failed {
    key: String,
    version_id: Option<String>,
    code: String,
    message: String,
}

fn many(tx: &mut Tx, call: &Call, input: ManyInput) -> Result<ManyOutput, AwsError> {
    let bucket = input.at.find(tx)?;
    let objects = input.delete.objects;
    if objects.is_empty() || objects.len() > DELETIONS {
        return Err(S3Error::MalformedXml.into());
    }
    let mut output = ManyOutput::default();
    for identifier in objects {
        match deleted(tx, call, &bucket, &identifier) {
            Ok(_) if input.delete.quiet == Some(true) => {}
            Ok(deleted) => output.deleted.push(deleted),
            Err(error) => output.errors.push(Failed {
                key: identifier.key,
                version_id: identifier.version_id,
                code: error.code.into_owned(),
                message: error.message,
            }),
        }
    }
    Ok(output)
}

fn deleted(tx: &mut Tx, call: &Call, bucket: &Bucket, identifier: &Identifier) -> Result<Deleted, AwsError> {
    let input = DeleteInput {
        at: At {
            bucket: bucket.name.clone(),
            key: identifier.key.clone(),
            expected_bucket_owner: None,
        },
        version_id: identifier.version_id.clone(),
        if_match: identifier.etag.clone(),
    };
    crate::iam::authorize(tx, call, "s3:DeleteObject", &input.at.arns(), &Context::default())?;
    let done = one(tx, call, bucket, &input)?;
    let marker = done.version_id.clone().filter(|_| done.delete_marker.is_some());
    Ok(Deleted {
        key: identifier.key.clone(),
        version_id: identifier.version_id.clone(),
        delete_marker: done.delete_marker,
        delete_marker_version_id: marker,
    })
}
