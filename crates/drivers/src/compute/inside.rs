//! What can be asked of a running sandbox from outside: a command run in it, a connection to a socket that it listens on.
//!
//! Managed services tell their nodes what to do by these, so that no node needs an address or a key for its keeper.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::net::UnixStream;

use super::SandboxId;
use crate::DriverError;

/// Bytes of each of a command's outputs that are kept; what comes after is read and dropped.
pub const OUTPUT_BYTES: usize = 1 << 20;

/// A command to run inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program, as an absolute path inside, and its arguments. Anyone inside can read them: secrets go to `stdin`.
    pub argv: Vec<String>,
    /// Its whole environment, beside a `PATH`.
    pub env: BTreeMap<String, String>,
    /// What it reads.
    pub stdin: Vec<u8>,
    /// The user inside that it runs as; the group has the same number.
    pub uid: u32,
    /// It is killed after this time.
    pub timeout: Duration,
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its exit code; 128 and the signal's number where one killed it, as shells have it.
    pub code: i32,
    /// At most [`OUTPUT_BYTES`].
    pub stdout: Vec<u8>,
    /// At most [`OUTPUT_BYTES`].
    pub stderr: Vec<u8>,
}

/// Commands inside sandboxes.
#[async_trait]
pub trait Exec: Send + Sync {
    /// Runs a command in every namespace of the sandbox.
    ///
    /// # Errors
    /// `NotFound` where the sandbox does not run; `Failed` where the command cannot be started or took too long. A command that
    /// says no is no error: see [`Output::code`].
    async fn run(&self, id: &SandboxId, command: &Command) -> Result<Output, DriverError>;
}

/// Connections into sandboxes.
#[async_trait]
pub trait Control: Send + Sync {
    /// Connects to the Unix socket at this path of the sandbox's root. Links on the way lead nowhere outside of it.
    ///
    /// # Errors
    /// `NotFound` where the sandbox does not run; `Failed` where nobody listens.
    async fn connect(&self, id: &SandboxId, path: &str) -> Result<UnixStream, DriverError>;
}
