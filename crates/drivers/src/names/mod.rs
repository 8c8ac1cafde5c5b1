//! Names on the host: a marked block in its `/etc/hosts`, so that a browser or `psql` on the host finds what runs in the cloud by
//! the name that the cloud's API gives.
//!
//! **Invariant**: the block holds names that AWS gives to tenants' things, and addresses of the public range, and nothing else
//! ([`check`]): no name of AWS's own endpoints is ever hidden. Every other line of the file stays as it is.

pub mod block;
mod check;
pub mod linux;
pub mod sim;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use async_trait::async_trait;

use crate::DriverError;

pub use check::check;

/// Names, each with the public addresses that it leads to.
pub type Names = BTreeMap<String, BTreeSet<Ipv4Addr>>;

/// The host's names of one cloud. One block is one value, told whole.
#[async_trait]
pub trait HostNames: Send + Sync {
    /// The names that stand on the host now.
    ///
    /// # Errors
    /// Where they cannot be read.
    async fn observe(&self) -> Result<Names, DriverError>;

    /// Makes the block hold these and no others. With none the block goes.
    ///
    /// # Errors
    /// `Refused` for what [`check`] does not let pass; `Failed` where the file cannot be written.
    async fn ensure(&self, names: &Names) -> Result<(), DriverError>;

    /// Takes the block away.
    ///
    /// # Errors
    /// Where the file cannot be written.
    async fn remove(&self) -> Result<(), DriverError> {
        self.ensure(&Names::new()).await
    }
}
