//! `PutObject`: the bytes first, durably; then the row that names them, in one commit.

use async_trait::async_trait;
use tierra_core::stream::{Body, Streamed};
use tierra_core::{Arn, AwsError, Call, Store, StreamOperation, Tags, Tx};
use tierra_dataplane::object::Objects;
use tierra_model::Shape;

use super::HARMLESS;
use super::acl::refuse_grants;
use super::condition::IfWrite;
use super::head::shown_id;
use super::security::{AES256, refuse_keys};
use super::tagging::object_tags;
use crate::Rooms;
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::bucket::At;
use crate::s3::model::checksum::{Algorithm, Sums, TypedSums};
use crate::s3::model::content::Content;
use crate::s3::model::description::Description;
use crate::s3::model::{Bucket, Version, object};
use crate::s3::receive::{Received, Said, receive};

/// The S3 operation `PutObject`.
pub struct PutObject {
    store: Store,
    objects: Objects,
}

/// Input of [`PutObject`].
#[derive(Clone, Default, Shape)]
pub struct PutInput {
    #[shape(flatten)]
    at: At,
    #[shape(flatten)]
    about: About,
    #[shape(flatten)]
    condition: IfWrite,
    #[shape(flatten)]
    sums: Sums,
    #[shape("ContentMD5")]
    content_md5: Option<String>,
    checksum_algorithm: Option<Algorithm>,
}

/// What a caller says of an object that is to be, however it comes to be.
#[derive(Clone, Default, Shape)]
pub struct About {
    #[shape(flatten)]
    pub(super) description: Description,
    #[shape("ACL")]
    acl: Option<String>,
    tagging: Option<String>,
    pub(super) storage_class: Option<String>,
    server_side_encryption: Option<String>,
}

/// Output of [`PutObject`].
#[derive(Default, Shape)]
pub struct PutOutput {
    #[shape("ETag")]
    etag: String,
    #[shape(flatten)]
    checksum: TypedSums,
    version_id: Option<String>,
    server_side_encryption: String,
    size: Option<i64>,
}

/// What is kept of [`About`].
pub(super) struct Kept {
    pub description: Description,
    pub tags: Tags,
    pub storage_class: String,
}

/// The classes of storage that objects can be read from at once.
const CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
];

impl About {
    /// Checks it.
    ///
    /// # Errors
    /// As AWS documents PutObject.
    pub(super) fn check(&self) -> Result<Kept, S3Error> {
        refuse_grants(self.acl.as_deref())?;
        refuse_keys(self.server_side_encryption.as_deref())?;
        limits::metadata(&self.description)?;
        let storage_class = self.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned());
        if !CLASSES.contains(&storage_class.as_str()) {
            return Err(match storage_class.as_str() {
                "GLACIER" | "DEEP_ARCHIVE" => S3Error::NotImplemented {
                    what: format!("Tierra has not built the storage class {storage_class}."),
                },
                _ => S3Error::StorageClass,
            });
        }
        Ok(Kept {
            description: self.description.clone().kept(),
            tags: tags(self.tagging.as_deref().unwrap_or_default())?,
            storage_class,
        })
    }
}

/// Tags as a header carries them: the query of an address.
fn tags(text: &str) -> Result<Tags, S3Error> {
    let pairs = form_urlencoded::parse(text.as_bytes());
    let tags: Vec<_> = pairs
        .map(|(key, value)| tierra_core::Tag {
            key: key.into_owned(),
            value: Some(value.into_owned()),
        })
        .collect();
    object_tags(&tags)
}

impl PutObject {
    /// The operation over these rooms.
    pub fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            objects: rooms.objects.clone(),
        }
    }
}

#[async_trait]
impl StreamOperation for PutObject {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "PutObject";
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = PutInput;
    type Output = PutOutput;

    fn resources(&self, _: &Tx, input: &PutInput, _: &Call) -> Vec<Arn> {
        input.at.arns()
    }

    async fn run(&self, call: &Call, input: PutInput, mut body: Body) -> Result<Streamed<PutOutput>, AwsError> {
        limits::key(&input.at.key)?;
        let kept = input.about.check()?;
        // What is refused anyhow is refused before its bytes are taken.
        self.store.read(|tx| {
            input.at.find(tx)?;
            input.condition.check(tx, &input.at.bucket, &input.at.key).map_err(AwsError::from)
        })?;
        let said = Said {
            md5: input.content_md5,
            sums: input.sums,
            algorithm: input.checksum_algorithm,
            in_file: false,
        };
        let received = receive(self.store.blocking(), &self.objects, &mut *body, &said).await?;
        let (call, at, condition) = (call.clone(), input.at, input.condition);
        let output = commit(&self.store, &self.objects, received, move |tx, received| {
            put(tx, &call, &at, &condition, &kept, received)
        })
        .await?;
        Ok(Streamed::plain(output))
    }
}

/// Gives received bytes their place in the store, or takes them away again.
///
/// # Errors
/// What `body` answers.
pub(in crate::s3) async fn commit<T: Send + 'static>(
    store: &Store,
    objects: &Objects,
    received: Received,
    body: impl FnOnce(&mut Tx, &Received) -> Result<T, AwsError> + Send + 'static,
) -> Result<T, AwsError> {
    let objects = objects.clone();
    // Where the store fails, the row that names a file may be on the disk all the same: the next start looks.
    let place = move |tx: &mut Tx| body(tx, &received).inspect_err(|_| received.abandon(&objects));
    store.commit(place).await
}

fn put(tx: &mut Tx, call: &Call, at: &At, condition: &IfWrite, kept: &Kept, received: &Received) -> Result<PutOutput, AwsError> {
    let bucket = at.find(tx)?;
    condition.check(tx, &bucket.name, &at.key)?;
    let bytes = received.keep(tx, &call.ids.hex(32));
    let content = Content {
        size: received.size,
        etag: received.etag.clone(),
        bytes,
        checksum: Some(received.checksum.clone()),
        description: kept.description.clone(),
        tags: kept.tags.clone(),
        storage_class: kept.storage_class.clone(),
        parts: Vec::new(),
    };
    let version = object::put(tx, call, &bucket, &at.key, Some(content.clone()));
    Ok(answer(&bucket, &version, &content))
}

fn answer(bucket: &Bucket, version: &Version, content: &Content) -> PutOutput {
    PutOutput {
        etag: content.quoted(),
        checksum: TypedSums::of(content.checksum.as_ref()),
        version_id: shown_id(bucket, version).filter(|_| version.id.is_some()),
        server_side_encryption: AES256.to_owned(),
        size: None,
    }
}
