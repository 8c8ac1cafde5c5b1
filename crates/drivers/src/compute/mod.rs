//! Sandboxes: everything that runs. An EC2 instance, a database node or a balancer node differ only in the [`SandboxSpec`].

pub mod inside;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod sim;
pub mod usage;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::DriverError;
use crate::image::ImageState;

/// The name of a sandbox: the id of the resource that it is (`i-0123…`). `[a-z0-9-]{1,64}`.
pub type SandboxId = String;

/// What a sandbox should be. A change of `boot` restarts it on the same disk; everything else is read at (re)start,
/// save `power`, `limits` and `interfaces`, which act at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxSpec {
    /// The image whose layers are the lower layers of the root (see [`crate::image`]).
    pub image: String,
    /// Its host name.
    pub hostname: String,
    /// The first process and its arguments. `/sbin/init` for an OS.
    pub init: Vec<String>,
    /// Its environment, beside `container=tierra`.
    pub env: BTreeMap<String, String>,
    /// Network interfaces in device order: `eth0`, `eth1`, … Each names an interface of the network driver. One that is plugged
    /// into a running sandbox is the first device that is free.
    pub interfaces: Vec<String>,
    /// Data folders that it has beside its root.
    #[serde(default)]
    pub mounts: Vec<SandboxMount>,
    /// Files laid into the root before each start (the cloud's CA, the guest unit's settings).
    pub files: Vec<SandboxFile>,
    /// What it may use.
    pub limits: Limits,
    /// Whether it should be running.
    pub power: Power,
    /// Raised by one for each reboot that is asked for.
    pub boot: u64,
}

/// A data folder at a path of the root. Its files' ids are those of the sandbox, whichever sandbox wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxMount {
    /// Which (see [`crate::data`]).
    pub data: crate::data::DataId,
    /// Absolute path inside.
    pub path: String,
}

/// One file laid into a root. Owned by the sandbox's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxFile {
    /// Absolute path inside.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Its content.
    pub content: Vec<u8>,
    /// Add to the file that is there (once: nothing is added when the content is there already) instead of replacing it.
    pub append: bool,
}

/// What a sandbox may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Thousandths of one CPU's time.
    pub cpu_millis: u32,
    /// Bytes.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u32,
}

/// Whether a sandbox should be running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    /// Running.
    On,
    /// Stopped, its disk kept.
    Off,
}

/// What a sandbox is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxState {
    /// Whether its first process lives.
    pub phase: Phase,
    /// The `boot` of the spec that it was last started with.
    pub boot: u64,
}

/// Whether a sandbox's first process lives. A reboot from inside is not an end: it stays `Running`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// It lives.
    Running,
    /// It was stopped, never started, or lost with the machine: an `ensure` with [`Power::On`] starts it.
    Stopped,
    /// It ended by itself: its init called poweroff, or died. It stays so until it is stopped or its `boot` is raised.
    Exited {
        /// What ended it, for people.
        reason: String,
    },
}

/// Sandboxes, by three verbs. All are idempotent; `ensure` returns when the first process has been started (or stopped and
/// reaped), not when the OS inside is ready.
#[async_trait]
pub trait Compute: Send + Sync {
    /// Every sandbox that the machine holds, running or not: what was left by an earlier process is adopted here.
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError>;
    /// Makes it so. A stop is an orderly one (SIGRTMIN+3 to systemd), hard after a bound.
    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError>;
    /// Ends it and deletes its disk. Succeeds where there is nothing.
    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError>;
}

/// The console of a sandbox: what its first process and kernel messages wrote.
#[async_trait]
pub trait Console: Send + Sync {
    /// Up to `max` bytes from `offset`; a negative offset counts from the end. Returns the offset of the first byte too.
    async fn read(&self, id: &SandboxId, offset: i64, max: usize) -> Result<(u64, Vec<u8>), DriverError>;
}

/// How a running sandbox is held still while its disk is kept as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Still {
    /// Frozen: it goes on as if no time had passed. The image is as a disk is after a power cut.
    Frozen,
    /// Stopped in good order, and left so: whoever wants it on starts it again.
    Stopped,
}

/// Disks kept as images. An image is dealt with by [`crate::image::Images`] from then on.
#[async_trait]
pub trait Capture: Send + Sync {
    /// Keeps a sandbox's disk, as it is now, as the image `image`; where there is one of that name already, nothing is done.
    /// Left out is what makes a disk one machine: its machine id, its ssh host keys, what its first start did.
    ///
    /// # Errors
    /// `NotFound` where there is no such sandbox, `Refused` where the name is none or the layers are too many.
    async fn capture(&self, id: &SandboxId, image: &str, still: Still) -> Result<ImageState, DriverError>;
}

/// The longest name of a sandbox, in bytes.
const ID_BYTES: usize = 64;

/// Whether a name is one that a sandbox can have: it becomes a folder's and a control group's.
///
/// # Errors
/// `Refused` where it is not.
pub fn check_id(id: &str) -> Result<(), DriverError> {
    let fine = (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fine {
        Ok(())
    } else {
        Err(DriverError::Refused {
            reason: format!("{id:?} cannot name a sandbox"),
        })
    }
}
