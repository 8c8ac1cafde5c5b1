//! Bytes on their way out: the pieces of an object, read one after the other.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::{FileId, Objects};

/// The most that is read at once. Small enough that a buffer stays in the processor's cache on its way to the socket.
pub const CHUNK_BYTES: usize = 256 << 10;

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The file.
    pub file: FileId,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How long it is, in bytes.
    pub length: u64,
}

impl Piece {
    /// A file as a whole.
    pub fn whole(file: &str, length: u64) -> Self {
        Self {
            file: file.to_owned(),
            offset: 0,
            length,
        }
    }

    /// The pieces' bytes from `offset` on, `length` of them.
    pub fn range(pieces: impl IntoIterator<Item = Self>, offset: u64, length: u64) -> Vec<Self> {
        let (mut skip, mut left) = (offset, length);
        let mut found = Vec::new();
        for piece in pieces {
            let skipped = skip.min(piece.length);
            skip -= skipped;
            let taken = left.min(piece.length - skipped);
            left -= taken;
            if taken > 0 {
                found.push(Self {
                    offset: piece.offset + skipped,
                    length: taken,
                    file: piece.file,
                });
            }
        }
        found
    }
}

/// Reads pieces one after the other.
#[derive(Debug)]
pub struct Reader(VecDeque<Open>);

#[derive(Debug)]
struct Open {
    file: File,
    offset: u64,
    length: u64,
}

impl Reader {
    pub(super) fn open(objects: &Objects, pieces: &[Piece]) -> io::Result<Self> {
        let open = |piece: &Piece| {
            Ok(Open {
                file: File::open(objects.path(&piece.file))?,
                offset: piece.offset,
                length: piece.length,
            })
        };
        pieces.iter().map(open).collect::<io::Result<_>>().map(Self)
    }

    /// How many bytes are left.
    pub fn length(&self) -> u64 {
        self.0.iter().map(|open| open.length).sum()
    }

    /// The next bytes, at most [`CHUNK_BYTES`]; empty at the end.
    ///
    /// # Errors
    /// Where the disk fails, or a file is shorter than it was.
    pub fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let Some(open) = self.0.front_mut() else { return Ok(Vec::new()) };
        let length = usize::try_from(open.length).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let mut bytes = vec![0; length];
        open.file.read_exact_at(&mut bytes, open.offset)?;
        open.offset += length as u64;
        open.length -= length as u64;
        if open.length == 0 {
            self.0.pop_front();
        }
        Ok(bytes)
    }
}
