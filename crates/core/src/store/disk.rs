//! A disk that is only memory and can lose its power: for the simulation.
//!
//! **Invariant**: after a power cut exactly what was synced is there, and of what was written since, any part. Handles from before
//! the cut reach nothing any more.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// A simulated disk. Clones share it; it outlives the stores that are opened on it.
#[derive(Clone, Debug, Default)]
pub struct SimDisk(Arc<Mutex<Platters>>);

#[derive(Debug, Default)]
struct Platters {
    /// What a reader sees.
    seen: Vec<u8>,
    /// What a power cut leaves at the least.
    durable: Vec<u8>,
    /// What was done since the last sync, in order.
    pending: Vec<Deed>,
    /// How often the power was cut.
    cuts: u64,
    /// How many writes are left until everything fails, as before a power cut that comes in the middle of a commit.
    writes_left: Option<u64>,
}

#[derive(Debug)]
enum Deed {
    Write(u64, Vec<u8>),
    Length(u64),
}

impl Deed {
    fn on(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Length(length) => bytes.resize(index(*length), 0),
            Self::Write(offset, data) => {
                let end = index(*offset) + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[index(*offset)..end].copy_from_slice(data);
            }
        }
    }
}

/// A store of the simulation fits into memory by far.
fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets so many further writes succeed and fails everything after them, until the power is cut.
    pub fn fail_after(&self, writes: u64) {
        self.platters().writes_left = Some(writes);
    }

    /// Cuts the power. `keeps` is asked of each write since the last sync, in order, whether it reached the disk.
    pub fn cut_power(&self, mut keeps: impl FnMut() -> bool) {
        let mut platters = self.platters();
        let mut left = std::mem::take(&mut platters.durable);
        for deed in std::mem::take(&mut platters.pending) {
            if keeps() {
                deed.on(&mut left);
            }
        }
        platters.seen.clone_from(&left);
        platters.durable = left;
        platters.cuts += 1;
        platters.writes_left = None;
    }

    /// Takes back [`SimDisk::fail_after`]: what failed was a disk that was full, and is so no longer.
    pub fn recover(&self) {
        self.platters().writes_left = None;
    }

    /// A store's way to the disk, until the power is cut.
    pub(super) fn handle(&self) -> Handle {
        Handle {
            cuts: self.platters().cuts,
            disk: self.clone(),
        }
    }

    fn platters(&self) -> MutexGuard<'_, Platters> {
        // A holder panics only on a store of more than memory.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One store's way to the disk.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    disk: SimDisk,
    cuts: u64,
}

impl Handle {
    /// Whether the disk can be reached by this way, and writes succeed.
    pub fn is_ready(&self) -> io::Result<()> {
        self.with(|_| Ok(()))
    }

    fn with<T>(&self, body: impl FnOnce(&mut Platters) -> io::Result<T>) -> io::Result<T> {
        let mut platters = self.disk.platters();
        if platters.cuts != self.cuts || platters.writes_left == Some(0) {
            return Err(io::Error::other("the disk has no power"));
        }
        body(&mut platters)
    }

    fn change(&self, deed: Deed) -> io::Result<()> {
        self.with(|platters| {
            platters.writes_left = platters.writes_left.map(|left| left - 1);
            deed.on(&mut platters.seen);
            platters.pending.push(deed);
            Ok(())
        })
    }
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        self.with(|platters| Ok(platters.seen.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|platters| {
            let from = index(offset);
            let bytes = platters.seen.get(from..from.saturating_add(out.len()));
            out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Deed::Length(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|platters| {
            for deed in std::mem::take(&mut platters.pending) {
                deed.on(&mut platters.durable);
            }
            Ok(())
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(Deed::Write(offset, data.to_vec()))
    }
}
