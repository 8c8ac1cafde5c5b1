//! The data directory: everything that one cloud keeps on disk, each file by its name.
//!
//! **Invariant**: one process serves a data directory at a time. The lock is the kernel's, so it cannot outlive its holder.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who only asks whether the directory is served holds the lock for an instant; a start therefore tries a few times.
const LOCK_TRIES: u32 = 5;
const LOCK_WAIT: Duration = Duration::from_millis(4);

/// How often, and how long each time, a process that is ending is given to let go of its lock.
const ENDING_LOOKS: u32 = 80;
const ENDING_WAIT: Duration = Duration::from_millis(25);

/// The folder of one cloud.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

/// Who serves a data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its port; 0 until it listens.
    pub port: u16,
}

/// Held by the process that serves the directory.
#[derive(Debug)]
pub struct Lock(File);

/// Why a lock was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process serves this directory.
    #[error("{}", held(.0.as_ref()))]
    Held(Option<Running>),
    /// The file cannot be opened or written.
    #[error("the lock file {file}: {cause}")]
    File {
        /// The lock file.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
}

fn held(running: Option<&Running>) -> String {
    running.map_or_else(
        || "another tierra is just starting with this data directory".to_owned(),
        |running| {
            format!(
                "tierra runs already with this data directory: process {}, port {}",
                running.pid, running.port
            )
        },
    )
}

impl Home {
    /// The cloud in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
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
        &self.0
    }

    /// Makes the folder, closed to other users, where it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o711).create(&self.0)
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store.redb")
    }

    /// What a detached cloud writes.
    pub fn log(&self) -> PathBuf {
        self.0.join("tierra.log")
    }

    /// The socket on which the agent listens.
    pub fn agent_socket(&self) -> PathBuf {
        self.0.join("agent.sock")
    }

    /// The certificate of the cloud's own authority.
    pub fn ca_certificate(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    /// The root user's access key.
    pub fn root_key(&self) -> PathBuf {
        self.0.join("root-key.json")
    }

    /// The private key that `tierra ssh` shows to instances.
    pub fn operator_key(&self) -> PathBuf {
        self.0.join("operator-key")
    }

    fn lock_file(&self) -> PathBuf {
        self.0.join("tierra.lock")
    }

    fn open_lock(&self) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(self.lock_file())
    }

    /// Takes the directory for this process.
    ///
    /// # Errors
    /// Where another process serves it, or the file cannot be opened.
    pub fn lock(&self) -> Result<Lock, LockError> {
        let failed = |cause| LockError::File {
            file: self.lock_file().display().to_string(),
            cause,
        };
        let file = self.open_lock().map_err(failed)?;
        for _ in 1..LOCK_TRIES {
            if file.try_lock().is_ok() {
                return Ok(Lock(file));
            }
            std::thread::sleep(LOCK_WAIT);
        }
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(read_running(&file))),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// Who serves the directory now. A process that is ending lets go of its lock late; that is waited for.
    pub fn running(&self) -> Option<Running> {
        let mut running = self.holder()?;
        for _ in 0..ENDING_LOOKS {
            if running.is_alive() {
                break;
            }
            std::thread::sleep(ENDING_WAIT);
            running = self.holder()?;
        }
        Some(running)
    }

    fn holder(&self) -> Option<Running> {
        let file = File::open(self.lock_file()).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read_running(&file),
            _ => None,
        }
    }

    /// Deletes the folder and everything in it.
    ///
    /// # Errors
    /// Where something in it cannot be deleted.
    pub fn delete(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

impl Running {
    /// Whether the process has memory: one that was killed has none, though it may not have ended yet.
    fn is_alive(self) -> bool {
        fs::read(format!("/proc/{}/cmdline", self.pid)).is_ok_and(|words| !words.is_empty())
    }
}

impl Lock {
    /// Says who holds the lock and where it listens.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn tell(&mut self, port: u16) -> io::Result<()> {
        let running = Running {
            pid: std::process::id(),
            port,
        };
        self.0.set_len(0)?;
        self.0.rewind()?;
        serde_json::to_writer(&self.0, &running)?;
        self.0.flush()
    }
}

fn read_running(mut file: &File) -> Option<Running> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
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

/// Writes a new file that only this user may read.
///
/// # Errors
/// Where it is there already or cannot be written.
pub fn write_secret(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    new.write_all(content)?;
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_holder_and_says_who() {
        let folder = tempfile::tempdir().expect("folder");
        let home = Home::new(folder.path().to_owned());
        assert_eq!(home.running(), None);
        let mut lock = home.lock().expect("free");
        lock.tell(4566).expect("told");
        let running = Running {
            pid: std::process::id(),
            port: 4566,
        };
        assert_eq!(home.running(), Some(running));
        assert!(matches!(home.lock(), Err(LockError::Held(Some(who))) if who == running));
        drop(lock);
        assert_eq!(home.running(), None);
        assert!(home.lock().is_ok());
    }
}
