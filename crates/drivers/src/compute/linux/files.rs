//! Small files that are replaced whole, and the files laid into a root.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compute::SandboxFile;

/// Replaces a file by a value as JSON, all or nothing. Readable by its owner only: environments hold secrets.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let bytes = serde_json::to_vec_pretty(value)?;
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(&bytes)?;
    file.sync_data()?;
    fs::rename(temporary, path)
}

/// Reads it back; nothing where there is no file, or one of another format.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Lays a file into the root that this process lives in.
pub(super) fn lay(file: &SandboxFile) -> io::Result<()> {
    let path = Path::new(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    if file.append {
        append_once(path, &file.content)?;
    } else {
        // A link in its place is replaced, not followed.
        let _ = fs::remove_file(path);
        fs::write(path, &file.content)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(file.mode))
}

fn append_once(path: &Path, content: &[u8]) -> io::Result<()> {
    let before = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other?,
    };
    let there = content.is_empty() || before.windows(content.len()).any(|window| window == content);
    if there {
        return Ok(());
    }
    OpenOptions::new().create(true).append(true).open(path)?.write_all(content)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn files_are_laid_once_and_replaced_where_asked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("etc/bundle").to_str().unwrap().to_owned();
        let file = |content: &str, append| SandboxFile {
            path: path.clone(),
            mode: 0o640,
            content: content.into(),
            append,
        };
        for (content, append, expected) in [
            ("one\n", true, "one\n"),
            ("two\n", true, "one\ntwo\n"),
            ("two\n", true, "one\ntwo\n"),
            ("new", false, "new"),
        ] {
            lay(&file(content, append)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
