//! `CompleteMultipartUpload`: the object is its parts' files, one after the other, so that nothing is copied.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::HARMLESS;
use super::condition::IfWrite;
use super::security::AES256;
use super::upload::{UploadInput, drop_upload};
use crate::declare::operations;
use crate::s3::digest::{checksum_of_parts, etag_of_parts};
use crate::s3::errors::S3Error;
use crate::s3::limits::PART_BYTES;
use crate::s3::model::checksum::{Algorithm, Checksum, ChecksumType, Sums, TypedSums};
use crate::s3::model::content::PartOf;
use crate::s3::model::{Bytes, Content, Part, Upload, object};

operations! { "s3", AwsError;
    write CompleteMultipartUpload(CompleteInput) -> CompleteOutput = complete, on |_, input, _| input.upload.at.arns(), harmless HARMLESS;
}

/// Input of [`CompleteMultipartUpload`].
#[derive(Default, Shape)]
pub struct CompleteInput {
    #[shape(flatten)]
    upload: UploadInput,
    multipart_upload: Named,
    #[shape(flatten)]
    condition: IfWrite,
    #[shape(flatten)]
    sums: TypedSums,
    mpu_object_size: Option<i64>,
}

/// The parts that the object is to be made of.
#[derive(Default, Shape)]
pub struct Named {
    parts: Vec<NamedPart>,
}

/// One of them.
#[derive(Default, Shape)]
pub struct NamedPart {
    #[shape("ETag")]
    etag: String,
    part_number: i64,
    #[shape(flatten)]
    sums: Sums,
}

/// Output of [`CompleteMultipartUpload`].
#[derive(Default, Shape)]
pub struct CompleteOutput {
    location: String,
    bucket: String,
    key: String,
    #[shape("ETag")]
    etag: String,
    #[shape(flatten)]
    checksum: TypedSums,
    version_id: Option<String>,
    server_side_encryption: String,
}

fn complete(tx: &mut Tx, call: &Call, input: CompleteInput) -> Result<CompleteOutput, AwsError> {
    let bucket = input.upload.at.find(tx)?;
    let upload = input.upload.find(tx)?;
    input.condition.check(tx, &bucket.name, &upload.key)?;
    let parts = chosen(&upload.parts(tx, 0, usize::MAX), &input.multipart_upload.parts)?;
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if input.mpu_object_size.is_some_and(|said| u64::try_from(said) != Ok(size)) {
        return Err(S3Error::Request {
            reason: format!("The provided 'x-amz-mp-object-size' header value does not match what was computed: {size}"),
        }
        .into());
    }
    let checksum = checksum(&upload, &parts, &input.sums)?;
    let content = Content {
        size,
        etag: etag_of_parts(parts.iter().map(|part| part.etag.as_str())),
        bytes: Bytes::Files(files(&parts)?),
        checksum: checksum.clone(),
        description: upload.description.clone(),
        tags: upload.tags.clone(),
        storage_class: upload.storage_class.clone(),
        parts: parts.iter().map(|part| part_of(part, &upload)).collect(),
    };
    let held: Vec<u32> = parts.iter().map(|part| part.number).collect();
    drop_upload(tx, &upload, &held);
    let version = object::put(tx, call, &bucket, &upload.key, Some(content.clone()));
    Ok(CompleteOutput {
        location: format!("https://{}.s3.{}.amazonaws.com/{}", bucket.name, bucket.owner.region, upload.key),
        bucket: bucket.name,
        key: upload.key,
        etag: content.quoted(),
        checksum: TypedSums::of(checksum.as_ref()),
        version_id: version.id,
        server_side_encryption: AES256.to_owned(),
    })
}

/// The uploaded parts that were named, in their order.
fn chosen(there: &[Part], named: &[NamedPart]) -> Result<Vec<Part>, S3Error> {
    if named.is_empty() {
        return Err(S3Error::MalformedXml);
    }
    if !named.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(S3Error::InvalidPartOrder);
    }
    let find = |named: &NamedPart| {
        let same = |part: &&Part| i64::from(part.number) == named.part_number && part.etag == named.etag.trim_matches('"');
        let part = there.iter().find(same).ok_or(S3Error::InvalidPart)?;
        match (named.sums.one(), &part.checksum) {
            (Some((algorithm, value)), Some(sum)) if (algorithm, &value) != (sum.algorithm, &sum.value) => Err(S3Error::InvalidPart),
            _ => Ok(part.clone()),
        }
    };
    let parts = named.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let all_but_last = &parts[..parts.len() - 1];
    if all_but_last.iter().any(|part| part.size < PART_BYTES) {
        return Err(S3Error::EntityTooSmall);
    }
    Ok(parts)
}

/// The files of the parts: every part has one, however small it is.
fn files(parts: &[Part]) -> Result<Vec<(String, u64)>, S3Error> {
    let mut files = Vec::new();
    for part in parts {
        match &part.bytes {
            Bytes::Files(own) => files.extend(own.iter().cloned()),
            Bytes::Row(_) => return Err(S3Error::InvalidPart),
        }
    }
    Ok(files)
}

fn part_of(part: &Part, upload: &Upload) -> PartOf {
    PartOf {
        number: part.number,
        size: part.size,
        checksum: part.checksum.clone().filter(|_| upload.algorithm.is_some()),
    }
}

/// The object's checksum. Where neither the upload nor its end names an algorithm, it is that of all its parts; parts of several
/// algorithms make none.
fn checksum(upload: &Upload, parts: &[Part], said: &TypedSums) -> Result<Option<Checksum>, S3Error> {
    let named = upload.algorithm.or(said.sums.one().map(|(algorithm, _)| algorithm));
    let Some(algorithm) = named.or_else(|| common(parts.iter().map(|part| part.checksum.as_ref()))) else {
        return Ok(None);
    };
    let usual = match (named, algorithm) {
        (None, Algorithm::Sha1 | Algorithm::Sha256) => ChecksumType::Composite,
        _ => ChecksumType::FullObject,
    };
    let of = said.checksum_type.or(upload.checksum_type).unwrap_or(usual);
    let sums: Vec<_> = parts.iter().map(|part| (part.size, part.checksum.as_ref())).collect();
    let checksum = checksum_of_parts(algorithm, of, &sums)?;
    match said.sums.one() {
        Some((_, value)) if of == ChecksumType::FullObject && value != checksum.value => Err(S3Error::BadChecksum {
            algorithm: algorithm.word().to_owned(),
        }),
        _ => Ok(Some(checksum)),
    }
}

/// The algorithm of all of these.
fn common<'a>(sums: impl Iterator<Item = Option<&'a Checksum>>) -> Option<Algorithm> {
    let mut algorithms = sums.map(|sum| sum.map(|sum| sum.algorithm));
    let first = algorithms.next()??;
    algorithms.all(|one| one == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_an_algorithm_in_common_or_none() {
        let sum = |algorithm| Checksum {
            algorithm,
            value: String::new(),
            of: ChecksumType::FullObject,
        };
        let (crc, sha) = (sum(Algorithm::Crc32), sum(Algorithm::Sha256));
        let cases = [
            (vec![Some(&crc), Some(&crc)], Some(Algorithm::Crc32)),
            (vec![Some(&crc), Some(&sha)], None),
            (vec![Some(&crc), None], None),
            (vec![], None),
        ];
        for (sums, want) in cases {
            assert_eq!(common(sums.into_iter()), want);
        }
    }
}
