//! Images: root filesystems kept as read-only overlay layers, named by the hash of what they were made from.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::DriverError;

/// What the machine holds of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageState {
    /// `debian-12`, `amazon-linux-2023`, …: the recipe's or the importer's name.
    pub name: String,
    /// Hex SHA-256 of the recipe or archive.
    pub hash: String,
    /// The overlay layers, uppermost first, as paths.
    pub layers: Vec<String>,
    /// Bytes on disk of its own layer.
    pub bytes: u64,
}

/// The images on this machine.
#[async_trait]
pub trait Images: Send + Sync {
    /// All that are complete.
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError>;
    /// The image of this name, built from its recipe when it is not there. Long: minutes when it is.
    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError>;
    /// Deletes it. Refused while a sandbox uses it.
    async fn remove(&self, name: &str) -> Result<(), DriverError>;
}
