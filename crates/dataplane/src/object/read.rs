//! Bytes on their way out: the pieces of an object, read one after the other.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::mem;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use rustix::fs::Advice;
use rustix::io::ReadWriteFlags;

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
pub struct Reader {
    open: VecDeque<Open>,
    /// The last chunk, whose memory serves the next where nobody holds it any more.
    last: Bytes,
}

#[derive(Debug)]
struct Open {
    file: File,
    offset: u64,
    length: u64,
}

impl Reader {
    pub(super) fn open(objects: &Objects, pieces: &[Piece]) -> io::Result<Self> {
        let open = |piece: &Piece| {
            let file = File::open(objects.path(&piece.file))?;
            // Only a hint: where it is not taken, reading ahead is slower.
            let _ = rustix::fs::fadvise(&file, 0, None, Advice::Sequential);
            Ok(Open {
                file,
                offset: piece.offset,
                length: piece.length,
            })
        };
        Ok(Self {
            open: pieces.iter().map(open).collect::<io::Result<_>>()?,
            last: Bytes::new(),
        })
    }

    /// How many bytes are left.
    pub fn length(&self) -> u64 {
        self.open.iter().map(|open| open.length).sum()
    }

    /// The next bytes, at most [`CHUNK_BYTES`]; empty at the end.
    ///
    /// # Errors
    /// Where the disk fails, or a file is shorter than it was.
    pub fn chunk(&mut self) -> io::Result<Bytes> {
        self.next(|file, buffer, offset| file.read_exact_at(buffer, offset).map(|()| buffer.len()))
    }

    /// As [`Reader::chunk`], but does not block: `None` where the next bytes are not in the machine's memory, or cannot be had.
    pub fn chunk_in_memory(&mut self) -> Option<Bytes> {
        let read = |file: &File, buffer: &mut [u8], offset| {
            let read = rustix::io::preadv2(file, &mut [IoSliceMut::new(buffer)], offset, ReadWriteFlags::NOWAIT)?;
            if read == 0 {
                Err(io::ErrorKind::UnexpectedEof.into())
            } else {
                Ok(read)
            }
        };
        self.next(read).ok()
    }

    /// The next bytes, of which `read` says how many it read into the buffer.
    fn next(&mut self, read: impl FnOnce(&File, &mut [u8], u64) -> io::Result<usize>) -> io::Result<Bytes> {
        let Some(open) = self.open.front_mut() else {
            return Ok(Bytes::new());
        };
        let length = usize::try_from(open.length).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let mut buffer = mem::take(&mut self.last).try_into_mut().unwrap_or_default();
        buffer.resize(length, 0);
        let read = read(&open.file, &mut buffer, open.offset);
        buffer.truncate(*read.as_ref().unwrap_or(&length));
        self.last = buffer.freeze();
        let read = read? as u64;
        open.offset += read;
        open.length -= read;
        if open.length == 0 {
            self.open.pop_front();
        }
        Ok(self.last.clone())
    }
}
