//! Where the running cloud's log goes: to stderr, or detached into a file of the data directory.
//!
//! **Invariant**: the file never exceeds [`LOG_BYTES`]; the one before it is kept, older ones are not.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Bytes of one log file.
const LOG_BYTES: u64 = 8 << 20;
/// What is logged where `TIERRA_LOG` says nothing.
const DEFAULT_FILTER: &str = "info";

/// Begins to log, into `file` where one is given.
///
/// # Errors
/// Where the file cannot be opened.
pub fn begin(file: Option<&Path>) -> io::Result<()> {
    let filter = EnvFilter::try_from_env("TIERRA_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
    match file {
        Some(file) => subscriber.with_ansi(false).with_writer(Mutex::new(Bounded::open(file)?)).init(),
        None => subscriber.with_writer(io::stderr).init(),
    }
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
    Ok(())
}

/// The last `lines` lines of a log, for a person who wants to know why a start failed.
pub fn tail(file: &Path, lines: usize) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// A file that begins anew when it is full.
struct Bounded {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Bounded {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            bytes,
        })
    }

    fn turn_over(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("log.1"))?;
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes + bytes.len() as u64 > LOG_BYTES {
            self.turn_over()?;
        }
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_turns_over_and_one_older_is_kept() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("tierra.log");
        let mut log = Bounded::open(&path).expect("open");
        log.bytes = LOG_BYTES - 1;
        log.write_all(b"first\n").expect("write");
        log.bytes = LOG_BYTES;
        log.write_all(b"second\n").expect("write");
        assert_eq!(tail(&path, 1), "second");
        assert_eq!(tail(&path.with_extension("log.1"), 1), "first");
    }
}
