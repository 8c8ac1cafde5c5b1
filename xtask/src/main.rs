//! The workshop: what is done to the repository itself, not by the product.

mod coverage;
mod models;
mod schemas;
mod tidy;

use anyhow::{Result, bail};

/// A task's name, what it does, and its function.
type Task = (&'static str, &'static str, fn() -> Result<()>);

const TASKS: &[Task] = &[
    ("coverage", "print what is built of what AWS models", coverage::print),
    ("models", "make models/ again from the pinned botocore", models::refresh),
    ("schemas", "refresh models/resources from its pinned package", || {
        schemas::refresh(&tidy::top())
    }),
    ("tidy", "hold the tree against the house rules", tidy),
];

fn main() -> Result<()> {
    let asked = std::env::args().nth(1).unwrap_or_default();
    if let Some((_, _, run)) = TASKS.iter().find(|(name, ..)| *name == asked) {
        return run();
    }
    let tasks: Vec<String> = TASKS.iter().map(|(name, what, _)| format!("  {name:<10} {what}")).collect();
    bail!("usage: cargo xtask TASK\n{}", tasks.join("\n"))
}

fn tidy() -> Result<()> {
    let broken = tidy::broken(&tidy::top());
    if broken.is_empty() {
        println!("tidy");
        return Ok(());
    }
    bail!("{} rules are broken:\n{}", broken.len(), broken.join("\n"))
}
