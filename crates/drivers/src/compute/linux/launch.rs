//! What is passed between the agent and a sandbox's supervisor: files in two folders.
//!
//! ```text
//! STATE/sandboxes/ID/   sandbox.json  disk/{upper,work}  console/  exit.json     survives the machine's restart
//! RUN/sandboxes/ID/     lock  launch.json  running.json  plugged.json  stage/    does not
//! ```
//! **Invariant**: a sandbox runs exactly while its lock is held. The supervisor takes it first of all and holds it to its
//! end, so no record can lie about who lives.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::process::Process;
use crate::compute::{Limits, SandboxFile, SandboxId};

/// What the supervisor is told, in `launch.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Launch {
    pub id: SandboxId,
    /// Which cloud of this machine it belongs to.
    pub cloud: String,
    pub hostname: String,
    pub init: Vec<String>,
    pub env: BTreeMap<String, String>,
    /// Data folders, with their paths inside.
    pub mounts: Vec<(PathBuf, String)>,
    pub files: Vec<SandboxFile>,
    pub limits: Limits,
    pub layers: Vec<PathBuf>,
    pub first_id: u32,
    /// The program that is bound to [`super::GUEST_PROGRAM`].
    pub guest_program: Option<PathBuf>,
    pub places: Places,
}

/// What is known of a sandbox for as long as it exists, in `sandbox.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Known {
    /// The hash of the image that its disk was made over.
    pub image: String,
    pub layers: Vec<PathBuf>,
    pub first_id: u32,
    /// The `boot` of the spec that it was last started with.
    pub boot: u64,
}

/// What runs, in `running.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Running {
    pub supervisor: Process,
    pub init: Process,
}

/// How it ended, in `exit.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Exit {
    pub reason: String,
}

/// The two folders of one sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Places {
    pub state: PathBuf,
    pub run: PathBuf,
}

impl Places {
    pub fn known(&self) -> PathBuf {
        self.state.join("sandbox.json")
    }
    pub fn disk(&self) -> PathBuf {
        self.state.join("disk")
    }
    pub fn console(&self) -> PathBuf {
        self.state.join("console")
    }
    pub fn exit(&self) -> PathBuf {
        self.state.join("exit.json")
    }
    pub fn launch(&self) -> PathBuf {
        self.run.join("launch.json")
    }
    pub fn running(&self) -> PathBuf {
        self.run.join("running.json")
    }
    pub fn plugged(&self) -> PathBuf {
        self.run.join("plugged.json")
    }
    pub fn stage(&self) -> PathBuf {
        self.run.join("stage")
    }

    /// Takes the lock for the life of the returned file; nothing where another holds it.
    pub fn lock(&self) -> io::Result<Option<File>> {
        let file = File::create(self.run.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a supervisor lives.
    pub fn is_running(&self) -> io::Result<bool> {
        match self.lock() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            other => Ok(other?.is_none()),
        }
    }
}

/// `remove_file`, where nothing is what was wanted.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    gone(fs::remove_file(path))
}

/// `remove_dir_all`, where nothing is what was wanted.
pub(super) fn forget_folder(path: &Path) -> io::Result<()> {
    gone(fs::remove_dir_all(path))
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
