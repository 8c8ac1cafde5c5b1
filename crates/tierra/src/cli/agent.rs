//! The hidden commands of the agent's two processes (see [`crate::agent`]). Only `tierra start` runs them.

use std::path::PathBuf;

use clap::Args;

use super::{code, log};
use crate::agent::{keep, work};
use crate::home::Home;

/// Which cloud's agent, and whom it serves.
#[derive(Debug, Args)]
pub struct Agent {
    /// The data directory
    folder: PathBuf,
    /// The user that the control plane runs as
    uid: u32,
}

impl Agent {
    /// Keeps a worker running.
    pub fn keep(self) -> anyhow::Result<u8> {
        log::begin(None)?;
        keep(&[self.folder.into(), self.uid.to_string().into()])?;
        Ok(code::OK)
    }

    /// Serves the drivers.
    pub fn work(self) -> anyhow::Result<u8> {
        log::begin(None)?;
        work(&Home::new(self.folder), self.uid)?;
        Ok(code::OK)
    }
}
