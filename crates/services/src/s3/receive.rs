//! A body on its way in: digested as it comes, small ones kept in memory, others written to a file that has no name until the whole of
//! it is there and is what its sender said.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_core::blocking::Panicked;
use tierra_core::stream::Source;
use tierra_core::{AwsError, Blocking, Tx};
use tierra_dataplane::object::{Draft, Objects};

use super::digest::Digests;
use super::errors::S3Error;
use super::limits::{INLINE_BYTES, UPLOAD_BYTES};
use super::model::checksum::{Algorithm, Checksum, Sums};
use super::model::content::Inline;
use super::model::{Bytes, partition};

/// What is digested and written at once.
const BATCH_BYTES: usize = 1 << 20;

/// What the sender says of a body.
#[derive(Debug, Default)]
pub struct Said {
    /// `Content-MD5`
    pub md5: Option<String>,
    /// The checksum in a header.
    pub sums: Sums,
    /// The checksum that comes in the trailer, or that is to be made.
    pub algorithm: Option<Algorithm>,
    /// Whether even a small body is to be a file: the part of an object is.
    pub in_file: bool,
}

/// A body that came whole.
pub struct Received {
    /// In bytes.
    pub size: u64,
    /// The MD5 in hexadecimal.
    pub etag: String,
    /// The checksum.
    pub checksum: Checksum,
    kept: Kept,
}

enum Kept {
    Memory(Vec<u8>),
    File(String),
}

impl Received {
    /// The bytes' place in the store; `id` names the row of a small body.
    pub fn keep(&self, tx: &mut Tx, id: &str) -> Bytes {
        match &self.kept {
            Kept::File(file) => Bytes::Files(vec![(file.clone(), self.size)]),
            Kept::Memory(bytes) => {
                tx.save(Inline {
                    place: partition(),
                    id: id.to_owned(),
                    bytes: bytes.clone(),
                });
                Bytes::Row(id.to_owned())
            }
        }
    }

    /// Removes the file of a body that found no place in the store.
    pub fn abandon(&self, objects: &Objects) {
        if let Kept::File(file) = &self.kept
            && let Err(error) = objects.remove(file)
        {
            tracing::warn!(%error, file, "an abandoned file stays until the next start");
        }
    }
}

/// A body that is being received.
struct Receiving {
    blocking: Blocking,
    objects: Objects,
    digests: Digests,
    draft: Option<Draft>,
    size: u64,
}

impl Receiving {
    /// Digests and writes a batch.
    fn take(&mut self, batch: &[u8]) -> std::io::Result<()> {
        self.digests.update(batch);
        self.size += batch.len() as u64;
        let draft = match &mut self.draft {
            Some(draft) => draft,
            none => none.insert(self.objects.draft()?),
        };
        draft.write(batch)
    }
}

/// Receives a body and checks it against what its sender says.
///
/// # Errors
/// Where it is cut, too large, or not what was said; where the disk is full. Nothing is left then.
pub async fn receive(blocking: Blocking, objects: &Objects, body: &mut dyn Source, said: &Said) -> Result<Received, AwsError> {
    let length = body.length().ok_or(S3Error::MissingContentLength)?;
    if length > UPLOAD_BYTES {
        return Err(S3Error::EntityTooLarge.into());
    }
    let algorithm = said
        .sums
        .one()
        .map(|(algorithm, _)| algorithm)
        .or(said.algorithm)
        .unwrap_or_default();
    let mut receiving = Receiving {
        blocking,
        objects: objects.clone(),
        digests: Digests::new(algorithm),
        draft: None,
        size: 0,
    };
    let mut batch = Vec::with_capacity(usize::try_from(length).unwrap_or(BATCH_BYTES).min(BATCH_BYTES));
    while let Some(bytes) = body.next().await? {
        batch.extend_from_slice(&bytes);
        if batch.len() >= BATCH_BYTES {
            let take = move || {
                receiving.take(&batch)?;
                batch.clear();
                Ok((receiving, batch))
            };
            let taken = blocking.run(take).await.map_err(AwsError::internal)?;
            (receiving, batch) = taken.map_err(|error| S3Error::disk(&error))?;
        }
    }
    let received = match receiving.draft {
        None if batch.len() <= INLINE_BYTES && !said.in_file => in_memory(receiving, batch, said, body),
        _ => in_file(receiving, batch, said, body).await,
    };
    Ok(received?)
}

fn in_memory(mut receiving: Receiving, batch: Vec<u8>, said: &Said, body: &dyn Source) -> Result<Received, S3Error> {
    receiving.digests.update(&batch);
    let (md5, checksum) = receiving.digests.finish();
    check(said, body, &md5, &checksum)?;
    Ok(Received {
        size: batch.len() as u64,
        etag: hex::encode(md5),
        checksum,
        kept: Kept::Memory(batch),
    })
}

async fn in_file(mut receiving: Receiving, batch: Vec<u8>, said: &Said, body: &mut dyn Source) -> Result<Received, S3Error> {
    let disk = |error: std::io::Error| S3Error::disk(&error);
    let lost = |panic: Panicked| S3Error::disk(&std::io::Error::other(panic));
    let blocking = receiving.blocking;
    let take = move || receiving.take(&batch).map(|()| receiving);
    let receiving = blocking.run(take).await.map_err(lost)?.map_err(disk)?;
    let Receiving { digests, draft, size, .. } = receiving;
    let (md5, checksum) = digests.finish();
    check(said, body, &md5, &checksum)?;
    let draft = draft.ok_or(S3Error::Unavailable)?;
    let file = blocking.run(move || draft.keep()).await.map_err(lost)?.map_err(disk)?;
    Ok(Received {
        size,
        etag: hex::encode(md5),
        checksum,
        kept: Kept::File(file),
    })
}

/// Whether the bytes are those that the sender meant.
fn check(said: &Said, body: &dyn Source, md5: &[u8; 16], checksum: &Checksum) -> Result<(), S3Error> {
    if let Some(said) = &said.md5 {
        let said = STANDARD
            .decode(said)
            .ok()
            .filter(|said| said.len() == md5.len())
            .ok_or(S3Error::InvalidDigest)?;
        if said != md5 {
            return Err(S3Error::BadDigest);
        }
    }
    let header = said.sums.one().map(|(_, value)| value);
    match header.or_else(|| body.trailer(&checksum.algorithm.header())) {
        Some(said) if said != checksum.value => Err(S3Error::BadChecksum {
            algorithm: checksum.algorithm.word().to_owned(),
        }),
        _ => Ok(()),
    }
}
