//! `CreateMultipartUpload`, `AbortMultipartUpload`. Follows the S3 page "Uploading and copying objects using multipart upload".

use tierra_core::{Call, Key, Tx};
use tierra_model::Shape;

use super::put::About;
use super::security::AES256;
use super::{Empty, HARMLESS};
use crate::declare::operations;
use crate::s3::digest::whole_needs_crc;
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::bucket::At;
use crate::s3::model::checksum::{Algorithm, ChecksumType};
use crate::s3::model::{Part, Upload, partition};

operations! { "s3", S3Error;
    write CreateMultipartUpload(CreateInput) -> CreateOutput = create, on |_, input, _| input.at.arns(), harmless &["RequestPayer"];
    write AbortMultipartUpload(UploadInput) -> Empty = abort, on |_, input, _| input.at.arns(), harmless HARMLESS;
}

/// How long an upload's id is.
const UPLOAD_ID: usize = 64;

/// Input of [`CreateMultipartUpload`].
#[derive(Default, Shape)]
pub struct CreateInput {
    #[shape(flatten)]
    at: At,
    #[shape(flatten)]
    about: About,
    checksum_algorithm: Option<Algorithm>,
    checksum_type: Option<ChecksumType>,
}

/// Output of [`CreateMultipartUpload`].
#[derive(Default, Shape)]
pub struct CreateOutput {
    bucket: String,
    key: String,
    upload_id: String,
    checksum_algorithm: Option<Algorithm>,
    checksum_type: Option<ChecksumType>,
    server_side_encryption: String,
}

/// Input of those that name an upload.
#[derive(Default, Shape)]
pub struct UploadInput {
    #[shape(flatten)]
    pub(super) at: At,
    pub(super) upload_id: String,
}

impl UploadInput {
    /// The upload.
    ///
    /// # Errors
    /// Where there is none, or no bucket.
    pub(super) fn find(&self, tx: &Tx) -> Result<Upload, S3Error> {
        let bucket = self.at.find(tx)?;
        Upload::find(tx, &bucket.name, &self.at.key, &self.upload_id)
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<CreateOutput, S3Error> {
    let bucket = input.at.find(tx)?;
    limits::key(&input.at.key)?;
    let kept = input.about.check()?;
    let checksum_type = input
        .checksum_algorithm
        .map(|algorithm| input.checksum_type.unwrap_or(algorithm.default_type()));
    if let (Some(algorithm @ (Algorithm::Sha1 | Algorithm::Sha256)), Some(ChecksumType::FullObject)) =
        (input.checksum_algorithm, checksum_type)
    {
        return Err(whole_needs_crc(algorithm));
    }
    let upload = Upload {
        place: partition(),
        bucket: bucket.name,
        key: input.at.key,
        upload: call.ids.alnum(UPLOAD_ID),
        begun: call.now,
        initiator: call.caller.arn().to_string(),
        description: kept.description,
        tags: kept.tags,
        storage_class: kept.storage_class,
        algorithm: input.checksum_algorithm,
        checksum_type,
    };
    tx.save(upload.clone());
    Ok(CreateOutput {
        bucket: upload.bucket,
        key: upload.key,
        upload_id: upload.upload,
        checksum_algorithm: upload.algorithm,
        checksum_type,
        server_side_encryption: AES256.to_owned(),
    })
}

fn abort(tx: &mut Tx, _: &Call, input: UploadInput) -> Result<Empty, S3Error> {
    let upload = input.find(tx)?;
    drop_upload(tx, &upload, &[]);
    Ok(Empty {})
}

/// Ends an upload, and gives up every part but those that an object holds now.
pub(super) fn drop_upload(tx: &mut Tx, upload: &Upload, held: &[u32]) {
    for part in upload.parts(tx, 0, usize::MAX) {
        if !held.contains(&part.number) {
            part.bytes.discard(tx);
        }
        tx.delete(&Key::<Part>::new(&partition(), tierra_core::Resource::id(&part)));
    }
    tx.delete(&Key::<Upload>::new(&partition(), tierra_core::Resource::id(upload)));
}
