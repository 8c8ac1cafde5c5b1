//! An object's files as a body.

use async_trait::async_trait;
use bytes::Bytes;
use tierra_core::stream::Source;
use tierra_core::{AwsError, Blocking};
use tierra_dataplane::object::{Objects, Piece, Reader};

use super::errors::S3Error;

/// Files on their way out, read as they are asked for. What the machine has in memory is taken without a thread's help.
pub struct Reading {
    blocking: Blocking,
    length: u64,
    /// Nothing once it failed.
    reader: Option<Reader>,
}

impl Reading {
    /// The bytes of these pieces.
    ///
    /// # Errors
    /// Where a piece is not there.
    pub fn open(blocking: Blocking, objects: &Objects, pieces: &[Piece]) -> std::io::Result<Self> {
        let reader = objects.open(pieces)?;
        Ok(Self {
            blocking,
            length: reader.length(),
            reader: Some(reader),
        })
    }
}

#[async_trait]
impl Source for Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, AwsError> {
        let Some(mut reader) = self.reader.take() else { return Ok(None) };
        let (reader, chunk) = match reader.chunk_in_memory() {
            Some(chunk) => (reader, chunk),
            None => {
                let read = move || reader.chunk().map(|chunk| (reader, chunk));
                let read = self.blocking.run(read).await.map_err(AwsError::internal)?;
                read.map_err(|error| S3Error::disk(&error))?
            }
        };
        self.reader = Some(reader);
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }

    fn length(&self) -> Option<u64> {
        Some(self.length)
    }
}
