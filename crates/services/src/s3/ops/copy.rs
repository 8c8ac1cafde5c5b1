//! `CopyObject`: the copy's bytes are one more name for the source's files, which never change.

use async_trait::async_trait;
use tierra_core::operation::DataOperation;
use tierra_core::{Arn, AwsError, Call, Key, Store, Tx};
use tierra_dataplane::object::Objects;
use tierra_model::{Shape, Timestamp, text_enum};

use super::HARMLESS;
use super::condition::{IfSource, IfWrite};
use super::head::{shown_id, version};
use super::put::{About, Kept};
use super::security::AES256;
use crate::Rooms;
use crate::s3::address::percent_decoded;
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::bucket::At;
use crate::s3::model::checksum::TypedSums;
use crate::s3::model::{Bucket, Bytes, Content, Inline, Version, object, partition};

text_enum! {
    /// Whether the copy has the source's own, or what the caller says.
    pub enum Directive { Copy = "COPY", Replace = "REPLACE" }
}

/// The S3 operation `CopyObject`.
pub struct CopyObject {
    store: Store,
    objects: Objects,
}

/// Input of [`CopyObject`].
#[derive(Clone, Default, Shape)]
pub struct CopyInput {
    #[shape(flatten)]
    at: At,
    #[shape(flatten)]
    about: About,
    #[shape(flatten)]
    condition: IfWrite,
    #[shape(flatten)]
    source: SourceInput,
    metadata_directive: Option<Directive>,
    tagging_directive: Option<Directive>,
}

/// Where a copy comes from.
#[derive(Clone, Default, Shape)]
pub struct SourceInput {
    copy_source: String,
    #[shape(flatten)]
    condition: IfSource,
    expected_source_bucket_owner: Option<String>,
}

/// Output of [`CopyObject`].
#[derive(Default, Shape)]
pub struct CopyOutput {
    copy_object_result: CopyResult,
    copy_source_version_id: Option<String>,
    version_id: Option<String>,
    server_side_encryption: String,
}

/// The copy.
#[derive(Default, Shape)]
pub struct CopyResult {
    #[shape("ETag")]
    etag: String,
    last_modified: Timestamp,
    #[shape(flatten)]
    checksum: TypedSums,
}

/// A source that may be copied.
pub(super) struct Source {
    pub at: At,
    pub bucket: Bucket,
    pub version: Version,
    pub content: Content,
    /// The bytes of a small object.
    pub inline: Option<Vec<u8>>,
}

impl SourceInput {
    /// Reads `bucket/key?versionId=…`, with or without a slash in front, percent-encoded.
    fn parse(&self) -> Result<(At, Option<String>), S3Error> {
        let invalid = || S3Error::argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        let (path, id) = match self.copy_source.rsplit_once("?versionId=") {
            Some((path, id)) => (path, Some(id.to_owned())),
            None => (self.copy_source.as_str(), None),
        };
        let path = percent_decoded(path);
        let (bucket, key) = path.trim_start_matches('/').split_once('/').ok_or_else(invalid)?;
        if bucket.is_empty() || key.is_empty() {
            return Err(invalid());
        }
        let at = At {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            expected_bucket_owner: self.expected_source_bucket_owner.clone(),
        };
        Ok((at, id))
    }

    /// The source, where the caller may read it and its conditions hold.
    ///
    /// # Errors
    /// As reading it.
    pub(super) fn find(&self, tx: &Tx, call: &Call) -> Result<Source, AwsError> {
        let (at, id) = self.parse()?;
        at.may(tx, call, "s3:GetObject")?;
        let (bucket, version, content) = version(tx, call, &at, id.as_deref())?;
        self.condition.check(&version, &content)?;
        let inline = match &content.bytes {
            Bytes::Row(row) => tx.get(&Key::<Inline>::new(&partition(), row)).map(|row| row.value.bytes),
            Bytes::Files(_) => None,
        };
        Ok(Source {
            at,
            bucket,
            version,
            content,
            inline,
        })
    }
}

impl CopyObject {
    /// The operation over these rooms.
    pub fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            objects: rooms.objects.clone(),
        }
    }
}

#[async_trait]
impl DataOperation for CopyObject {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "CopyObject";
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = CopyInput;
    type Output = CopyOutput;

    fn resources(&self, _: &Tx, input: &CopyInput, _: &Call) -> Vec<Arn> {
        input.at.arns()
    }

    async fn run(&self, call: &Call, input: CopyInput) -> Result<CopyOutput, AwsError> {
        limits::key(&input.at.key)?;
        let kept = input.about.check()?;
        let (store, objects, call) = (self.store.clone(), self.objects.clone(), call.clone());
        self.store
            .blocking()
            .run(move || copy(&store, &objects, &call, &input, kept))
            .await
            .map_err(AwsError::internal)?
    }
}

fn copy(store: &Store, objects: &Objects, call: &Call, input: &CopyInput, kept: Kept) -> Result<CopyOutput, AwsError> {
    let source = store.read(|tx| {
        input.at.find(tx)?;
        input.source.find(tx, call)
    })?;
    changes_something(input, &source)?;
    let copied = match &source.content.bytes {
        Bytes::Row(_) => None,
        Bytes::Files(_) => Some(files(objects, &source.content).map_err(|error| S3Error::disk(&error))?),
    };
    let content = described(&source, input, kept, copied.clone());
    let forget = |_: &AwsError| {
        if let Some(Bytes::Files(files)) = &copied {
            for (file, _) in files {
                // What cannot be removed now is swept at the next start.
                let _ = objects.remove(file);
            }
        }
    };
    // Where the store fails, the row that names the files may be on the disk all the same.
    store.write(|tx| put(tx, call, input, &source, content).inspect_err(forget))
}

fn files(objects: &Objects, content: &Content) -> std::io::Result<Bytes> {
    let pieces = content.pieces();
    if let [piece] = pieces.as_slice() {
        return Ok(Bytes::Files(vec![(objects.copy(&piece.file)?, piece.length)]));
    }
    Ok(Bytes::Files(vec![(objects.copy_bytes(&pieces)?, content.size)]))
}

/// An object is copied to itself only to change what is said of it.
fn changes_something(input: &CopyInput, source: &Source) -> Result<(), S3Error> {
    let same = (&source.at.bucket, &source.at.key) == (&input.at.bucket, &input.at.key);
    let changes = input.metadata_directive == Some(Directive::Replace)
        || input.about.storage_class.is_some()
        || source.version.id.is_some()
        || source.bucket.versioning.is_some();
    if !same || changes {
        return Ok(());
    }
    Err(S3Error::Request {
        reason: "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.".to_owned(),
    })
}

fn described(source: &Source, input: &CopyInput, kept: Kept, bytes: Option<Bytes>) -> Content {
    let own = source.content.clone();
    let replace = |directive: Option<Directive>| directive == Some(Directive::Replace);
    Content {
        bytes: bytes.unwrap_or(own.bytes),
        description: if replace(input.metadata_directive) {
            kept.description
        } else {
            own.description
        },
        tags: if replace(input.tagging_directive) { kept.tags } else { own.tags },
        storage_class: kept.storage_class,
        // The copy is one object, whatever its source was made of; its entity tag stays, as with AWS's managed copies of small parts.
        parts: Vec::new(),
        ..own
    }
}

fn put(tx: &mut Tx, call: &Call, input: &CopyInput, source: &Source, mut content: Content) -> Result<CopyOutput, AwsError> {
    let bucket = input.at.find(tx)?;
    input.condition.check(tx, &bucket.name, &input.at.key)?;
    if let Some(bytes) = &source.inline {
        let id = call.ids.hex(32);
        tx.save(Inline {
            place: partition(),
            id: id.clone(),
            bytes: bytes.clone(),
        });
        content.bytes = Bytes::Row(id);
    }
    let version = object::put(tx, call, &bucket, &input.at.key, Some(content.clone()));
    Ok(CopyOutput {
        copy_object_result: CopyResult {
            etag: content.quoted(),
            last_modified: version.modified,
            checksum: TypedSums::of(content.checksum.as_ref()),
        },
        copy_source_version_id: shown_id(&source.bucket, &source.version),
        version_id: version.id,
        server_side_encryption: AES256.to_owned(),
    })
}
