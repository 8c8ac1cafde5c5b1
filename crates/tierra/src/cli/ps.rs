//! `tierra ps`: the stacks and the instances.

use clap::Args;
use comfy_table::{Table, presets};
use serde_json::json;

use super::aws::Aws;
use super::instance::Instance;
use super::stack::Stack;
use super::{Context, block_on, code, say};

/// List stacks and instances
#[derive(Debug, Args)]
pub struct Ps {}

impl Ps {
    /// Lists them.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let (stacks, instances) = block_on(async {
            let aws = Aws::connect(context)?;
            Ok((Stack::all(&aws).await?, Instance::all(&aws).await?))
        })?;
        if context.json {
            say::json(&json!({ "stacks": stacks, "instances": instances }))?;
            return Ok(code::OK);
        }
        let rows = stacks.iter().map(|stack| vec![stack.name.clone(), stack.status.clone()]);
        say::line(table(&["STACK", "STATUS"], rows));
        let rows = instances
            .into_iter()
            .map(|i| vec![i.id, i.name, i.state, i.kind, i.private, i.public, i.stack]);
        say::line(table(&["INSTANCE", "NAME", "STATE", "TYPE", "PRIVATE", "PUBLIC", "STACK"], rows));
        Ok(code::OK)
    }
}

/// Columns without lines, as a shell's other listings have them.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(head);
    table.add_rows(rows);
    table
}
