//! `tierra down`: deletes a stack with everything in it, and shows how it goes.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::aws::Aws;
use super::stack::{self, Stack};
use super::{Context, block_on, code, say};

/// Delete a stack and everything in it
#[derive(Debug, Args)]
pub struct Down {
    /// The stack's name, its template, or the folder that holds template.yaml
    stack: String,
    /// How long it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    timeout: u64,
}

impl Down {
    /// Deletes it.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let path = Path::new(&self.stack);
        let name = if path.exists() {
            stack::default_name(&stack::template_file(path)?)
        } else {
            self.stack.clone()
        };
        block_on(async {
            let aws = Aws::connect(context)?;
            let Some(found) = Stack::find(&aws, &name).await? else {
                say::note(format!("There is no stack {name}."));
                return Ok(code::OK);
            };
            stack::delete(&aws, &found, Duration::from_secs(self.timeout)).await?;
            say::note(format!("{} is deleted.", say::painted(say::BOLD, &name)));
            Ok(code::OK)
        })
    }
}
