//! `tierra reset`: stops the cloud and removes everything that it made on this machine.

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Context, block_on, code, say, stop};
use crate::assembly::{Drivers, kept_disks, wipe};

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
            let kept = kept_disks(&home)?;
            let wiped = stop::with_own_agent(self.drivers, &home, async |machine| wipe(machine, &kept).await);
            block_on(wiped).context("the machine still holds something")?;
            home.delete()
                .with_context(|| format!("cannot delete {}", home.folder().display()))?;
        }
        say::note(format!("Removed {}.", home.folder().display()));
        Ok(code::OK)
    }
}
