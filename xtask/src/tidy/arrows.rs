//! Which crate may use which: arrows point down only.

use std::fs;
use std::path::Path;

/// A crate and those of ours that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("tierra-model-derive", &[]),
    ("tierra-model", &["tierra-model-derive"]),
    ("tierra-wire", &["tierra-model"]),
    ("tierra-core", &["tierra-model"]),
    ("tierra-guest", &[]),
    ("tierra-dataplane", &[]),
    ("tierra-drivers", &["tierra-core", "tierra-model"]),
    (
        "tierra-services",
        &["tierra-dataplane", "tierra-drivers", "tierra-core", "tierra-model"],
    ),
    (
        "tierra",
        &[
            "tierra-services",
            "tierra-wire",
            "tierra-drivers",
            "tierra-dataplane",
            "tierra-core",
            "tierra-model",
            "tierra-guest",
        ],
    ),
    (
        "xtask",
        &[
            "tierra-services",
            "tierra-dataplane",
            "tierra-drivers",
            "tierra-core",
            "tierra-model",
            "tierra-wire",
        ],
    ),
];

/// A crate's name and what it names of ours (tests aside).
pub type Manifest = (String, Vec<String>);

/// The manifests of the tree.
pub fn manifests(top: &Path) -> Vec<Manifest> {
    let crates = fs::read_dir(top.join("crates"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut all: Vec<Manifest> = crates.chain([top.join("xtask")]).filter_map(|folder| manifest(&folder)).collect();
    all.sort();
    all
}

fn manifest(folder: &Path) -> Option<Manifest> {
    let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("name = \""))?
        .trim_end_matches('"')
        .to_owned();
    let dependencies = text.split("[dependencies]").nth(1).unwrap_or("").split("\n[").next().unwrap_or("");
    let ours = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|word| word.starts_with("tierra"));
    Some((name, ours.map(str::to_owned).collect()))
}

/// Arrows that point up or sideways, and crates that this page does not know.
pub fn broken(manifests: &[Manifest]) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, uses) in manifests {
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| known == name) else {
            broken.push(format!("{name}: a crate without a place in the house (xtask/src/tidy/arrows.rs)"));
            continue;
        };
        let wrong = uses.iter().filter(|used| !allowed.contains(&used.as_str()));
        broken.extend(wrong.map(|used| format!("{name} must not use {used}")));
    }
    broken
}
