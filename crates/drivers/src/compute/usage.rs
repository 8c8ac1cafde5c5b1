//! What sandboxes have used: the counters that the kernel keeps of each, for who samples them.
//!
//! **Invariant**: counters only grow while a sandbox runs; one that is started again may begin at zero.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::SandboxId;
use crate::DriverError;

/// What one sandbox used since its start. A counter that this kernel does not keep is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Used {
    /// Time on CPUs, in microseconds.
    pub cpu_micros: u64,
    /// Bytes of memory now, page cache included.
    pub memory_bytes: u64,
    /// To and from disks. What a kernel writes back later than asked it may count for itself.
    pub disk: Disk,
    /// Over all its interfaces but the loopback, as the sandbox sees them.
    pub network: Traffic,
}

/// What went from and to disks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// Bytes read.
    pub read_bytes: u64,
    /// Bytes written.
    pub written_bytes: u64,
    /// Read operations.
    pub reads: u64,
    /// Write operations.
    pub writes: u64,
}

/// What went over interfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// Bytes that came in.
    pub received_bytes: u64,
    /// Packets that came in.
    pub received_packets: u64,
    /// Bytes that went out.
    pub sent_bytes: u64,
    /// Packets that went out.
    pub sent_packets: u64,
}

/// The counters of sandboxes.
#[async_trait]
pub trait Usage: Send + Sync {
    /// Those of every running sandbox.
    async fn used(&self) -> Result<BTreeMap<SandboxId, Used>, DriverError>;
}
