//! What simulated sandboxes answer: whatever the test says.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::net::UnixStream;

use super::SimCompute;
use crate::DriverError;
use crate::compute::inside::{Command, Control, Exec, Output};
use crate::compute::{Phase, SandboxId, check_id};

/// What runs inside simulated sandboxes.
pub trait Inhabitant: Send + Sync {
    /// Answers a command.
    fn run(&self, id: &str, command: &Command) -> Output;
    /// Takes a connection to the socket at this path; false where nobody listens there.
    fn serve(&self, id: &str, path: &str, stream: UnixStream) -> bool;
}

impl SimCompute {
    /// Has these be what every sandbox runs.
    pub fn inhabit(&self, inhabitant: Arc<dyn Inhabitant>) {
        self.machine().inhabitant = Some(inhabitant);
    }

    async fn at_home(&self, what: &str, id: &SandboxId) -> Result<Option<Arc<dyn Inhabitant>>, DriverError> {
        check_id(id)?;
        let found = self.call(what, |machine| {
            let running = machine
                .sandboxes
                .get(id)
                .is_some_and(|sandbox| sandbox.state.phase == Phase::Running);
            running.then(|| machine.inhabitant.clone())
        });
        found.await?.ok_or_else(|| DriverError::NotFound { what: id.clone() })
    }
}

#[async_trait]
impl Exec for SimCompute {
    async fn run(&self, id: &SandboxId, command: &Command) -> Result<Output, DriverError> {
        let inhabitant = self.at_home("run", id).await?;
        Ok(inhabitant.map(|one| one.run(id, command)).unwrap_or_default())
    }
}

#[async_trait]
impl Control for SimCompute {
    async fn connect(&self, id: &SandboxId, path: &str) -> Result<UnixStream, DriverError> {
        let inhabitant = self.at_home("connect", id).await?;
        let (ours, theirs) = UnixStream::pair().map_err(|error| DriverError::failed("making a socket", error))?;
        match inhabitant.is_some_and(|one| one.serve(id, path, theirs)) {
            true => Ok(ours),
            false => Err(DriverError::failed("connecting to a node", "nobody listens")),
        }
    }
}
