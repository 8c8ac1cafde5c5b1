//! `tierra completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Tierra, code};

/// Print the completions of a shell (bash, zsh, fish, elvish, powershell)
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints them.
    pub fn run(self) -> anyhow::Result<u8> {
        clap_complete::generate(self.shell, &mut Tierra::command(), "tierra", &mut std::io::stdout());
        Ok(code::OK)
    }
}
