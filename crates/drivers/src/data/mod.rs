//! Data folders: what a node keeps beside its root, and what is kept of it when the node is gone. A snapshot is a data folder
//! made from another; so is a restored volume.

#[cfg(target_os = "linux")]
pub mod linux;
pub mod sim;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::DriverError;
use crate::compute::SandboxId;

/// The name of a data folder. `[a-z0-9-]{1,64}`, as a sandbox's.
pub type DataId = String;

/// What a data folder begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Nothing.
    Empty,
    /// A folder of an image: an engine's freshly made data directory.
    Image {
        /// The image's name.
        image: String,
        /// An absolute path in it.
        path: String,
    },
    /// Another data folder, as it is at one moment.
    Data {
        /// Which.
        id: DataId,
        /// The sandbox that writes to it. It stands still while the copy is made, so that the copy is what a power cut at that
        /// moment would have left.
        writer: Option<SandboxId>,
    },
}

/// The data folders of this machine. All verbs are idempotent.
#[async_trait]
pub trait Data: Send + Sync {
    /// All that are complete.
    async fn observe(&self) -> Result<Vec<DataId>, DriverError>;
    /// Makes a folder from its origin. One that is there already stays, whatever it was made from.
    ///
    /// # Errors
    /// `NotFound` without its origin.
    async fn ensure(&self, id: &DataId, origin: &Origin) -> Result<(), DriverError>;
    /// Deletes it. Succeeds where there is nothing.
    async fn remove(&self, id: &DataId) -> Result<(), DriverError>;
}
