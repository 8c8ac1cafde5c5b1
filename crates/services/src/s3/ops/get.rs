//! `GetObject`: the bytes, or a range of them, read as they are sent.

use std::io;

use async_trait::async_trait;
use tierra_core::stream::{Body, Streamed, Whole};
use tierra_core::{Arn, AwsError, Call, Key, Store, StreamOperation, Tx};
use tierra_dataplane::object::Objects;

use super::HARMLESS;
use super::head::{Found, ReadInput, ReadOutput, read};
use crate::Rooms;
use crate::s3::errors::S3Error;
use crate::s3::model::{Bytes, Inline, partition};
use crate::s3::reading::Reading;

/// How often an object is looked up anew whose files were removed between the look and the opening.
const TRIES: u32 = 8;
/// The status of a part.
const PARTIAL_CONTENT: u16 = 206;

/// The S3 operation `GetObject`.
pub struct GetObject {
    store: Store,
    objects: Objects,
}

impl GetObject {
    /// The operation over these rooms.
    pub fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            objects: rooms.objects.clone(),
        }
    }
}

#[async_trait]
impl StreamOperation for GetObject {
    const SERVICE: &'static str = "s3";
    const NAME: &'static str = "GetObject";
    const HARMLESS: &'static [&'static str] = HARMLESS;
    type Input = ReadInput;
    type Output = ReadOutput;

    fn resources(&self, _: &Tx, input: &ReadInput, _: &Call) -> Vec<Arn> {
        input.at.arns()
    }

    async fn run(&self, call: &Call, input: ReadInput, _: Body) -> Result<Streamed<ReadOutput>, AwsError> {
        let (found, body) = open(&self.store, &self.objects, |tx| read(tx, call, &input)).await?;
        Ok(Streamed {
            status: found.selected.partial.then_some(PARTIAL_CONTENT),
            output: found.output,
            body: Some(body),
        })
    }
}

/// What a look finds, and its bytes.
async fn open(store: &Store, objects: &Objects, look: impl Fn(&Tx) -> Result<Found, AwsError>) -> Result<(Found, Body), AwsError> {
    for _ in 0..TRIES {
        let (found, inline) = store.read(|tx| {
            let found = look(tx)?;
            let inline = match &found.content.bytes {
                Bytes::Row(id) => tx
                    .get(&Key::<Inline>::new(&partition(), id))
                    .map(|row| found.selected.of(&row.value.bytes)),
                Bytes::Files(_) => None,
            };
            Ok::<_, AwsError>((found, inline))
        })?;
        if let Some(bytes) = inline {
            return Ok((found, Box::new(Whole::new(bytes))));
        }
        match Reading::open(store.blocking(), objects, &found.selected.pieces(&found.content)) {
            Ok(reading) => return Ok((found, Box::new(reading))),
            // It was replaced in this very moment: what is there now is looked for.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(S3Error::disk(&error).into()),
        }
    }
    Err(AwsError::internal("an object's files are not there"))
}

/// The whole of an object's text, for services that read one as its caller: a template, a function's code.
///
/// # Errors
/// Where it is not there, may not be read, is longer than `limit` bytes, or is no text.
pub(crate) async fn text(
    store: &Store,
    objects: &Objects,
    call: &Call,
    (bucket, key): (&str, &str),
    limit: u64,
) -> Result<String, AwsError> {
    let input = ReadInput::of(bucket, key);
    let (found, mut body) = open(store, objects, |tx| {
        input.at.may(tx, call, "s3:GetObject")?;
        read(tx, call, &input)
    })
    .await?;
    if found.content.size > limit {
        return Err(S3Error::EntityTooLarge.into());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await? {
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| S3Error::argument("The object is not UTF-8 text.").into())
}
