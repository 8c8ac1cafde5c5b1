//! The host's names in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{HostNames, Names, check};
use crate::DriverError;

/// A host that only remembers.
#[derive(Debug, Default)]
pub struct SimHostNames(Mutex<Names>);

#[async_trait]
impl HostNames for SimHostNames {
    async fn observe(&self) -> Result<Names, DriverError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn ensure(&self, names: &Names) -> Result<(), DriverError> {
        check(names)?;
        names.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}
