//! The store: typed resources with versions, indexes and a change feed, in one redb file.
//!
//! Map: `tx` one transaction · `writes` what it puts · `group` commits that several share · `tables`, `base` the file · `feed`,
//! `revisions` who hears of it · `disk` a simulated disk.
//!
//! **Invariant**: one operation is one revision, durable before it is answered. A transaction reads a snapshot and keeps its writes
//! beside it until the commit, so that an operation that fails leaves nothing, and a reader waits for no one.

mod base;
mod disk;
mod feed;
mod group;
mod resource;
mod revisions;
mod tables;
mod tx;
mod writes;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use base::{Base, Opening, has_room};
use group::{Batch, Group};
use redb::Database;
use revisions::Teller;
use writes::Writes;

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

/// A handle on the store; clones share it. With the last of them the file is closed.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    // What waits for a real disk does so on a thread; a store without one is a simulation's or a test's.
    blocking: Blocking,
    committer: Option<JoinHandle<()>>,
}

/// What the thread that commits works with too.
struct Shared {
    database: Base,
    writers: Group,
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
        let shared = Arc::new(Shared {
            database,
            writers: Group::default(),
            revision: Teller::new(revision),
        });
        let committer = match blocking {
            Blocking::OnThreads => Some(committer(Arc::clone(&shared))?),
            Blocking::InPlace => None,
        };
        Ok(Self(Arc::new(Inner {
            shared,
            blocking,
            committer,
        })))
    }

    /// Runs `body` on a snapshot. Nothing that it puts is kept.
    ///
    /// # Errors
    /// What `body` answers, or the store's own failure.
    pub fn read<T, E: From<StoreError>>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let shared = &self.0.shared;
        if let (true, Some(_writer)) = (shared.database.has_failed(), shared.writers.try_enter()) {
            // What redb remembers can be read whatever has become of the disk.
            let _ = shared.mend();
        }
        let mut tx = shared.begin(Writes::default())?;
        let answer = body(&mut tx);
        shared.check(&tx)?;
        answer
    }

    /// Runs `body` as the only writer and commits what it put, durably, if it succeeds. Blocks on the disk.
    ///
    /// # Errors
    /// What `body` answers, or the store's own failure; nothing is written then.
    pub fn write<T, E: From<StoreError>>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let (answer, batch) = self.perform(body)?;
        batch.map_or(Ok(()), |batch| batch.wait())?;
        answer
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
        let performed = self.0.blocking.run(move || store.perform(body)).await;
        let (answer, batch) = performed.map_err(StoreError::new)??;
        if let Some(batch) = batch {
            batch.ended().await?;
        }
        answer
    }

    /// Runs `body` as the only writer. What it answers is not to be told before the batch is on the disk.
    fn perform<T, E>(&self, body: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<Performed<T, E>, StoreError> {
        let shared = &self.0.shared;
        let mut pending = shared.writers.enter();
        shared.mend()?;
        let mut tx = shared.begin(pending.writes().clone())?;
        let answer = body(&mut tx);
        shared.check(&tx)?;
        if let (Ok(_), Some(writes)) = (&answer, tx.end()) {
            pending.replace(writes);
        }
        let batch = match self.0.committer {
            Some(_) => shared.writers.leave(pending),
            None => pending.commit(|writes| shared.keep(writes)),
        };
        Ok((answer, batch))
    }

    /// Where work that blocks is done beside this store: in a simulation in one thread and one order.
    pub fn blocking(&self) -> Blocking {
        self.0.blocking
    }

    /// A view on the newest revision: it changes with each commit.
    pub fn revisions(&self) -> Revisions {
        self.0.shared.revision.listen()
    }

    /// What changed after revision `after`; `None` where the feed no longer reaches back that far (look at everything then).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn changes(&self, after: u64) -> Result<Option<Vec<Change>>, StoreError> {
        self.0
            .shared
            .database
            .with(|database| feed::since(&tables::snapshot(database)?, after))
    }
}

/// What a writer's body answered, and what has to be on the disk before it is told.
type Performed<T, E> = (Result<T, E>, Option<Arc<Batch>>);

impl Shared {
    /// Opens the database again where its disk has failed it. The caller is the one writer.
    fn mend(&self) -> Result<(), StoreError> {
        if self.database.has_failed() {
            self.database.reopen()?;
            // A commit whose end was not seen may have reached the disk.
            self.revision.tell(self.database.with(newest)?);
        }
        Ok(())
    }

    fn begin(&self, pending: Writes) -> Result<Tx, StoreError> {
        self.database.with(|database| Tx::begin(database, pending))
    }

    /// Whether everything that a transaction asked for could be read.
    fn check(&self, tx: &Tx) -> Result<(), StoreError> {
        tx.fault().inspect_err(|error| self.database.note(error))
    }

    /// Writes to the disk, and tells of it.
    fn keep(&self, writes: &Writes) -> Result<(), StoreError> {
        self.database.with(|database| writes.commit(database))?;
        self.revision.tell(writes.newest().unwrap_or_default());
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.writers.close();
        if let Some(committer) = self.committer.take() {
            // It never panics.
            let _ = committer.join();
        }
    }
}

/// The thread that commits what writers leave.
fn committer(shared: Arc<Shared>) -> Result<JoinHandle<()>, StoreError> {
    let commit = move || shared.writers.run(|writes| shared.keep(writes));
    Builder::new().name("store".to_owned()).spawn(commit).map_err(StoreError::new)
}

/// The newest revision that the database knows.
fn newest(database: &Database) -> Result<u64, StoreError> {
    tables::revision(&tables::snapshot(database)?)
}
