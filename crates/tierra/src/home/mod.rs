//! The data directory: everything that one cloud keeps on disk, each file by its name.
//!
//! Map: here the files · `lock` who serves it · `owner` whose its files are · `name` what its cloud is called on the machine.

mod lock;
mod name;
mod owner;

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub use lock::{Lock, LockError, Running};
pub use name::{RUN, cloud_name, run_folder, user};

/// The folder of one cloud.
#[derive(Clone, Debug)]
pub struct Home {
    /// Where it is, for people and for other processes.
    folder: PathBuf,
    /// Where its files are found by this process.
    files: PathBuf,
}

impl Home {
    /// The cloud in this folder.
    pub fn new(folder: PathBuf) -> Self {
        // A path fails to be made absolute where it is empty or the working folder is gone: then what uses it says why.
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Self {
            files: folder.clone(),
            folder,
        }
    }

    /// The user's own: `$XDG_DATA_HOME/tierra`, else `~/.local/share/tierra`.
    pub fn default_folder() -> PathBuf {
        set("XDG_DATA_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .unwrap_or_else(|| PathBuf::from("/var/lib"))
            .join("tierra")
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where this process finds the folder's files.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// The same folder as the working one of this process: its files are then found by a user who may not pass the folders above it
    /// (root's own, most often).
    ///
    /// # Errors
    /// Where it is not there.
    pub fn enter(&self) -> io::Result<Self> {
        std::env::set_current_dir(&self.folder)?;
        Ok(Self {
            folder: self.folder.clone(),
            files: PathBuf::from("."),
        })
    }

    /// Makes the folder, closed to other users, where it is not there. Root gives it to the user that the control plane will be.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o711).create(&self.folder)?;
        if rustix::process::geteuid().is_root() {
            owner::hand_over(&self.folder, user(&self.folder))?;
        }
        Ok(())
    }

    /// The folder of S3's object bytes.
    pub fn objects(&self) -> PathBuf {
        self.files.join("objects")
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.files.join("store.redb")
    }

    /// What a detached cloud writes.
    pub fn log(&self) -> PathBuf {
        self.files.join("tierra.log")
    }

    /// The socket on which the agent listens: in a folder that is root's, so that nobody else can be taken for the agent.
    pub fn agent_socket(&self) -> PathBuf {
        run_folder(&self.folder).join("agent.sock")
    }

    /// The certificate of the cloud's own authority.
    pub fn ca_certificate(&self) -> PathBuf {
        self.files.join("ca.pem")
    }

    /// The root user's access key.
    pub fn root_key(&self) -> PathBuf {
        self.files.join("root-key.json")
    }

    /// The private key that `tierra ssh` shows to instances.
    pub fn operator_key(&self) -> PathBuf {
        self.files.join("operator-key")
    }

    fn lock_file(&self) -> PathBuf {
        self.files.join("tierra.lock")
    }

    /// Deletes the folder and everything in it.
    ///
    /// # Errors
    /// Where something in it cannot be deleted.
    pub fn delete(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

/// A folder that the environment names.
fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Where base images are kept: one place for every cloud of this user, so that each is built once. `TIERRA_CACHE` moves it.
pub fn image_folder() -> PathBuf {
    set("TIERRA_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("tierra")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/tierra")))
        .unwrap_or_else(|| PathBuf::from("/var/cache/tierra"))
        .join("images")
}

/// Makes a file that only this user may read, where it is not there; one that is there is closed to others.
///
/// # Errors
/// Where it cannot be made, or is another user's.
pub fn keep_private(file: &Path) -> io::Result<()> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    opened.set_permissions(fs::Permissions::from_mode(0o600))
}

/// Writes a new file that only this user may read.
///
/// # Errors
/// Where it is there already or cannot be written.
pub fn write_secret(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    new.write_all(content)?;
    new.sync_all()
}
