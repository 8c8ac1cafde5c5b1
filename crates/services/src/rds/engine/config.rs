//! Configuration files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tierra_drivers::compute::SandboxFile;

use super::sql::is_variable;

/// A file of a sandbox.
pub(super) fn file(path: &str, mode: u32, content: String) -> SandboxFile {
    SandboxFile {
        path: path.to_owned(),
        mode,
        content: content.into_bytes(),
        append: false,
    }
}

/// The parameters that can stand on a line of their own: neither name nor value can bring another line.
pub(super) fn plain(parameters: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    let all = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    all.filter(|(name, value)| is_variable(name) && !value.chars().any(char::is_control))
}

/// Lines of `name = value`.
pub(super) fn lines<'a>(settings: impl IntoIterator<Item = (&'a str, String)>) -> String {
    settings.into_iter().fold(String::new(), |mut text, (name, value)| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} = {value}");
        text
    })
}
