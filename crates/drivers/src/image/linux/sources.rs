//! Where Debian packages come from: what this machine's own apt is set to, read and passed on, never written here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings of the machine's apt that its sources may need.
const PASSED_ON: [&str; 4] = [
    "Acquire::Check-Valid-Until",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Retries",
];

/// The source files that offer this suite of Debian itself (component `main`).
pub(super) fn files_with(suite: &str) -> Vec<PathBuf> {
    let folder = Path::new("/etc/apt");
    let mut files: Vec<_> = fs::read_dir(folder.join("sources.list.d"))
        .into_iter()
        .flatten()
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    files.push(folder.join("sources.list"));
    files.sort();
    files.retain(|file| fs::read_to_string(file).is_ok_and(|text| offers(&text, suite)));
    files
}

/// Whether a source file, of either format, has an active line for the suite's main component.
fn offers(text: &str, suite: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let field = |name: &str, word: &str| {
        lines()
            .filter_map(|line| line.split_once(':'))
            .any(|(key, value)| key.eq_ignore_ascii_case(name) && value.split_whitespace().any(|w| w == word))
    };
    let one_line = lines().any(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        words.first() == Some(&"deb") && words.contains(&suite) && words.contains(&"main")
    });
    one_line || (field("Suites", suite) && field("Components", "main") && !field("Enabled", "no"))
}

/// `NAME "VALUE"` of the settings that are passed on.
pub(super) fn apt_options() -> Vec<String> {
    let dump = Command::new("apt-config")
        .arg("dump")
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    options_in(&dump.unwrap_or_default())
}

fn options_in(dump: &str) -> Vec<String> {
    let wanted = |line: &&str| {
        PASSED_ON
            .iter()
            .any(|name| line.split_once(' ').is_some_and(|(key, _)| key == *name))
    };
    dump.lines()
        .filter(wanted)
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn both_formats_are_read_and_strangers_left_out() {
        for (text, expected) in [
            ("deb http://mirror.example/debian bookworm main contrib", true),
            ("# deb http://mirror.example/debian bookworm main", false),
            ("deb http://packages.example/apt tool-bookworm main", false),
            ("deb [signed-by=/k.gpg] https://docker.example/debian bookworm stable", false),
            (
                "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n",
                true,
            ),
            (
                "Types: deb\nURIs: http://mirror.example/ubuntu\nSuites: noble\nComponents: main\n",
                false,
            ),
            ("Types: deb\nSuites: bookworm\nComponents: main\nEnabled: no\n", false),
        ] {
            assert_eq!(offers(text, "bookworm"), expected, "{text}");
        }
    }

    #[test]
    fn only_what_sources_need_is_passed_on() {
        let dump = "APT \"\";\nAcquire::Check-Valid-Until \"false\";\nAcquire::http::Proxy \"http://p:1\";\nAcquire::http::Proxy-Auto-Detect \"x\";\n";
        assert_eq!(
            options_in(dump),
            ["Acquire::Check-Valid-Until \"false\"", "Acquire::http::Proxy \"http://p:1\""]
        );
    }
}
