//! The guest helper: what an instance does at its start with what its cloud tells it. It speaks cloud-init's user data
//! formats and keeps cloud-init's files, so that scripts that look for them find them.
//!
//! Two stages, as two units of the image: `init` before sshd (name, resolver, keys, files, boot hooks), `final` after
//! (packages, commands, scripts), so that logging in never waits for slow user data.
//!
//! **Invariant**: each part of the user data runs once per instance id, whatever happens in between; what is decided from
//! text is pure, and tested as tables.

#![cfg_attr(test, allow(clippy::unwrap_used))] // a test may end where it likes

mod accounts;
mod cloud_config;
mod commands;
mod imds;
mod instance;
mod mime;
mod stages;
mod system;
mod user_data;

use std::process::ExitCode;

/// Runs a stage: the binary's hidden command, with what follows its name.
pub fn run(mut args: impl Iterator<Item = String>) -> ExitCode {
    let done = match (args.next().as_deref(), args.next()) {
        (Some("init"), None) => stages::init(),
        (Some("final"), None) => stages::last(),
        _ => {
            eprintln!("this command is for the units of an instance: init | final");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("tierra-guest: {error}");
            ExitCode::FAILURE
        }
    }
}
