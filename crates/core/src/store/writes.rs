//! What has been put and deleted and is not in the file yet: of one transaction, or of several that share a commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use redb::Database;

use super::StoreError;
use super::feed;
use super::tables::{self, INDEX, META, REVISION, ROWS};

/// A row as it is laid out in the file. Clones share it.
pub(super) type Row = Arc<Vec<u8>>;

/// Something written, and the revision that wrote it.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub value: T,
    pub revision: u64,
}

/// Rows put (`Some`) and deleted (`None`), entries of indexes made (`true`) and unmade, each as the newest revision left it.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    pub rows: BTreeMap<String, Written<Option<Row>>>,
    pub index: BTreeMap<String, Written<bool>>,
}

impl Writes {
    /// The newest revision that wrote any of it; `None` where nothing is written.
    pub fn newest(&self) -> Option<u64> {
        self.rows.values().map(|written| written.revision).max()
    }

    /// Gives the rows of `revision`, as it ends, that number as their version.
    pub fn stamp(&mut self, revision: u64) {
        let rows = self.rows.values_mut().filter(|written| written.revision == revision);
        for row in rows.filter_map(|written| written.value.as_mut()) {
            tables::stamp(Arc::make_mut(row).as_mut_slice(), revision);
        }
    }

    /// Forgets what revisions up to this one wrote.
    pub fn forget(&mut self, revision: u64) {
        self.rows.retain(|_, written| written.revision > revision);
        self.index.retain(|_, written| written.revision > revision);
    }

    /// Writes everything in one durable commit.
    pub fn commit(&self, database: &Database) -> Result<(), StoreError> {
        let write = database.begin_write().map_err(StoreError::new)?;
        {
            let mut rows = write.open_table(ROWS).map_err(StoreError::new)?;
            let mut index = write.open_table(INDEX).map_err(StoreError::new)?;
            feed::append(&write, &self.by_revision())?;
            for (key, written) in &self.rows {
                match &written.value {
                    Some(row) => rows.insert(key.as_str(), row.as_slice()).map_err(StoreError::new)?,
                    None => rows.remove(key.as_str()).map_err(StoreError::new)?,
                };
            }
            for (key, written) in &self.index {
                if written.value {
                    index.insert(key.as_str(), ()).map_err(StoreError::new)?;
                } else {
                    index.remove(key.as_str()).map_err(StoreError::new)?;
                }
            }
            let mut meta = write.open_table(META).map_err(StoreError::new)?;
            if let Some(revision) = self.newest() {
                meta.insert(REVISION, revision).map_err(StoreError::new)?;
            }
        }
        write.commit().map_err(StoreError::new)
    }

    /// The keys of the rows that each revision was the last to change.
    fn by_revision(&self) -> BTreeMap<u64, Vec<&str>> {
        let mut revisions = BTreeMap::<_, Vec<_>>::new();
        for (key, written) in &self.rows {
            revisions.entry(written.revision).or_default().push(key.as_str());
        }
        revisions
    }
}
