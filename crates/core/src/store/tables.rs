//! The tables of the redb file, and how a row is laid out in them.

use redb::{Database, ReadTransaction, ReadableDatabase, TableDefinition};

use super::StoreError;
use super::resource::Resource;

/// Row key → version, row version, JSON.
pub(super) const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");
/// Index key (value, then id) → nothing.
pub(super) const INDEX: TableDefinition<'_, &str, ()> = TableDefinition::new("index");
/// Revision → row keys that it changed, one a line.
pub(super) const FEED: TableDefinition<'_, u64, &str> = TableDefinition::new("feed");
/// Counters.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// The newest revision's place in [`META`].
pub(super) const REVISION: &str = "revision";

/// Bytes before a row's JSON: the version (8) and the row version (2), little-endian.
const HEADER: usize = 10;

pub(super) fn create(database: &Database) -> Result<(), StoreError> {
    let write = database.begin_write().map_err(StoreError::new)?;
    write.open_table(ROWS).map_err(StoreError::new)?;
    write.open_table(INDEX).map_err(StoreError::new)?;
    write.open_table(FEED).map_err(StoreError::new)?;
    write.open_table(META).map_err(StoreError::new)?;
    write.commit().map_err(StoreError::new)
}

pub(super) fn revision(read: &ReadTransaction) -> Result<u64, StoreError> {
    let meta = read.open_table(META).map_err(StoreError::new)?;
    Ok(meta.get(REVISION).map_err(StoreError::new)?.map_or(0, |guard| guard.value()))
}

/// A snapshot on `database`.
pub(super) fn snapshot(database: &Database) -> Result<ReadTransaction, StoreError> {
    database.begin_read().map_err(StoreError::new)
}

pub(super) fn encode<R: Resource>(value: &R) -> Result<Vec<u8>, StoreError> {
    let mut row = vec![0; HEADER];
    row[8..].copy_from_slice(&R::ROW_VERSION.to_le_bytes());
    serde_json::to_writer(&mut row, value).map_err(StoreError::row)?;
    Ok(row)
}

/// Writes the version into an encoded row: it is known only at the commit.
pub(super) fn stamp(row: &mut [u8], version: u64) {
    row[..8].copy_from_slice(&version.to_le_bytes());
}

pub(super) fn version(row: &[u8]) -> u64 {
    row.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

pub(super) fn decode<R: Resource>(row: &[u8]) -> Result<R, StoreError> {
    let written = row
        .get(8..HEADER)
        .and_then(|bytes| bytes.first_chunk())
        .map(|bytes| u16::from_le_bytes(*bytes));
    let (Some(written), Some(json)) = (written, row.get(HEADER..)) else {
        return Err(StoreError::row(format!("a row of {} is cut short", R::KIND)));
    };
    if written == R::ROW_VERSION {
        return serde_json::from_slice(json).map_err(|e| StoreError::row(format!("{}: {e}", R::KIND)));
    }
    let mut value = serde_json::from_slice(json).map_err(StoreError::row)?;
    for from in written..R::ROW_VERSION {
        value = R::migrate(from, value).map_err(StoreError::row)?;
    }
    serde_json::from_value(value).map_err(|e| StoreError::row(format!("{}: {e}", R::KIND)))
}
