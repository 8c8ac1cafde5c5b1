//! `tierra stop`: ends the cloud and everything that runs in it. What is stored stays; the next start brings it back.

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tierra_drivers::DriverError;
use tierra_drivers::agent::Machine;

use super::{Context, block_on, code, say};
use crate::agent::is_left_behind;
use crate::assembly::{Drivers, park};
use crate::home::{Home, Running};

/// How long the cloud may take to power everything off.
const STOP_TIME: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(20);

/// Stop the cloud: instances are powered off with their disks kept; the next start brings back what was running
#[derive(Debug, Args)]
pub struct Stop {}

impl Stop {
    /// Stops it and waits until it is gone.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let home = context.home();
        match context.running() {
            Ok(running) => stop(&home, running)?,
            Err(_) if is_left_behind(home.folder()) => block_on(park_what_is_left(&home))?,
            Err(not_running) => return Err(not_running.into()),
        }
        say::note("Tierra has stopped.");
        Ok(code::OK)
    }
}

/// Ends what a control plane that was killed left running.
async fn park_what_is_left(home: &Home) -> anyhow::Result<()> {
    let _lock = home.lock()?;
    say::note("The cloud was killed; ending what it left.");
    with_own_agent(Drivers::Agent, home, park).await
}

/// Does something to the machine of a cloud that does not run, with an agent of its own. Nothing where there can be none.
pub async fn with_own_agent(
    drivers: Drivers,
    home: &Home,
    work: impl AsyncFnOnce(&Machine) -> Result<(), DriverError>,
) -> anyhow::Result<()> {
    let Some(agent) = drivers.start(home)? else { return Ok(()) };
    let done = work(&drivers.machine(home)).await;
    agent.end()?;
    Ok(done?)
}

/// Asks the process to end and waits until it has.
pub fn stop(home: &Home, running: Running) -> anyhow::Result<()> {
    let Some(pid) = i32::try_from(running.pid).ok().and_then(Pid::from_raw) else {
        bail!("the lock file names no process");
    };
    kill_process(pid, Signal::TERM)?;
    let begun = Instant::now();
    while home.running().is_some() {
        if begun.elapsed() > STOP_TIME {
            bail!(
                "process {} has not ended after {} s; its log: {}",
                running.pid,
                STOP_TIME.as_secs(),
                home.log().display()
            );
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}
