//! Who serves a data directory.
//!
//! **Invariant**: one process at a time. The lock is the kernel's, so it cannot outlive its holder; what its file says is about
//! the last one who held it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Home;

/// How often, and how long each time, a process that is starting or ending is given to say who it is or to let go.
const LOOKS: u32 = 200;
const WAIT: Duration = Duration::from_millis(10);

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
    /// Takes the directory for this process.
    ///
    /// # Errors
    /// Where another process serves it, or the file cannot be opened.
    pub fn lock(&self) -> Result<Lock, LockError> {
        let open = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o644)
                .open(self.lock_file())
        };
        let file = open().map_err(|cause| self.lock_failed(cause))?;
        self.wait_for(&file, File::try_lock)?;
        Ok(Lock(file))
    }

    /// Who serves the directory now.
    pub fn running(&self) -> Option<Running> {
        let file = File::open(self.lock_file()).ok()?;
        match self.wait_for(&file, File::try_lock_shared) {
            Err(LockError::Held(running)) => running,
            _ => None,
        }
    }

    /// Takes a lock, unless a process holds it that lives and says so. One that was killed lets go late, one that is starting has
    /// yet to say who it is, and one that only asks who serves holds it for an instant: those are waited for.
    fn wait_for(&self, file: &File, take: impl Fn(&File) -> Result<(), TryLockError>) -> Result<(), LockError> {
        let mut holder = None;
        for _ in 0..LOOKS {
            match take(file) {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => holder = read_running(file),
                Err(TryLockError::Error(cause)) => return Err(self.lock_failed(cause)),
            }
            if holder.is_some_and(Running::is_alive) {
                break;
            }
            std::thread::sleep(WAIT);
        }
        Err(LockError::Held(holder))
    }

    fn lock_failed(&self, cause: io::Error) -> LockError {
        LockError::File {
            file: self.lock_file().display().to_string(),
            cause,
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
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
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

    #[test]
    fn a_holder_that_has_died_and_one_that_only_asks_are_waited_for() {
        let folder = tempfile::tempdir().expect("folder");
        let home = Home::new(folder.path().to_owned());
        let mut lock = home.lock().expect("free");
        let gone = Running { pid: u32::MAX, port: 1 };
        serde_json::to_writer(&lock.0, &gone).expect("told");
        lock.0.flush().expect("flushed");
        let later = std::thread::spawn(move || {
            std::thread::sleep(WAIT * 3);
            drop(lock);
        });
        assert!(home.lock().is_ok());
        later.join().expect("let go");
    }
}
