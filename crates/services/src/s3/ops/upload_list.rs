//! `ListParts`, `ListMultipartUploads`.

use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::HARMLESS;
use super::bucket::OwnerShape;
use super::list::{Prefix, Walk, within};
use super::upload::UploadInput;
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::bucket::In;
use crate::s3::model::checksum::{Algorithm, ChecksumType, Sums};
use crate::s3::model::{Part, Upload, partition};

operations! { "s3", S3Error;
    read ListParts(PartsInput) -> PartsOutput = parts, on |_, input, _| input.upload.at.arns(), harmless HARMLESS;
    read ListMultipartUploads(UploadsInput) -> UploadsOutput = uploads, on |_, input, _| input.at.arns(), harmless HARMLESS;
}

/// Input of [`ListParts`].
#[derive(Default, Shape)]
pub struct PartsInput {
    #[shape(flatten)]
    upload: UploadInput,
    max_parts: Option<i64>,
    part_number_marker: Option<i64>,
}

/// Output of [`ListParts`].
#[derive(Default, Shape)]
pub struct PartsOutput {
    bucket: String,
    key: String,
    upload_id: String,
    part_number_marker: i64,
    next_part_number_marker: Option<i64>,
    max_parts: i64,
    is_truncated: bool,
    parts: Vec<PartShape>,
    initiator: OwnerShape,
    owner: OwnerShape,
    storage_class: String,
    checksum_algorithm: Option<Algorithm>,
    checksum_type: Option<ChecksumType>,
}

/// A part.
#[derive(Default, Shape)]
pub struct PartShape {
    part_number: i64,
    last_modified: Timestamp,
    #[shape("ETag")]
    etag: String,
    size: i64,
    #[shape(flatten)]
    checksum: Sums,
}

/// Input of [`ListMultipartUploads`].
#[derive(Default, Shape)]
pub struct UploadsInput {
    #[shape(flatten)]
    at: In,
    delimiter: Option<String>,
    encoding_type: Option<String>,
    key_marker: Option<String>,
    upload_id_marker: Option<String>,
    max_uploads: Option<i64>,
    prefix: Option<String>,
}

/// Output of [`ListMultipartUploads`].
#[derive(Default, Shape)]
pub struct UploadsOutput {
    bucket: String,
    key_marker: String,
    upload_id_marker: String,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
    prefix: Option<String>,
    delimiter: Option<String>,
    encoding_type: Option<String>,
    max_uploads: i64,
    is_truncated: bool,
    uploads: Vec<UploadShape>,
    common_prefixes: Vec<Prefix>,
}

/// An upload.
#[derive(Default, Shape)]
pub struct UploadShape {
    upload_id: String,
    key: String,
    initiated: Timestamp,
    storage_class: String,
    owner: OwnerShape,
    initiator: OwnerShape,
    checksum_algorithm: Option<Algorithm>,
    checksum_type: Option<ChecksumType>,
}

fn shape(part: &Part, upload: &Upload) -> PartShape {
    PartShape {
        part_number: i64::from(part.number),
        last_modified: part.modified,
        etag: format!("\"{}\"", part.etag),
        size: i64::try_from(part.size).unwrap_or(i64::MAX),
        checksum: Sums::of(part.checksum.as_ref().filter(|_| upload.algorithm.is_some())),
    }
}

fn parts(tx: &mut Tx, _: &Call, input: PartsInput) -> Result<PartsOutput, S3Error> {
    let upload = input.upload.find(tx)?;
    let bucket = input.upload.at.find(tx)?;
    let limit = limits::page(input.max_parts)?;
    let after = u32::try_from(input.part_number_marker.unwrap_or_default()).unwrap_or_default();
    let mut found = upload.parts(tx, after, limit + 1);
    let is_truncated = found.len() > limit;
    found.truncate(limit);
    Ok(PartsOutput {
        part_number_marker: i64::from(after),
        next_part_number_marker: found.last().map(|part| i64::from(part.number)),
        max_parts: i64::try_from(limit).unwrap_or_default(),
        is_truncated,
        parts: found.iter().map(|part| shape(part, &upload)).collect(),
        initiator: OwnerShape { id: upload.initiator },
        owner: OwnerShape {
            id: bucket.canonical_owner(),
        },
        bucket: upload.bucket,
        key: upload.key,
        upload_id: upload.upload,
        storage_class: upload.storage_class,
        checksum_algorithm: upload.algorithm,
        checksum_type: upload.checksum_type,
    })
}

fn uploads(tx: &mut Tx, _: &Call, input: UploadsInput) -> Result<UploadsOutput, S3Error> {
    let bucket = input.at.find(tx)?;
    let limit = limits::page(input.max_uploads)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let all: Vec<Upload> = tx.range(&partition(), &within(&bucket.name, &prefix), None, usize::MAX);
    let (key_marker, id_marker) = (
        input.key_marker.clone().unwrap_or_default(),
        input.upload_id_marker.clone().unwrap_or_default(),
    );
    let after = |upload: &&Upload| {
        let here = upload.key == key_marker && !id_marker.is_empty() && upload.upload > id_marker;
        upload.key > key_marker || here || key_marker.is_empty()
    };
    let mut walk = Walk::new(&prefix, input.delimiter.as_deref(), limit);
    let mut shown: Vec<&Upload> = Vec::new();
    for upload in all.iter().filter(after) {
        if walk.is_full(&upload.key) {
            break;
        }
        if walk.takes(&upload.key) {
            shown.push(upload);
        }
    }
    let owner = OwnerShape {
        id: bucket.canonical_owner(),
    };
    let truncated = walk.truncated;
    let last = shown.last().filter(|_| truncated);
    let encoded = |text: String| super::list::encoded(text, input.encoding_type.as_deref());
    Ok(UploadsOutput {
        next_key_marker: truncated.then(|| encoded(walk.last.clone())),
        next_upload_id_marker: last.map(|upload| upload.upload.clone()),
        bucket: bucket.name,
        key_marker,
        upload_id_marker: id_marker,
        prefix: input.prefix.clone().map(encoded),
        delimiter: input.delimiter.clone().map(encoded),
        encoding_type: input.encoding_type.clone(),
        max_uploads: i64::try_from(limit).unwrap_or_default(),
        is_truncated: truncated,
        common_prefixes: walk.prefixes(input.encoding_type.as_deref()),
        uploads: shown
            .into_iter()
            .map(|upload| UploadShape {
                upload_id: upload.upload.clone(),
                key: encoded(upload.key.clone()),
                initiated: upload.begun,
                storage_class: upload.storage_class.clone(),
                owner: owner.clone(),
                initiator: OwnerShape {
                    id: upload.initiator.clone(),
                },
                checksum_algorithm: upload.algorithm,
                checksum_type: upload.checksum_type,
            })
            .collect(),
    })
}
