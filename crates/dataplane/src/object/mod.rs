//! Object bytes: files that are written once, named when they are whole, and never changed after.
//!
//! Map: `draft` a file on its way · `read` bytes on their way out · `sweep` what a crash left.
//!
//! **Invariant**: a name in the folder is a whole, durable file. What is not named yet has no directory entry, so that a crash or a
//! full disk leaves nothing torn; what is named and that nobody knows any more is found by [`Objects::sweep`]. Since a file never
//! changes, a copy is one more name for it, whatever the size. All calls block on the disk.

mod draft;
mod read;
mod sweep;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use draft::Draft;
pub use read::{CHUNK_BYTES, Piece, Reader};

/// Folders over which the files are spread, so that none becomes too long to search.
const FOLDERS: u64 = 64;

/// The name of a file: the run of the cloud that made it, and a number.
pub type FileId = String;

/// The folder of object bytes. Clones share it.
#[derive(Clone, Debug)]
pub struct Objects(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// Names this run of the cloud; no two runs have the same.
    run: String,
    next: AtomicU64,
}

impl Objects {
    /// The objects in `folder`, which is made with the first of them. `run` is a word that no earlier opener had.
    pub fn new(folder: PathBuf, run: &str) -> Self {
        Self(Arc::new(Inner {
            folder,
            run: run.to_owned(),
            next: AtomicU64::new(0),
        }))
    }

    /// A file to be written.
    ///
    /// # Errors
    /// Where the folder or the file cannot be made.
    pub fn draft(&self) -> io::Result<Draft> {
        Draft::new(self)
    }

    /// One more name for a file. Where the file system allows no more names, its bytes are copied.
    ///
    /// # Errors
    /// Where there is no such file, or the copy cannot be made.
    pub fn copy(&self, id: &str) -> io::Result<FileId> {
        let (copy, to) = self.name()?;
        match fs::hard_link(self.path(id), &to) {
            Ok(()) => sync_folder(&to)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
            Err(_) => return self.copy_bytes(&[Piece::whole(id, fs::metadata(self.path(id))?.len())]),
        }
        Ok(copy)
    }

    /// A new file of these pieces' bytes, which are cloned where the file system can.
    ///
    /// # Errors
    /// Where a piece is not there, or the copy cannot be made.
    pub fn copy_bytes(&self, pieces: &[Piece]) -> io::Result<FileId> {
        let mut draft = self.draft()?;
        for piece in pieces {
            draft.append(&File::open(self.path(&piece.file))?, piece)?;
        }
        draft.keep()
    }

    /// The bytes of these pieces, one after the other. All of them are opened at once, so that what is removed later is still read.
    ///
    /// # Errors
    /// Where a piece is not there.
    pub fn open(&self, pieces: &[Piece]) -> io::Result<Reader> {
        Reader::open(self, pieces)
    }

    /// Removes a file. Succeeds where it is gone.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn remove(&self, id: &str) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A new name, and the path that it stands for. Its folder is there.
    fn name(&self) -> io::Result<(FileId, PathBuf)> {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number:x}", self.0.run);
        let path = self.path(&id);
        fs::create_dir_all(path.parent().unwrap_or(&self.0.folder))?;
        Ok((id, path))
    }

    fn path(&self, id: &str) -> PathBuf {
        let number = id.rsplit('-').next().and_then(|number| u64::from_str_radix(number, 16).ok());
        let folder = number.unwrap_or_default() % FOLDERS;
        self.0.folder.join(format!("{folder:02x}")).join(id)
    }
}

/// Makes a new entry of a folder survive a crash.
fn sync_folder(entry: &Path) -> io::Result<()> {
    entry.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
