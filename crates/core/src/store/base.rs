//! The redb database below a store, opened again after its disk has failed it.
//!
//! **Invariant**: redb answers nothing more once a read or a write of its file has failed, for what it knows may not be what is on the
//! disk. So a failure is noted, and before the next transaction the database is closed and read from the disk anew: a disk that was
//! full and is so no longer costs no restart.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use redb::Database;

use super::StoreError;

/// Bytes for which a disk must have room before a database on it is closed to be opened again: opening writes too.
const ROOM: usize = 1 << 20;

/// How a database is opened. The first answers for the disk before the second is asked.
pub(super) struct Opening {
    /// Whether the disk can be written.
    pub ready: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
    /// Opens it.
    pub open: Box<dyn Fn() -> Result<Database, StoreError> + Send + Sync>,
}

/// A database that can be opened again.
pub(super) struct Base {
    opening: Opening,
    /// Nothing while it could not be opened again.
    database: RwLock<Option<Database>>,
    failed: AtomicBool,
}

impl Base {
    pub fn open(opening: Opening) -> Result<Self, StoreError> {
        let database = (opening.open)()?;
        Ok(Self {
            opening,
            database: RwLock::new(Some(database)),
            failed: AtomicBool::new(false),
        })
    }

    /// Does something with the database.
    pub fn with<T>(&self, body: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // Nothing panics while it is replaced.
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let closed = || StoreError::new("the database could not be opened again");
        body(database.as_ref().ok_or_else(closed)?).inspect_err(|error| self.note(error))
    }

    /// Takes notice of a failure: where it was the database's, the next transaction looks at the disk first.
    pub fn note(&self, error: &StoreError) {
        if matches!(error, StoreError::Database(_)) {
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the disk has failed since the database was opened.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Opens the database again. Waits for whoever reads. While the disk cannot be written it stays as it is, since what redb
    /// remembers can still be read.
    pub fn reopen(&self) -> Result<(), StoreError> {
        (self.opening.ready)().map_err(StoreError::new)?;
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // It has to be closed first: it holds a lock on its file.
        drop(database.take());
        *database = Some((self.opening.open)()?);
        self.failed.store(false, Ordering::Relaxed);
        tracing::warn!("the disk failed the store, which was opened again");
        Ok(())
    }
}

/// Whether the disk of a file has room to work with.
pub(super) fn has_room(file: &Path) -> io::Result<()> {
    let probe = file.with_extension("room");
    let tried = File::create(&probe).and_then(|mut file| {
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    });
    tried.and(fs::remove_file(probe))
}
