//! The store: typed resources with versions, indexes and a change feed, in one redb file.
//!
//! **Invariant**: one operation is one durable commit. A transaction reads a snapshot and keeps its writes beside it until the
//! commit, so that an operation that fails leaves nothing, and a reader waits for no one.

mod disk;
mod feed;
mod resource;
mod revisions;
mod tables;
mod tx;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use redb::{Database, ReadableDatabase};
use revisions::Teller;

pub use disk::SimDisk;
pub use feed::Change;
pub use resource::{Expect, Key, Resource, Versioned};
pub use revisions::Revisions;
pub use tx::{Conflict, Savepoint, Tx};

use crate::error::AwsError;

/// Why the store could not answer. No caller can cause it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(String);

impl StoreError {
    fn new(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
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
    database: Database,
    // Whether a commit waits for a real disk.
    waits: bool,
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
        Self::with(Database::create(file).map_err(StoreError::new)?, true)
    }

    /// A store that lives in memory, for tests and the simulation.
    ///
    /// # Errors
    /// Never in practice; redb's creation is fallible.
    pub fn in_memory() -> Result<Self, StoreError> {
        let backend = redb::backends::InMemoryBackend::new();
        Self::with(Database::builder().create_with_backend(backend).map_err(StoreError::new)?, false)
    }

    /// The store on a simulated disk, made where there is none; repaired where the power was cut.
    ///
    /// # Errors
    /// Where the disk has no power, or does not hold what was synced.
    pub fn on_disk(disk: &SimDisk) -> Result<Self, StoreError> {
        Self::with(
            Database::builder().create_with_backend(disk.handle()).map_err(StoreError::new)?,
            false,
        )
    }

    fn with(database: Database, waits: bool) -> Result<Self, StoreError> {
        tables::create(&database)?;
        let revision = tables::revision(&database.begin_read().map_err(StoreError::new)?)?;
        Ok(Self(Arc::new(Inner {
            database,
            waits,
            writer: Mutex::new(()),
            revision: Teller::new(revision),
        })))
    }

    /// Runs `body` on a snapshot. Nothing that it puts is kept.
    ///
    /// # Errors
    /// What `body` answers, or the store's own failure.
    pub fn read<T, E: From<StoreError>>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let mut tx = Tx::begin(&self.0.database)?;
        let answer = body(&mut tx);
        tx.fault()?;
        answer
    }

    /// Runs `body` as the only writer and commits what it put, durably, if it succeeds. Blocks on the disk.
    ///
    /// # Errors
    /// What `body` answers, or the store's own failure; nothing is written then.
    pub fn write<T, E: From<StoreError>>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        // Whatever panicked while it held the lock had written nothing, so poison is no reason to stop.
        let _writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tx = Tx::begin(&self.0.database)?;
        let answer = body(&mut tx);
        tx.fault()?;
        let answer = answer?;
        if let Some(revision) = tx.commit(&self.0.database)? {
            self.0.revision.tell(revision);
        }
        Ok(answer)
    }

    /// As [`Store::write`], without holding up the tasks beside the caller's while the disk is waited for. A store that has no disk
    /// commits in place, so that a simulation runs in one thread and in one order.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn commit<T, E>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if !self.0.waits {
            return self.write(body);
        }
        let store = self.clone();
        let written = tokio::task::spawn_blocking(move || store.write(body)).await;
        written.unwrap_or_else(|panic| Err(StoreError::new(panic).into()))
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
        feed::since(&self.0.database.begin_read().map_err(StoreError::new)?, after)
    }
}
