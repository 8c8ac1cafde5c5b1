//! Templates: one broken template for each kind of mistake with the diagnostic that a person sees, and whole ones.
//! `REFRESH=1 cargo test -p tierra-services --test templates` writes the golden files anew.

use std::fs;
use std::path::{Path, PathBuf};

use tierra_services::cloudformation::template::Template;

fn templates(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates").join(folder);
    let entries = fs::read_dir(folder).expect("the folder of templates");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("entry").path())
        .filter(|file| file.extension().is_some_and(|e| e != "golden"))
        .collect();
    files.sort();
    files
}

/// Everything but S3 is built, so that "known to AWS, not built" can be shown.
fn built(kind: &str) -> bool {
    !kind.starts_with("AWS::S3::")
}

fn diagnostics(file: &Path) -> String {
    let source = fs::read_to_string(file).expect("template");
    let name = file.file_name().and_then(|name| name.to_str()).expect("name");
    let mistakes = Template::checked(&source, &built).err().unwrap_or_default();
    mistakes
        .iter()
        .map(|mistake| mistake.render(&source, name, false) + "\n")
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn each_kind_of_mistake_is_shown_where_it_is() {
    let mut wrong = Vec::new();
    for file in templates("broken") {
        let golden = file.with_extension("golden");
        let shown = diagnostics(&file);
        if std::env::var_os("REFRESH").is_some() {
            fs::write(&golden, &shown).expect("golden");
        }
        if shown.is_empty() || fs::read_to_string(&golden).ok().as_ref() != Some(&shown) {
            wrong.push(format!("{}:\n{shown}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whole_templates_have_no_mistakes() {
    for file in templates("whole") {
        assert_eq!(diagnostics(&file), "", "{}", file.display());
    }
}
