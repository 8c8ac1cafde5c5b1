//! How the tool speaks: plain words, coloured where a person looks on, one JSON value where `--json` asks for it.

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

/// Marks what is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Marks what needs a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// Marks what failed.
pub const BAD: Style = AnsiColor::Red.on_default();
/// Marks what matters.
pub const BOLD: Style = Style::new().bold();
/// Marks what can be passed over.
pub const DIM: Style = Style::new().dimmed();

/// `text` in `style`. `anstream` takes the codes out again where nobody sees colours.
pub fn painted(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// One line of a result.
pub fn line(text: impl std::fmt::Display) {
    anstream::println!("{text}");
}

/// One line on the way to a result.
pub fn note(text: impl std::fmt::Display) {
    anstream::eprintln!("{text}");
}

/// Why the verb failed, with what caused it.
pub fn error(error: &anyhow::Error) {
    anstream::eprintln!("{} {error:#}", painted(BAD.bold(), "error:"));
}

/// One JSON value.
///
/// # Errors
/// Where it cannot be said in JSON.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}
