//! `tierra ssh`: a shell in an instance, as its root, with the operator's key that every instance of this cloud knows.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Args;

use super::aws::Aws;
use super::instance::Instance;
use super::{Context, block_on};

/// Open a shell in an instance, or run a command in it
#[derive(Debug, Args)]
pub struct Ssh {
    /// The instance's id or name
    instance: String,
    /// Log in as this user
    #[arg(long, short = 'l', default_value = "root", value_name = "NAME")]
    user: String,
    /// The command and its arguments
    #[arg(last = true)]
    command: Vec<String>,
}

impl Ssh {
    /// Becomes ssh.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let instance = block_on(async { Instance::meant(&Aws::connect(context)?, &self.instance).await })?;
        if instance.state != "running" {
            bail!("{} is {}", instance.id, instance.state);
        }
        if instance.public.is_empty() {
            bail!("{} has no public address, so that it cannot be reached from here", instance.id);
        }
        // A new instance at an old address has another host key, and both are on this machine.
        let options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
        let mut ssh = Command::new("ssh");
        ssh.arg("-i").arg(context.home().operator_key());
        for option in options {
            ssh.args(["-o", option]);
        }
        ssh.arg(format!("{}@{}", self.user, instance.public)).args(&self.command);
        Err(ssh.exec()).context("cannot run ssh")
    }
}
