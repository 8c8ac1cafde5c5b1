//! `tierra hosts`: the names that lead to what runs, as `/etc/hosts` takes them.

use clap::Args;
use tierra_drivers::names::{Names, block};

use super::{Context, block_on, code, http, say};
use crate::home::cloud_name;

/// Print the cloud's names and public addresses as lines of /etc/hosts, where they stand while a cloud of root runs
#[derive(Debug, Args)]
pub struct Hosts {}

impl Hosts {
    /// Prints them.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let running = context.running()?;
        let page = block_on(http::get(running.port, "/_tierra/hosts"))?;
        if context.json {
            say::json(&page)?;
            return Ok(code::OK);
        }
        let names: Names = serde_json::from_value(page)?;
        if names.is_empty() {
            say::note("Nothing has a public name.");
        } else {
            say::line(block::render(&cloud_name(context.home().folder()), &names).trim_end());
        }
        Ok(code::OK)
    }
}
