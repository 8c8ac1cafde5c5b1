//! Data folders that are only words: the `sim` twin. A copy remembers what it was copied from.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Data, DataId, Origin};
use crate::DriverError;
use crate::compute::check_id;

/// The `sim` twin of [`Data`].
#[derive(Default)]
pub struct SimData(Mutex<BTreeMap<DataId, Origin>>);

impl SimData {
    /// What a folder was made from.
    pub fn origin(&self, id: &str) -> Option<Origin> {
        self.all().get(id).cloned()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<DataId, Origin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Data for SimData {
    async fn observe(&self) -> Result<Vec<DataId>, DriverError> {
        Ok(self.all().keys().cloned().collect())
    }

    async fn ensure(&self, id: &DataId, origin: &Origin) -> Result<(), DriverError> {
        check_id(id)?;
        let mut all = self.all();
        if !all.contains_key(id) {
            match origin {
                Origin::Data { id: from, .. } if !all.contains_key(from) => return Err(DriverError::NotFound { what: from.clone() }),
                _ => drop(all.insert(id.clone(), origin.clone())),
            }
        }
        Ok(())
    }

    async fn remove(&self, id: &DataId) -> Result<(), DriverError> {
        check_id(id)?;
        self.all().remove(id);
        Ok(())
    }
}
