//! What a crash left: files that were named, and whose row was never committed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::draft::PARTIAL;
use super::{FileId, Objects};

impl Objects {
    /// The files of earlier runs. Those of this run may be on their way to a row.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn earlier(&self) -> io::Result<BTreeSet<FileId>> {
        let mut found = BTreeSet::new();
        for folder in entries(&self.0.folder)? {
            for file in entries(&folder)? {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if !name.starts_with(&self.0.run) {
                    found.insert(name);
                }
            }
        }
        Ok(found)
    }

    /// Removes those of `files` that nobody knows, and gives how many those were.
    ///
    /// # Errors
    /// The first that cannot be removed; the others before it are.
    pub fn sweep(&self, files: &BTreeSet<FileId>, known: &BTreeSet<FileId>) -> io::Result<usize> {
        let orphans: Vec<_> = files.difference(known).collect();
        for id in &orphans {
            match id.strip_suffix(PARTIAL).and_then(|id| id.strip_suffix('.')) {
                Some(whole) => fs::remove_file(self.path(whole).with_extension(PARTIAL))?,
                None => self.remove(id)?,
            }
        }
        Ok(orphans.len())
    }
}

/// The entries of a folder; none where it is not there.
fn entries(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listing => listing?.map(|entry| entry.map(|entry| entry.path())).collect(),
    }
}
