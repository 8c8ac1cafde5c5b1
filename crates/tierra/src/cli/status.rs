//! `tierra status`: whether the cloud runs, where, since when, with how much in it.

use clap::Args;

use super::{Context, block_on, code, http, say};

/// Show whether the cloud runs, and where
#[derive(Debug, Args)]
pub struct Status {}

impl Status {
    /// Shows it.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let running = context.running()?;
        let status = block_on(http::get(running.port, "/_tierra/status"))?;
        if context.json {
            say::json(&status)?;
            return Ok(code::OK);
        }
        say::line(format!(
            "{} on http://127.0.0.1:{} (process {})",
            say::painted(say::GOOD, "running"),
            running.port,
            running.pid
        ));
        for (name, value) in status.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            say::line(format!("{:<12} {value}", name.replace('_', " ")));
        }
        Ok(code::OK)
    }
}
