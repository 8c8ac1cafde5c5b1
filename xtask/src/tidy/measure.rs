//! How long things may be. Tests are not counted.

use super::Source;

/// Lines of a file.
const FILE_LINES: usize = 600;
/// Lines of a function.
const FUNCTION_LINES: usize = 70;

/// Files without an opening line, too long files and too long functions.
pub fn broken(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(file).collect()
}

fn file(source: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    if !source.text.starts_with("//!") {
        broken.push(format!("{}: opens with //! and says its room", source.path));
    }
    if source.is_test() {
        return broken;
    }
    let lines: Vec<&str> = source.body().collect();
    if lines.len() > FILE_LINES {
        broken.push(format!("{}: {} lines, {FILE_LINES} at the most", source.path, lines.len()));
    }
    broken.extend(long_functions(&lines).map(|(at, name, length)| {
        format!(
            "{}:{}: {name} has {length} lines, {FUNCTION_LINES} at the most",
            source.path,
            at + 1
        )
    }));
    broken
}

/// Functions longer than allowed: a function ends at the first line that closes at its own indent.
fn long_functions<'a>(lines: &'a [&'a str]) -> impl Iterator<Item = (usize, &'a str, usize)> {
    lines.iter().enumerate().filter_map(|(at, line)| {
        let name = function_name(line)?;
        let head = lines[at..].iter().find(|l| l.ends_with(['{', ';', '}']))?;
        if head.ends_with(';') {
            return None; // a trait's declaration: no body
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = lines[at..]
            .iter()
            .position(|l| l.strip_prefix(indent).is_some_and(|rest| rest.starts_with('}')))?;
        (end + 1 > FUNCTION_LINES).then_some((at, name, end + 1))
    })
}

fn function_name(line: &str) -> Option<&str> {
    let head = line.trim_start();
    let words: Vec<&str> = head.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "fn")?;
    let modifiers = words[..at]
        .iter()
        .all(|word| word.starts_with("pub") || matches!(*word, "async" | "const" | "unsafe" | "extern" | "\"C\"" | "crate)" | "super)"));
    (modifiers && !head.starts_with("//")).then(|| words.get(at + 1).map_or("", |name| name.split(['(', '<']).next().unwrap_or("")))
}
