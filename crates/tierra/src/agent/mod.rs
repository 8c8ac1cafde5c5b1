//! The agent's two processes, and how the control plane starts them.
//!
//! The *keeper* is started by the control plane while that is still root, and starts the *worker* again whenever it dies; the worker
//! holds the drivers and serves them on the agent's socket. Each ends when the pipe on its standard input closes, so a control
//! plane that was killed leaves neither behind. Sandboxes go on without them.

mod keeper;
mod worker;

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

pub use keeper::keep;
pub use worker::{run_folder, work};

/// The hidden command that is the keeper.
pub const KEEPER_COMMAND: &str = "agent";
/// The hidden command that is the worker.
pub const WORKER_COMMAND: &str = "agent-worker";

/// A keeper that runs for as long as this is held.
#[derive(Debug)]
pub struct Keeper {
    child: Child,
    // Closing it is what tells the keeper to end.
    leash: Option<ChildStdin>,
}

impl Keeper {
    /// Starts the agent of the cloud in `folder`, for a control plane that runs as user `uid`.
    ///
    /// # Errors
    /// Where the process cannot be started.
    pub fn start(folder: &Path, uid: u32) -> io::Result<Self> {
        let mut child = command(KEEPER_COMMAND, &[folder.into(), uid.to_string().into()])?.spawn()?;
        Ok(Self {
            leash: child.stdin.take(),
            child,
        })
    }

    /// Ends the agent. What runs in sandboxes goes on.
    ///
    /// # Errors
    /// Where the process cannot be waited for.
    pub fn end(mut self) -> io::Result<()> {
        drop(self.leash.take());
        self.child.wait().map(drop)
    }
}

/// This program with a hidden command, on a leash.
fn command(name: &str, arguments: &[OsString]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null());
    Ok(command)
}

/// Returns when whoever holds the other end of standard input has gone.
fn until_let_go() {
    // Nothing is ever written on a leash; an error means as much as its end.
    let _ = io::stdin().read_to_end(&mut Vec::new());
}
