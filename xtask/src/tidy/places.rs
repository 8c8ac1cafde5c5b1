//! Where `unsafe`, clocks and chance may be.

use super::Source;

/// A word, what it is, and the paths (by what they hold) where it may be.
const PLACES: &[(&str, &str, &[&str])] = &[
    ("unsafe {", "unsafe", &["crates/drivers/src/"]),
    ("unsafe fn", "unsafe", &["crates/drivers/src/"]),
    ("unsafe impl", "unsafe", &["crates/drivers/src/"]),
    (
        "SystemTime::now",
        "the clock",
        &["crates/core/src/clock.rs", "crates/guest/src/", "crates/tierra/src/cli/"],
    ),
    ("Timestamp::now", "the clock", &["examples/"]),
    ("Utc::now", "the clock", &[]),
    ("rand::", "chance", &["crates/core/src/ids.rs"]),
    ("Uuid::new", "chance", &[]),
    (
        "Command::new",
        "a program",
        &[
            "crates/drivers/src/",
            "crates/guest/src/",
            "crates/tierra/src/",
            "xtask/src/",
            "examples/",
        ],
    ),
];

/// Words outside their places. Within drivers, `unsafe` and programs belong to a `linux` folder, or to a test's own program.
pub fn broken(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !source.is_test() && source.path != "xtask/src/tidy/places.rs")
        .flat_map(file)
        .collect()
}

fn file(source: &Source) -> Vec<String> {
    let code = source.body().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(at, line)| {
        let wrong = PLACES
            .iter()
            .filter(|(word, what, places)| line.contains(word) && !allowed(&source.path, what, places));
        wrong.map(move |(word, what, _)| format!("{}:{}: {what} ({word}) is not made here", source.path, at + 1))
    })
    .collect()
}

fn allowed(path: &str, what: &str, places: &[&str]) -> bool {
    let linux_only = path.starts_with("crates/drivers/") && matches!(what, "unsafe" | "a program");
    places.iter().any(|place| path.starts_with(place))
        && (!linux_only || ["/linux/", "/linux.rs", "/src/bin/"].iter().any(|place| path.contains(place)))
}
