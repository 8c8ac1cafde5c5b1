//! A file on its way: it has no name until it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use super::read::Piece;
use super::{FileId, Objects, sync_folder};

/// Where a file system knows no nameless files, a draft has a name with this ending, which [`Objects::sweep`] removes.
pub(super) const PARTIAL: &str = "partial";

/// A file that is being written. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Draft {
    file: File,
    id: FileId,
    path: PathBuf,
    /// Its name until it is whole, where it could not do without.
    partial: Option<PathBuf>,
    length: u64,
}

impl Draft {
    pub(super) fn new(objects: &Objects) -> io::Result<Self> {
        let (id, path) = objects.name()?;
        let folder = path.parent().unwrap_or(&path);
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let (file, partial) = match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => (File::from(file), None),
            Err(_) => {
                let partial = path.with_extension(PARTIAL);
                (
                    OpenOptions::new().read(true).write(true).create_new(true).open(&partial)?,
                    Some(partial),
                )
            }
        };
        Ok(Self {
            file,
            id,
            path,
            partial,
            length: 0,
        })
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// Where the disk is full or fails.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Adds a piece of another file at the end, without its bytes passing through this process.
    pub(super) fn append(&mut self, from: &File, piece: &Piece) -> io::Result<()> {
        let (mut offset, mut left) = (piece.offset, piece.length);
        while left > 0 {
            let chunk = usize::try_from(left).unwrap_or(usize::MAX);
            let copied = rustix::fs::copy_file_range(from, Some(&mut offset), &self.file, None, chunk)? as u64;
            if copied == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= copied;
            self.length += copied;
        }
        Ok(())
    }

    /// How many bytes were added.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Gives the file its name. It then survives a crash.
    ///
    /// # Errors
    /// Where the disk is full or fails; nothing is left then.
    pub fn keep(mut self) -> io::Result<FileId> {
        self.file.sync_all()?;
        match self.partial.take() {
            Some(partial) => fs::rename(partial, &self.path)?,
            None => {
                let own = format!("/proc/self/fd/{}", self.file.as_fd().as_raw_fd());
                rustix::fs::linkat(CWD, own.as_str(), CWD, &self.path, AtFlags::SYMLINK_FOLLOW)?;
            }
        }
        sync_folder(&self.path)?;
        Ok(self.id.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_file(partial);
        }
    }
}
