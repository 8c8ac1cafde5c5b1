//! The store: typed resources with versions, indexes and a change feed, in one redb file.
//!
//! **Invariant**: one operation is one durable commit. A transaction reads a snapshot and keeps its writes beside it until the
//! commit, so that an operation that fails leaves nothing, and a reader waits for no one.

mod base;
mod disk;
mod feed;
mod resource;
mod revisions;
mod tables;
mod tx;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base::{Base, Opening, has_room};
use redb::Database;
use revisions::Teller;

pub use disk::SimDisk;
pub use feed::Change;
pub use resource::{Expect, Key, Resource, Versioned};
pub use revisions::Revisions;
pub use tx::{Conflict, Savepoint, Tx};

use crate::blocking::Blocking;
use crate::error::AwsError;

/// Why the store could not answer. No caller can cause it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer.
    #[error("the store failed: {0}")]
    Database(String),
    /// A row is not what its type takes. Another look would find the same.
    #[error("the store failed: {0}")]
    Row(String),
}

impl StoreError {
    fn new(cause: impl std::fmt::Display) -> Self {
        Self::Database(cause.to_string())
    }

    fn row(cause: impl std::fmt::Display) -> Self {
        Self::Row(cause.to_string())
    }
}

impl From<StoreError> for AwsError {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

/// A handle on the store; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Base,
    // What waits for a real disk does so on a thread; a store without one is a simulation's or a test's.
    blocking: Blocking,
    // Held by the one writer from its first read to its commit, so that what it read is still true when it writes.
    writer: Mutex<()>,
    revision: Teller,
}

impl Store {
    /// Opens the store in this file, made where it is not there.
    ///
    /// # Errors
    /// Where the file cannot be opened, is in use by another process, or is no store.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let (file, disk) = (file.to_owned(), file.to_owned());
        let opening = Opening {
            ready: Box::new(move || has_room(&disk)),
            open: Box::new(move || Database::create(&file).map_err(StoreError::new)),
        };
        Self::with(opening, Blocking::OnThreads)
    }

    /// A store that lives in memory, for tests and the simulation.
    ///
    /// # Errors
    /// Never in practice; redb's creation is fallible.
    pub fn in_memory() -> Result<Self, StoreError> {
        let opening = Opening {
            ready: Box::new(|| Err(io::Error::other("memory does not fail"))),
            open: Box::new(|| {
                let backend = redb::backends::InMemoryBackend::new();
                Database::builder().create_with_backend(backend).map_err(StoreError::new)
            }),
        };
        Self::with(opening, Blocking::InPlace)
    }

    /// The store on a simulated disk, made where there is none; repaired where the power was cut.
    ///
    /// # Errors
    /// Where the disk has no power, or does not hold what was synced.
    pub fn on_disk(disk: &SimDisk) -> Result<Self, StoreError> {
        let (handle, other) = (disk.handle(), disk.handle());
        let opening = Opening {
            ready: Box::new(move || handle.is_ready()),
            open: Box::new(move || Database::builder().create_with_backend(other.clone()).map_err(StoreError::new)),
        };
        Self::with(opening, Blocking::InPlace)
    }

    fn with(opening: Opening, blocking: Blocking) -> Result<Self, StoreError> {
        let database = Base::open(opening)?;
        database.with(tables::create)?;
        let revision = database.with(newest)?;
        Ok(Self(Arc::new(Inner {
            database,
            blocking,
            writer: Mutex::new(()),
            revision: Teller::new(revision),
        })))
    }

    /// Opens the database again where its disk has failed it. The caller is the one writer.
    fn mend(&self) -> Result<(), StoreError> {
        if self.0.database.has_failed() {
            self.0.database.reopen()?;
            // A commit whose end was not seen may have reached the disk.
            self.0.revision.tell(self.0.database.with(newest)?);
        }
        Ok(())
    }

    /// Runs `body` on a snapshot. Nothing that it puts is kept.
    ///
    /// # Errors
    /// What `body` answers, or the store's own failure.
    pub fn read<T, E: From<StoreError>>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        if let (true, Ok(_writer)) = (self.0.database.has_failed(), self.0.writer.try_lock()) {
            // What redb remembers can be read whatever has become of the disk.
            let _ = self.mend();
        }
        let mut tx = self.0.database.with(Tx::begin)?;
        let answer = body(&mut tx);
        tx.fault().inspect_err(|error| self.0.database.note(error))?;
        answer
    }

    /// Runs `body` as the only writer and commits what it put, durably, if it succeeds. Blocks on the disk.
    ///
    /// # Errors
    /// What `body` answers, or the store's own failure; nothing is written then.
    pub fn write<T, E: From<StoreError>>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        // Whatever panicked while it held the lock had written nothing, so poison is no reason to stop.
        let _writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.mend()?;
        let mut tx = self.0.database.with(Tx::begin)?;
        let answer = body(&mut tx);
        tx.fault().inspect_err(|error| self.0.database.note(error))?;
        let answer = answer?;
        if let Some(revision) = self.0.database.with(|database| tx.commit(database))? {
            self.0.revision.tell(revision);
        }
        Ok(answer)
    }

    /// As [`Store::write`], without holding up the tasks beside the caller's while the disk is waited for.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn commit<T, E>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = self.clone();
        let written = self.0.blocking.run(move || store.write(body)).await;
        written.unwrap_or_else(|panic| Err(StoreError::new(panic).into()))
    }

    /// Where work that blocks is done beside this store: in a simulation in one thread and one order.
    pub fn blocking(&self) -> Blocking {
        self.0.blocking
    }

    /// A view on the newest revision: it changes with each commit.
    pub fn revisions(&self) -> Revisions {
        self.0.revision.listen()
    }

    /// What changed after revision `after`; `None` where the feed no longer reaches back that far (look at everything then).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn changes(&self, after: u64) -> Result<Option<Vec<Change>>, StoreError> {
        self.0.database.with(|database| feed::since(&tables::snapshot(database)?, after))
    }
}

/// The newest revision that the database knows.
fn newest(database: &Database) -> Result<u64, StoreError> {
    tables::revision(&tables::snapshot(database)?)
}
