//! Folders as archives. Follows PKWARE's APPNOTE 6.3, without its larger forms.
//!
//! **Invariant**: the same files give the same bytes (sorted names, no times), so that what did not change is not uploaded again.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Files in one archive: what its counters hold.
const FILES: usize = 65_535;
/// 1 January 1980, the first day that an archive can tell.
const DATE: u16 = (1 << 5) | 1;
const DEFLATED: u16 = 8;
const VERSION: u16 = 20;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// Made on Unix, so that the mode counts.
const MADE_BY: u16 = (3 << 8) | VERSION;
const REGULAR: u32 = 0o100_000;

/// An archive of a folder's files, or of one file.
///
/// # Errors
/// Where one cannot be read, there are too many, or they come to more than `limit` bytes.
pub fn archive(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let mut names = Vec::new();
    collect(path, "", &mut names)?;
    names.sort();
    let mut archive = Archive::default();
    for (name, executable) in &names {
        let file = if path.is_dir() { path.join(name) } else { path.to_owned() };
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        archive.add(name, &content, *executable)?;
        ensure!(archive.bytes.len() <= limit, "{} comes to more than {limit} bytes", path.display());
    }
    Ok(archive.end(names.len()))
}

/// The names of the files of a folder, below it, and whether each can be run.
fn collect(path: &Path, name: &str, names: &mut Vec<(String, bool)>) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let about = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !about.is_dir() {
        let name = if name.is_empty() { file_name(path) } else { name.to_owned() };
        names.push((name, about.permissions().mode() & 0o111 != 0));
        ensure!(names.len() <= FILES, "more than {FILES} files");
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        let entry = entry?.path();
        let below = if name.is_empty() {
            file_name(&entry)
        } else {
            format!("{name}/{}", file_name(&entry))
        };
        collect(&entry, &below, names)?;
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
}

impl Archive {
    fn add(&mut self, name: &str, content: &[u8], executable: bool) -> Result<()> {
        let mut crc = Crc::new();
        crc.update(content);
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(content)?;
        let packed = packer.finish()?;
        let mut about = Vec::new();
        for half in [VERSION, FLAGS, DEFLATED, 0, DATE] {
            about.extend(half.to_le_bytes());
        }
        for word in [crc.sum(), u32::try_from(packed.len())?, u32::try_from(content.len())?] {
            about.extend(word.to_le_bytes());
        }
        about.extend(u16::try_from(name.len())?.to_le_bytes());
        about.extend(0_u16.to_le_bytes());
        let (at, mode) = (u32::try_from(self.bytes.len())?, if executable { 0o755 } else { 0o644 });
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&about);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(about);
        // No comment, first disk, binary.
        self.directory.extend([0; 6]);
        self.directory.extend(((REGULAR | mode) << 16).to_le_bytes());
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(name.as_bytes());
        Ok(())
    }

    fn end(mut self, files: usize) -> Vec<u8> {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let count = u16::try_from(files).unwrap_or(u16::MAX).to_le_bytes();
        let at = self.bytes.len();
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend([count, count].concat());
        self.bytes.extend(narrow(self.directory.len()));
        self.bytes.extend(narrow(at));
        self.bytes.extend([0; 2]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const READ: &str = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; \
        print([(i.filename, z.read(i).decode(), oct(i.external_attr >> 16)) for i in z.infolist()])";

    #[test]
    fn python_reads_what_was_packed_and_packing_again_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("src/lib")).expect("folders");
        fs::write(folder.path().join("src/b.py"), "b\n").expect("a file");
        fs::write(folder.path().join("src/lib/a.py"), "a".repeat(9)).expect("a file");
        let source = folder.path().join("src");
        let packed = archive(&source, 1 << 20).expect("packed");
        assert_eq!(packed, archive(&source, 1 << 20).expect("packed again"));
        assert!(archive(&source, 10).is_err(), "bounded");
        let file = folder.path().join("a.zip");
        fs::write(&file, packed).expect("written");
        let read = Command::new("python3")
            .args(["-c", READ])
            .arg(&file)
            .output()
            .expect("python3 runs");
        let want = "[('b.py', 'b\\n', '0o100644'), ('lib/a.py', 'aaaaaaaaa', '0o100644')]\n";
        assert_eq!(
            String::from_utf8_lossy(&read.stdout),
            want,
            "{}",
            String::from_utf8_lossy(&read.stderr)
        );
    }
}
