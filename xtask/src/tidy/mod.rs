//! The house rules that a machine can check. Each rule is a function from the tree to what breaks it; `cargo test` runs them all.

mod arrows;
mod measure;
mod places;

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file of the tree.
pub struct Source {
    /// Its path from the top.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The lines before the file's test module: what the measures count.
    pub fn body(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| line.trim() != "#[cfg(test)]")
    }

    /// Whether it holds tests only.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.starts_with("tests/")
    }
}

/// Whatever breaks a rule, one line each.
pub fn broken(top: &Path) -> Vec<String> {
    let sources = sources(top);
    let manifests = arrows::manifests(top);
    [arrows::broken(&manifests), measure::broken(&sources), places::broken(&sources)].concat()
}

/// The top of the tree.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(top: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    for room in ["crates", "xtask", "tests", "examples"] {
        collect(top, &top.join(room), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(top: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            collect(top, &path, found);
        } else if path.extension().is_some_and(|e| e == "rs")
            && let (Ok(text), Ok(relative)) = (fs::read_to_string(&path), path.strip_prefix(top))
        {
            found.push(Source {
                path: relative.to_string_lossy().into_owned(),
                text,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let broken = broken(&top());
        assert!(broken.is_empty(), "{} rules are broken:\n{}", broken.len(), broken.join("\n"));
    }

    #[test]
    fn the_rules_see_what_breaks_them() {
        let long = format!("//! x\nfn long() {{\n{}}}\n", "    x();\n".repeat(80));
        let cases = [
            ("crates/core/src/a.rs", "fn f() {}\n".to_owned(), "opens with //!"),
            ("crates/core/src/a.rs", long, "long"),
            ("crates/core/src/a.rs", format!("//! x\n{}", "// y\n".repeat(700)), "lines"),
            ("crates/core/src/a.rs", "//! x\nunsafe { y() }\n".to_owned(), "unsafe"),
            (
                "crates/services/src/a.rs",
                "//! x\nlet t = SystemTime::now();\n".to_owned(),
                "clock",
            ),
            ("crates/services/src/a.rs", "//! x\nlet t = rand::random();\n".to_owned(), "chance"),
            ("crates/services/src/a.rs", "//! x\nlet t: HashSet<u8>;\n".to_owned(), "order"),
            ("crates/services/src/a.rs", "//! x\nspawn_blocking(work);\n".to_owned(), "thread"),
            (
                "crates/core/src/a.rs",
                "//! x\ntokio::select! {\n    a => {}\n}\n".to_owned(),
                "biased",
            ),
        ];
        for (path, text, word) in cases {
            let sources = [Source {
                path: path.to_owned(),
                text,
            }];
            let found = [measure::broken(&sources), places::broken(&sources)].concat();
            assert!(found.iter().any(|line| line.contains(word)), "{word}: {found:?}");
        }
        let arrow = [("tierra-core".to_owned(), vec!["tierra-services".to_owned()])];
        assert_eq!(arrows::broken(&arrow).len(), 1);
    }
}
