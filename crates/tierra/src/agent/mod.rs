//! The agent's two processes, and how the control plane starts them.
//!
//! The *keeper* is started by the control plane while that is still root, and starts the *worker* again whenever it dies; the worker
//! holds the drivers and serves them on the agent's socket. Each ends when the pipe on its standard input closes, so a control
//! plane that was killed leaves neither behind. Sandboxes go on without them.

mod keeper;
mod worker;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

pub use keeper::keep;
pub use worker::{is_left_behind, work};

/// The hidden command that is the keeper.
pub const KEEPER_COMMAND: &str = "agent";
/// The hidden command that is the worker.
pub const WORKER_COMMAND: &str = "agent-worker";

/// What is said on a leash before it is let go in good order.
const FAREWELL: &[u8] = b"farewell";

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

    /// Ends the agent, which takes its empty folders along. What runs in sandboxes goes on.
    ///
    /// # Errors
    /// Where the process cannot be waited for.
    pub fn end(mut self) -> io::Result<()> {
        if let Some(mut leash) = self.leash.take() {
            // A keeper that has ended already needs no farewell.
            let _ = leash.write_all(FAREWELL);
        }
        self.child.wait().map(drop)
    }
}

/// This program with a hidden command, on a leash.
fn command(name: &str, arguments: &[OsString]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null());
    Ok(command)
}

/// Returns when whoever holds the other end of standard input has gone: true where it said farewell, false where it was killed.
fn until_let_go() -> bool {
    let mut said = Vec::new();
    // An error means as much as the leash's end.
    let _ = io::stdin().read_to_end(&mut said);
    said == FAREWELL
}
