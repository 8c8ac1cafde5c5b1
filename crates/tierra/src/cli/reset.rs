//! `tierra reset`: stops the cloud and removes everything that it made on this machine.

use std::{fs, io};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Context, block_on, code, say, stop};
use crate::agent::run_folder;
use crate::assembly::{Drivers, wipe};
use crate::home::Home;

/// Stop the cloud and remove everything it made: instances, networks, the data directory; base images stay
#[derive(Debug, Args)]
pub struct Reset {
    /// Yes, all of it
    #[arg(long)]
    yes: bool,
    #[arg(long, value_enum, default_value_t = Drivers::Agent, hide = true)]
    drivers: Drivers,
}

impl Reset {
    /// Removes everything.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let home = context.home();
        if !self.yes {
            bail!(
                "this deletes {} with every instance and stack in it; say `tierra reset --yes`",
                home.folder().display()
            );
        }
        if let Some(running) = home.running() {
            stop::stop(&home, running)?;
        }
        if home.folder().exists() {
            let _lock = home.lock()?;
            block_on(self.wipe(&home)).context("the machine still holds something")?;
            home.delete()
                .with_context(|| format!("cannot delete {}", home.folder().display()))?;
        }
        say::note(format!("Removed {}.", home.folder().display()));
        Ok(code::OK)
    }

    /// With an agent of its own, since the cloud's has ended with the cloud.
    async fn wipe(&self, home: &Home) -> anyhow::Result<()> {
        let Some(agent) = self.drivers.start(home)? else { return Ok(()) };
        let wiped = wipe(&self.drivers.machine(home)).await;
        agent.end()?;
        wiped?;
        match fs::remove_dir_all(run_folder(home.folder())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
