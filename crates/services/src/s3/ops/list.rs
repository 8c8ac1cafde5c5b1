//! `ListObjects`, `ListObjectsV2`. Follows the S3 pages "Organizing objects using prefixes" and "Listing object keys programmatically".
//!
//! **Invariant**: a page reads about as many rows as it tells, however many keys lie below a common prefix.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tierra_core::iam::Context;
use tierra_core::{Arn, AwsError, Call, Operation, Registry, Tx};
use tierra_model::{Shape, Timestamp};

use super::HARMLESS;
use super::bucket::OwnerShape;
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::bucket::In;
use crate::s3::model::{Bucket, Object, object, partition};

/// Sorts after every character, so that a walk that goes on behind it leaves a prefix's keys out.
const LAST: char = char::MAX;
/// Rows that are read at once.
const BATCH: usize = 256;

/// The S3 operation `ListObjects`.
pub struct ListObjects;
/// The S3 operation `ListObjectsV2`.
pub struct ListObjectsV2;

/// Declares both.
pub(super) fn register(registry: &mut Registry) {
    registry.operation::<ListObjects>().operation::<ListObjectsV2>();
}

/// What both are asked.
#[derive(Default, Shape)]
pub struct Asked {
    #[shape(flatten)]
    pub(super) at: In,
    pub(super) delimiter: Option<String>,
    pub(super) encoding_type: Option<String>,
    pub(super) max_keys: Option<i64>,
    pub(super) prefix: Option<String>,
}

/// What both tell.
#[derive(Default, Shape)]
pub struct Told {
    is_truncated: bool,
    contents: Vec<ObjectShape>,
    name: String,
    prefix: String,
    delimiter: Option<String>,
    max_keys: i64,
    common_prefixes: Vec<Prefix>,
    encoding_type: Option<String>,
}

/// Input of [`ListObjects`].
#[derive(Default, Shape)]
pub struct ListInput {
    #[shape(flatten)]
    asked: Asked,
    marker: Option<String>,
}

/// Output of [`ListObjects`].
#[derive(Default, Shape)]
pub struct ListOutput {
    #[shape(flatten)]
    told: Told,
    marker: String,
    next_marker: Option<String>,
}

/// Input of [`ListObjectsV2`].
#[derive(Default, Shape)]
pub struct ListV2Input {
    #[shape(flatten)]
    asked: Asked,
    continuation_token: Option<String>,
    start_after: Option<String>,
    fetch_owner: Option<bool>,
}

/// Output of [`ListObjectsV2`].
#[derive(Default, Shape)]
pub struct ListV2Output {
    #[shape(flatten)]
    told: Told,
    key_count: i64,
    continuation_token: Option<String>,
    next_continuation_token: Option<String>,
    start_after: Option<String>,
}

/// An object of a listing.
#[derive(Default, Shape)]
pub struct ObjectShape {
    key: String,
    last_modified: Timestamp,
    #[shape("ETag")]
    etag: String,
    checksum_algorithm: Vec<String>,
    checksum_type: Option<String>,
    size: i64,
    storage_class: String,
    owner: Option<OwnerShape>,
}

/// What several keys begin with.
#[derive(Default, Shape)]
pub struct Prefix {
    prefix: String,
}

/// What conditions may ask of a listing. Follows "Actions, resources, and condition keys for Amazon S3".
pub(super) fn context(asked: &Asked) -> Context {
    let mut context = Context::default();
    let given = [("s3:prefix", &asked.prefix), ("s3:delimiter", &asked.delimiter)];
    for (key, value) in given {
        if let Some(value) = value {
            context.set(key, value);
        }
    }
    if let Some(max) = asked.max_keys {
        context.set("s3:max-keys", max.to_string());
    }
    context
}

/// What the ids of a bucket's rows with this prefix begin with.
pub(super) fn within(bucket: &str, prefix: &str) -> String {
    object::row_id(bucket, prefix)
}

/// A text as the caller wants it: percent-encoded where it asked for that, since XML cannot carry every key.
pub(super) fn encoded(text: String, encoding: Option<&str>) -> String {
    match encoding {
        Some("url") => {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            encoded.replace("%2F", "/")
        }
        _ => text,
    }
}

/// One page's walk over keys in their order: which are told, and which are gathered under a common prefix.
pub(super) struct Walk<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    limit: usize,
    told: usize,
    common: Vec<String>,
    /// The last key or common prefix that was told.
    pub(super) last: String,
    /// Whether there is more.
    pub(super) truncated: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(prefix: &'a str, delimiter: Option<&'a str>, limit: usize) -> Self {
        Self {
            prefix,
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()),
            limit,
            told: 0,
            common: Vec::new(),
            last: String::new(),
            truncated: false,
        }
    }

    /// The common prefix that a key belongs to.
    fn common(&self, key: &str) -> Option<String> {
        let delimiter = self.delimiter?;
        let rest = key.strip_prefix(self.prefix)?;
        let at = rest.find(delimiter)?;
        Some(key[..self.prefix.len() + at + delimiter.len()].to_owned())
    }

    /// Whether this key, which comes next, no longer fits. A page of nothing is full, and has no more.
    pub(super) fn is_full(&mut self, key: &str) -> bool {
        let gathered = self.common(key).is_some_and(|common| self.common.last() == Some(&common));
        let full = self.told >= self.limit && !gathered;
        self.truncated |= full && self.limit > 0;
        full
    }

    /// Whether this key is told by itself; else it was gathered.
    pub(super) fn takes(&mut self, key: &str) -> bool {
        match self.common(key) {
            Some(common) => {
                if self.common.last() != Some(&common) {
                    self.told += 1;
                    self.last.clone_from(&common);
                    self.common.push(common);
                }
                false
            }
            None => {
                self.told += 1;
                key.clone_into(&mut self.last);
                true
            }
        }
    }

    /// The common prefixes, as an answer carries them.
    pub(super) fn prefixes(&self, encoding: Option<&str>) -> Vec<Prefix> {
        let shape = |prefix: &String| Prefix {
            prefix: encoded(prefix.clone(), encoding),
        };
        self.common.iter().map(shape).collect()
    }

    /// Where the walk goes on after a key: behind all that its common prefix gathers.
    fn after(&self, key: &str) -> String {
        self.common(key).map_or_else(|| key.to_owned(), |common| format!("{common}{LAST}"))
    }
}

/// The keys of one page.
pub(super) fn page<'a>(tx: &Tx, bucket: &Bucket, walk: &mut Walk<'a>, after: &str, shown: impl Fn(&Object) -> bool) -> Vec<Object> {
    let within = within(&bucket.name, walk.prefix);
    // A page that ended with a common prefix goes on behind it.
    let mut after = walk
        .common(after)
        .filter(|common| common == after)
        .map_or_else(|| after.to_owned(), |common| format!("{common}{LAST}"));
    let mut found = Vec::new();
    loop {
        let from = (!after.is_empty()).then(|| object::row_id(&bucket.name, &after));
        let batch: Vec<Object> = tx.range(&partition(), &within, from.as_deref(), BATCH);
        let ended = batch.len() < BATCH;
        let mut jumped = false;
        for object in batch {
            if !shown(&object) {
                after.clone_from(&object.key);
                continue;
            }
            if walk.is_full(&object.key) {
                return found;
            }
            after = walk.after(&object.key);
            if walk.takes(&object.key) {
                found.push(object);
            } else {
                // The rest of the batch may lie under the same prefix: go on behind it.
                jumped = true;
                break;
            }
        }
        if ended && !jumped {
            return found;
        }
    }
}

fn list(tx: &Tx, asked: &Asked, after: &str, owner: bool) -> Result<(Told, String), S3Error> {
    let bucket = asked.at.find(tx)?;
    if asked.encoding_type.as_deref().is_some_and(|encoding| encoding != "url") {
        return Err(S3Error::argument("Invalid Encoding Method specified in Request"));
    }
    let limit = limits::page(asked.max_keys)?;
    let prefix = asked.prefix.clone().unwrap_or_default();
    let encoding = asked.encoding_type.as_deref();
    let mut walk = Walk::new(&prefix, asked.delimiter.as_deref(), limit);
    let found = page(tx, &bucket, &mut walk, after, |object| object.version.content.is_some());
    let owner = owner.then(|| OwnerShape {
        id: bucket.canonical_owner(),
    });
    let told = Told {
        is_truncated: walk.truncated,
        contents: found
            .into_iter()
            .filter_map(|object| shape(object, encoding, owner.clone()))
            .collect(),
        name: bucket.name,
        prefix: encoded(prefix.clone(), encoding),
        delimiter: asked.delimiter.clone().map(|delimiter| encoded(delimiter, encoding)),
        max_keys: i64::try_from(limit).unwrap_or_default(),
        common_prefixes: walk.prefixes(encoding),
        encoding_type: asked.encoding_type.clone(),
    };
    Ok((told, walk.last))
}

fn shape(object: Object, encoding: Option<&str>, owner: Option<OwnerShape>) -> Option<ObjectShape> {
    let content = object.version.content?;
    Some(ObjectShape {
        key: encoded(object.key, encoding),
        last_modified: object.version.modified,
        etag: content.quoted(),
        checksum_algorithm: content.checksum.iter().map(|sum| sum.algorithm.word().to_owned()).collect(),
        checksum_type: content.checksum.as_ref().map(|sum| sum.of.word().to_owned()),
        size: i64::try_from(content.size).unwrap_or(i64::MAX),
        storage_class: content.storage_class,
        owner,
    })
}

impl Operation for ListObjects {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "ListObjects";
    const WRITES: bool = false;
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = ListInput;
    type Output = ListOutput;
    type Error = AwsError;

    fn resources(_: &Tx, input: &ListInput, _: &Call) -> Vec<Arn> {
        input.asked.at.arns()
    }

    fn context(input: &ListInput) -> Context {
        context(&input.asked)
    }

    fn run(tx: &mut Tx, _: &Call, input: ListInput) -> Result<ListOutput, AwsError> {
        let marker = input.marker.unwrap_or_default();
        let (told, last) = list(tx, &input.asked, &marker, true)?;
        // Without a delimiter the last key says it.
        let next = told.is_truncated && told.delimiter.is_some();
        let encoding = input.asked.encoding_type.as_deref();
        Ok(ListOutput {
            next_marker: next.then(|| encoded(last, encoding)),
            marker: encoded(marker, encoding),
            told,
        })
    }
}

impl Operation for ListObjectsV2 {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "ListObjectsV2";
    const WRITES: bool = false;
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = ListV2Input;
    type Output = ListV2Output;
    type Error = AwsError;

    fn resources(_: &Tx, input: &ListV2Input, _: &Call) -> Vec<Arn> {
        input.asked.at.arns()
    }

    fn context(input: &ListV2Input) -> Context {
        context(&input.asked)
    }

    fn run(tx: &mut Tx, _: &Call, input: ListV2Input) -> Result<ListV2Output, AwsError> {
        let from = input.continuation_token.as_deref().map(decode_token).transpose()?;
        let after = from.or_else(|| input.start_after.clone()).unwrap_or_default();
        let (told, last) = list(tx, &input.asked, &after, input.fetch_owner == Some(true))?;
        let encoding = input.asked.encoding_type.as_deref();
        Ok(ListV2Output {
            key_count: i64::try_from(told.contents.len() + told.common_prefixes.len()).unwrap_or_default(),
            next_continuation_token: told.is_truncated.then(|| URL_SAFE_NO_PAD.encode(&last)),
            continuation_token: input.continuation_token,
            start_after: input.start_after.map(|text| encoded(text, encoding)),
            told,
        })
    }
}

fn decode_token(token: &str) -> Result<String, S3Error> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| S3Error::argument("The continuation token provided is incorrect"))
}
