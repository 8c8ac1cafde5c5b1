//! `UploadPart`, `UploadPartCopy`.

use async_trait::async_trait;
use tierra_core::operation::DataOperation;
use tierra_core::stream::{Body, Streamed, Whole};
use tierra_core::{Arn, AwsError, Call, Store, StreamOperation, Tx};
use tierra_dataplane::object::Objects;
use tierra_model::{Shape, Timestamp};

use super::HARMLESS;
use super::copy::{Source, SourceInput};
use super::head::shown_id;
use super::put::commit;
use super::security::AES256;
use super::upload::UploadInput;
use crate::Rooms;
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::checksum::{Algorithm, Sums};
use crate::s3::model::{Part, Upload, partition};
use crate::s3::range::{Range, Selected};
use crate::s3::reading::Reading;
use crate::s3::receive::{Received, Said, receive};

/// The S3 operation `UploadPart`.
pub struct UploadPart {
    store: Store,
    objects: Objects,
}

/// Input of [`UploadPart`].
#[derive(Default, Shape)]
pub struct PartInput {
    #[shape(flatten)]
    upload: UploadInput,
    part_number: i64,
    #[shape(flatten)]
    sums: Sums,
    #[shape("ContentMD5")]
    content_md5: Option<String>,
    checksum_algorithm: Option<Algorithm>,
}

/// Output of [`UploadPart`].
#[derive(Default, Shape)]
pub struct PartOutput {
    #[shape("ETag")]
    etag: String,
    #[shape(flatten)]
    checksum: Sums,
    server_side_encryption: String,
}

impl UploadPart {
    /// The operation over these rooms.
    pub fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            objects: rooms.objects.clone(),
        }
    }
}

#[async_trait]
impl StreamOperation for UploadPart {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "UploadPart";
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = PartInput;
    type Output = PartOutput;

    fn resources(&self, _: &Tx, input: &PartInput, _: &Call) -> Vec<Arn> {
        input.upload.at.arns()
    }

    async fn run(&self, call: &Call, input: PartInput, mut body: Body) -> Result<Streamed<PartOutput>, AwsError> {
        let number = limits::part_number(input.part_number)?;
        let upload = self.store.read(|tx| input.upload.find(tx).map_err(AwsError::from))?;
        let said = Said {
            md5: input.content_md5,
            sums: input.sums,
            algorithm: input.checksum_algorithm.or(upload.algorithm),
            in_file: true,
        };
        let received = receive(self.store.blocking(), &self.objects, &mut *body, &said).await?;
        let now = call.now;
        let id = call.ids.hex(32);
        let part = commit(&self.store, &self.objects, received, move |tx, received| {
            put(tx, &input.upload, number, now, &id, received)
        })
        .await?;
        Ok(Streamed::plain(PartOutput {
            etag: format!("\"{}\"", part.etag),
            checksum: Sums::of(part.checksum.as_ref()),
            server_side_encryption: AES256.to_owned(),
        }))
    }
}

/// Puts a part in the place of what had its number.
fn put(tx: &mut Tx, at: &UploadInput, number: u32, now: Timestamp, id: &str, received: &Received) -> Result<Part, AwsError> {
    let upload = at.find(tx)?;
    let part = Part {
        place: partition(),
        upload: upload.upload.clone(),
        number,
        modified: now,
        size: received.size,
        etag: received.etag.clone(),
        bytes: received.keep(tx, id),
        checksum: Some(received.checksum.clone()),
    };
    let old = tx.find::<Part>(&partition(), tierra_core::Resource::id(&part));
    if let Some(old) = old {
        old.bytes.discard(tx);
    }
    tx.save(part.clone());
    Ok(part)
}

/// The S3 operation `UploadPartCopy`.
pub struct UploadPartCopy {
    store: Store,
    objects: Objects,
}

/// Input of [`UploadPartCopy`].
#[derive(Default, Shape)]
pub struct PartCopyInput {
    #[shape(flatten)]
    upload: UploadInput,
    part_number: i64,
    #[shape(flatten)]
    source: SourceInput,
    copy_source_range: Option<String>,
}

/// Output of [`UploadPartCopy`].
#[derive(Default, Shape)]
pub struct PartCopyOutput {
    copy_part_result: PartCopyResult,
    copy_source_version_id: Option<String>,
    server_side_encryption: String,
}

/// The part.
#[derive(Default, Shape)]
pub struct PartCopyResult {
    #[shape("ETag")]
    etag: String,
    last_modified: Timestamp,
    #[shape(flatten)]
    checksum: Sums,
}

impl UploadPartCopy {
    /// The operation over these rooms.
    pub fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            objects: rooms.objects.clone(),
        }
    }

    fn look(&self, call: &Call, input: &PartCopyInput) -> Result<(Upload, Source, Selected), AwsError> {
        self.store.read(|tx| {
            let upload = input.upload.find(tx)?;
            let source = input.source.find(tx, call)?;
            let selected = match &input.copy_source_range {
                None => Selected::all(source.content.size),
                Some(text) => Range::parse(text)
                    .ok_or_else(|| S3Error::argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"))?
                    .select(source.content.size)?,
            };
            Ok((upload, source, selected))
        })
    }
}

#[async_trait]
impl DataOperation for UploadPartCopy {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "UploadPartCopy";
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = PartCopyInput;
    type Output = PartCopyOutput;

    fn resources(&self, _: &Tx, input: &PartCopyInput, _: &Call) -> Vec<Arn> {
        input.upload.at.arns()
    }

    async fn run(&self, call: &Call, input: PartCopyInput) -> Result<PartCopyOutput, AwsError> {
        let number = limits::part_number(input.part_number)?;
        let (upload, source, selected) = self.look(call, &input)?;
        // The part's own digests are needed, so that its bytes are read once.
        let mut body: Body = match &source.inline {
            Some(bytes) => Box::new(Whole::new(selected.of(bytes))),
            None => {
                let reading = Reading::open(self.store.blocking(), &self.objects, &selected.pieces(&source.content));
                Box::new(reading.map_err(|error| S3Error::disk(&error))?)
            }
        };
        let said = Said {
            algorithm: upload.algorithm,
            in_file: true,
            ..Said::default()
        };
        let received = receive(self.store.blocking(), &self.objects, &mut *body, &said).await?;
        let (now, id) = (call.now, call.ids.hex(32));
        let part = commit(&self.store, &self.objects, received, move |tx, received| {
            put(tx, &input.upload, number, now, &id, received)
        })
        .await?;
        Ok(PartCopyOutput {
            copy_part_result: PartCopyResult {
                etag: format!("\"{}\"", part.etag),
                last_modified: part.modified,
                checksum: Sums::of(part.checksum.as_ref()),
            },
            copy_source_version_id: shown_id(&source.bucket, &source.version),
            server_side_encryption: AES256.to_owned(),
        })
    }
}
