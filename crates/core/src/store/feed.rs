//! The change feed: which rows each revision changed, kept for the last [`FEED_LENGTH`] revisions.

use std::collections::BTreeMap;

use redb::{ReadTransaction, WriteTransaction};

use super::StoreError;
use super::resource::{Key, Resource, parts};
use super::tables::{self, FEED};
use crate::place::Place;

/// Revisions that the feed keeps. Whoever fell further behind looks at everything.
pub const FEED_LENGTH: u64 = 4096;

/// One changed row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The revision that changed it.
    pub revision: u64,
    row: String,
}

impl Change {
    /// The key of the resource that changed, where it is one of kind `R`.
    pub fn key<R: Resource>(&self) -> Option<Key<R>> {
        Key::from_row(&self.row)
    }

    /// Where the resource that changed lives, and its id, whatever its kind.
    pub fn subject(&self) -> Option<(Place, &str)> {
        let (_, place, id) = parts(&self.row)?;
        Some((place, id))
    }
}

pub(super) fn since(read: &ReadTransaction, after: u64) -> Result<Option<Vec<Change>>, StoreError> {
    if tables::revision(read)?.saturating_sub(after) > FEED_LENGTH {
        return Ok(None);
    }
    let feed = read.open_table(FEED).map_err(StoreError::new)?;
    let mut changes = Vec::new();
    for entry in feed.range(after + 1..).map_err(StoreError::new)? {
        let (revision, rows) = entry.map_err(StoreError::new)?;
        changes.extend(rows.value().lines().map(|row| Change {
            revision: revision.value(),
            row: row.to_owned(),
        }));
    }
    Ok(Some(changes))
}

/// Adds the rows that each of these revisions changed. Where several change one row in one commit, the last of them tells it.
pub(super) fn append(write: &WriteTransaction, revisions: &BTreeMap<u64, Vec<&str>>) -> Result<(), StoreError> {
    let mut feed = write.open_table(FEED).map_err(StoreError::new)?;
    for (revision, rows) in revisions {
        feed.insert(revision, rows.join("\n").as_str()).map_err(StoreError::new)?;
    }
    let newest = revisions.keys().next_back().copied().unwrap_or_default();
    feed.retain_in(..=newest.saturating_sub(FEED_LENGTH), |_, _| false)
        .map_err(StoreError::new)
}
