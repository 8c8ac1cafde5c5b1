//! `tierra stop`: ends the cloud and everything that runs in it. What is stored stays; the next start brings it back.

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};

use super::{Context, code, say};
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
        let running = context.running()?;
        stop(&context.home(), running)?;
        say::note("Tierra has stopped.");
        Ok(code::OK)
    }
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
