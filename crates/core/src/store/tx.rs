//! A transaction: a snapshot, and beside it what has been put and deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use redb::{Database, ReadOnlyTable, ReadTransaction};

use super::StoreError;
use super::resource::{Expect, Key, Resource, Versioned, index_prefix, prefix};
use super::tables::{self, INDEX, ROWS};
use super::writes::{Row, Writes, Written};
use crate::error::AwsError;
use crate::place::Place;

/// Somebody else wrote the row first, or it is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource was changed by another writer")]
pub struct Conflict;

impl From<Conflict> for AwsError {
    fn from(conflict: Conflict) -> Self {
        Self::new("ConcurrentModificationException", 409, conflict.to_string())
    }
}

/// One transaction. Reads see its own writes.
///
/// A failure of the disk while reading does not interrupt the caller's sum: the read answers as if nothing were there, and the
/// transaction as a whole fails.
pub struct Tx {
    rows: ReadOnlyTable<&'static str, &'static [u8]>,
    index: ReadOnlyTable<&'static str, ()>,
    writes: Writes,
    /// The newest revision that it sees.
    revision: u64,
    fault: std::cell::RefCell<Option<StoreError>>,
}

/// A moment of a transaction to which it can return.
pub struct Savepoint(Writes);

impl Tx {
    /// A transaction that sees what is on the disk, and `pending`, which will be.
    pub(super) fn begin(database: &Database, pending: Writes) -> Result<Self, StoreError> {
        let read: ReadTransaction = tables::snapshot(database)?;
        Ok(Self {
            rows: read.open_table(ROWS).map_err(StoreError::new)?,
            index: read.open_table(INDEX).map_err(StoreError::new)?,
            revision: tables::revision(&read)?.max(pending.newest().unwrap_or_default()),
            writes: pending,
            fault: std::cell::RefCell::new(None),
        })
    }

    /// The resource of this key.
    pub fn get<R: Resource>(&self, key: &Key<R>) -> Option<Versioned<R>> {
        let row = self.row(&key.row())?;
        self.decode(&row)
    }

    /// The resource `id` of a place.
    pub fn find<R: Resource>(&self, place: &Place, id: impl std::fmt::Display) -> Option<R> {
        self.get(&Key::<R>::new(place, id)).map(|found| found.value)
    }

    /// Every resource of a kind in a place, by id.
    pub fn list<R: Resource>(&self, place: &Place) -> Vec<R> {
        self.scan(&prefix(R::KIND, Some(place)))
    }

    /// Every resource of a kind, in every place.
    pub fn all<R: Resource>(&self) -> Vec<R> {
        self.scan(&prefix(R::KIND, None))
    }

    /// The resources of a place whose ids begin with `within` and come after `after`, at most `limit` of them, by id. Reads no more
    /// than it gives.
    pub fn range<R: Resource>(&self, place: &Place, within: &str, after: Option<&str>, limit: usize) -> Vec<R> {
        let start = prefix(R::KIND, Some(place)) + within;
        let after = after.map(|id| prefix(R::KIND, Some(place)) + id);
        let from = after
            .as_ref()
            .filter(|after| **after >= start)
            .map_or(Bound::Included(start.as_str()), |after| Bound::Excluded(after.as_str()));
        let mut stored = self
            .guard(self.rows.range::<&str>((from, Bound::Unbounded)).map_err(StoreError::new))
            .into_iter()
            .flatten();
        let mut stored = std::iter::from_fn(|| {
            let (key, row) = self.guard(stored.next()?.map_err(StoreError::new))?;
            let key = key.value().starts_with(&start).then(|| key.value().to_owned())?;
            Some((key, Some(Arc::new(row.value().to_vec()))))
        })
        .peekable();
        let written = self.writes.rows.range::<str, _>((from, Bound::Unbounded));
        let mut written = written.take_while(|(key, _)| key.starts_with(&start)).peekable();
        let merged = std::iter::from_fn(|| match (stored.peek(), written.peek()) {
            (Some((stored_key, _)), Some((key, _))) if stored_key >= *key => {
                if stored_key == *key {
                    stored.next();
                }
                written.next().map(|(_, row)| row.value.clone())
            }
            (None, Some(_)) => written.next().map(|(_, row)| row.value.clone()),
            _ => stored.next().map(|(_, row)| row),
        });
        merged
            .flatten()
            .map_while(|row| self.decode(&row))
            .map(|found| found.value)
            .take(limit)
            .collect()
    }

    /// The resources of a place whose index of this name holds this value, by id.
    pub fn by_index<R: Resource>(&self, place: &Place, index: &'static str, value: &str) -> Vec<R> {
        let from = index_prefix(R::KIND, index, place, value);
        let mut ids = BTreeSet::new();
        self.guard(self.index.range(from.as_str()..).map_err(StoreError::new))
            .into_iter()
            .flatten()
            .map_while(|entry| {
                let (key, ()) = self.guard(entry.map(|(k, v)| (k.value().to_owned(), v.value())).map_err(StoreError::new))?;
                key.strip_prefix(&from).map(str::to_owned)
            })
            .for_each(|id| {
                ids.insert(id);
            });
        for (key, present) in self.writes.index.range(from.clone()..) {
            let Some(id) = key.strip_prefix(&from) else { break };
            if present.value {
                ids.insert(id.to_owned());
            } else {
                ids.remove(id);
            }
        }
        ids.iter().filter_map(|id| self.find(place, id)).collect()
    }

    /// Puts a resource; what is read later in this transaction sees it.
    ///
    /// # Errors
    /// Where the row is not as expected.
    pub fn put<R: Resource>(&mut self, value: R, expect: Expect) -> Result<(), Conflict> {
        let key = Key::<R>::new(value.place(), value.id());
        let row_key = key.row();
        let old = self.row(&row_key);
        let old = old.as_ref().map(|row| row.as_slice());
        match (expect, &old) {
            (Expect::New, Some(_)) | (Expect::Version(_), None) => return Err(Conflict),
            (Expect::Version(version), Some(row)) if tables::version(row) != version => return Err(Conflict),
            _ => {}
        }
        let Some(mut row) = self.guard(tables::encode(&value)) else {
            return Ok(());
        };
        self.unindex::<R>(&key, old);
        for (index, entry) in value.indexes() {
            self.index(index_prefix(R::KIND, index, &key.place, &entry) + &key.id, true);
        }
        // Its own version is given when the transaction ends: until then one row can be put twice.
        tables::stamp(&mut row, old.map_or(0, tables::version));
        self.write(row_key, Some(Arc::new(row)));
        Ok(())
    }

    /// Puts a resource over whatever is there.
    pub fn save<R: Resource>(&mut self, value: R) {
        let saved = self.put(value, Expect::Any);
        debug_assert!(saved.is_ok(), "nothing was expected");
    }

    /// Deletes the resource of this key, where it is there.
    pub fn delete<R: Resource>(&mut self, key: &Key<R>) {
        let row_key = key.row();
        if let Some(old) = self.row(&row_key) {
            self.unindex::<R>(key, Some(&old));
            self.write(row_key, None);
        }
    }

    /// A moment to which [`Tx::restore`] returns.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.writes.clone())
    }

    /// Undoes what was written since.
    pub fn restore(&mut self, savepoint: Savepoint) {
        self.writes = savepoint.0;
    }

    /// The newest revision that it sees.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn unindex<R: Resource>(&mut self, key: &Key<R>, old: Option<&[u8]>) {
        let Some(old) = old.and_then(|row| self.decode::<R>(row)) else {
            return;
        };
        for (index, entry) in old.value.indexes() {
            self.index(index_prefix(R::KIND, index, &key.place, &entry) + &key.id, false);
        }
    }

    fn index(&mut self, key: String, value: bool) {
        let revision = self.revision + 1;
        self.writes.index.insert(key, Written { value, revision });
    }

    fn write(&mut self, key: String, value: Option<Row>) {
        let revision = self.revision + 1;
        self.writes.rows.insert(key, Written { value, revision });
    }

    fn row(&self, key: &str) -> Option<Row> {
        if let Some(written) = self.writes.rows.get(key) {
            return written.value.clone();
        }
        self.guard(self.rows.get(key).map_err(StoreError::new))?
            .map(|guard| Arc::new(guard.value().to_vec()))
    }

    fn scan<R: Resource>(&self, from: &str) -> Vec<R> {
        let stored = self.guard(self.rows.range(from..).map_err(StoreError::new)).into_iter().flatten();
        let mut found = BTreeMap::new();
        for entry in stored {
            let Some((key, row)) = self.guard(entry.map_err(StoreError::new)) else {
                break;
            };
            if !key.value().starts_with(from) {
                break;
            }
            if !self.writes.rows.contains_key(key.value()) {
                found.insert(key.value().to_owned(), self.decode(row.value()));
            }
        }
        for (key, row) in self
            .writes
            .rows
            .range(from.to_owned()..)
            .take_while(|(key, _)| key.starts_with(from))
        {
            if let Some(row) = &row.value {
                found.insert(key.clone(), self.decode(row));
            }
        }
        found.into_values().flatten().map(|found| found.value).collect()
    }

    fn decode<R: Resource>(&self, row: &[u8]) -> Option<Versioned<R>> {
        let value = self.guard(tables::decode(row))?;
        Some(Versioned {
            version: tables::version(row),
            value,
        })
    }

    fn guard<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        answer.map_err(|error| self.fault.borrow_mut().get_or_insert(error).clone()).ok()
    }

    pub(super) fn fault(&self) -> Result<(), StoreError> {
        self.fault.borrow().clone().map_or(Ok(()), Err)
    }

    /// Ends it: what was pending, with its own writes, where it has any.
    pub(super) fn end(mut self) -> Option<Writes> {
        let revision = self.revision + 1;
        let wrote = self.writes.rows.values().any(|written| written.revision == revision);
        wrote.then(|| {
            self.writes.stamp(revision);
            self.writes
        })
    }
}
