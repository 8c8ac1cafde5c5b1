//! Images: root filesystems kept as read-only overlay layers, named by the hash of what they were made from.

#[cfg(target_os = "linux")]
pub mod linux;
mod recipes;
pub mod sim;

use std::path::Path;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::recipes::is_recipe;
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

/// Images from elsewhere.
#[async_trait]
pub trait Import: Send + Sync {
    /// Makes an image of a root filesystem in a tar archive (plain, gzip or zstd), or of an OCI layout (folder or archive),
    /// and gives it this name. A name that was there means the new image from now on.
    ///
    /// # Errors
    /// `NotFound` without a source, `Refused` where it is neither.
    async fn import(&self, name: &str, source: &Path) -> Result<ImageState, DriverError>;
}

/// Is told what a long work does.
pub trait Progress: Send + Sync {
    /// A new step, for people: `Installing Debian packages`.
    fn step(&self, step: &str);
    /// What the step does now.
    fn detail(&self, _detail: &str) {}
}

/// Whom nobody tells: for tests, and for work that is short.
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _step: &str) {}
}

/// The longest name of an image, in bytes.
const NAME_BYTES: usize = 64;

/// Whether a name is one that an image can have: `[a-z0-9][a-z0-9._-]*`.
///
/// # Errors
/// `Refused` where it is not.
pub fn check_name(name: &str) -> Result<(), DriverError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fine = name.len() <= NAME_BYTES
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|b| plain(b) || matches!(b, b'.' | b'_' | b'-'));
    if fine {
        Ok(())
    } else {
        Err(DriverError::Refused {
            reason: format!("{name:?} cannot name an image"),
        })
    }
}
