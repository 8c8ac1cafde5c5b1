//! `tierra ssh`: a shell in an instance, as its root, with the operator's key that every instance of this cloud knows.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Args;

use super::aws::Aws;
use super::connect::CONNECT_COMMAND;
use super::env::quoted;
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
        // A new instance at an old address has another host key, and both are on this machine.
        let options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
        let mut ssh = Command::new("ssh");
        ssh.arg("-i").arg(context.home().operator_key());
        for option in options {
            ssh.args(["-o", option]);
        }
        let address = if instance.public.is_empty() {
            ssh.arg("-o").arg(through_vpc(context, &instance)?);
            &instance.private
        } else {
            &instance.public
        };
        ssh.arg(format!("{}@{address}", self.user)).args(&self.command);
        Err(ssh.exec()).context("cannot run ssh")
    }
}

/// The option by which ssh reaches an instance without a public address: the agent connects inside its VPC.
fn through_vpc(context: &Context, instance: &Instance) -> anyhow::Result<String> {
    if !rustix::process::geteuid().is_root() {
        bail!("{} has no public address: only root reaches it, through its VPC", instance.id);
    }
    let program = std::env::current_exe()?;
    let word = |path: &Path| quoted(&path.display().to_string());
    let command = format!(
        "{} --data {} {CONNECT_COMMAND} {} {}:22",
        word(&program),
        word(context.home().folder()),
        instance.vpc,
        instance.private
    );
    // ssh has a meaning of its own for the per cent sign.
    Ok(format!("ProxyCommand={}", command.replace('%', "%%")))
}
