//! The console log of a sandbox: a folder of segments, each named by the offset of its first byte, so that offsets stay
//! true while old output is forgotten. The supervisor writes, anyone reads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A segment is closed when it holds this many bytes.
const SEGMENT_BYTES: u64 = 512 * 1024;
/// How many segments are kept: at least 1 MiB of output.
const SEGMENTS: usize = 3;

/// Appends to a console log.
pub(super) struct ConsoleWriter {
    folder: PathBuf,
    file: File,
    length: u64,
    start: u64,
}

impl ConsoleWriter {
    /// Goes on where the log ends.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (start, length) = segments(folder)?.pop().unwrap_or((0, 0));
        Ok(Self {
            file: segment(folder, start)?,
            folder: folder.to_owned(),
            length,
            start,
        })
    }

    /// Adds bytes; the oldest are forgotten where the bound is passed.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.length >= SEGMENT_BYTES {
            self.rotate()?;
        }
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.start += self.length;
        self.length = 0;
        self.file = segment(&self.folder, self.start)?;
        let all = segments(&self.folder)?;
        for (old, _) in all.iter().take(all.len().saturating_sub(SEGMENTS)) {
            fs::remove_file(path_of(&self.folder, *old))?;
        }
        Ok(())
    }
}

/// Up to `max` bytes from `offset` (from the end where it is negative), and the offset of the first byte given.
pub(super) fn read(folder: &Path, offset: i64, max: usize) -> io::Result<(u64, Vec<u8>)> {
    let segments = segments(folder)?;
    let oldest = segments.first().map_or(0, |s| s.0);
    let end = segments.last().map_or(0, |(start, length)| start + length);
    let wanted = if offset < 0 {
        end.saturating_sub(offset.unsigned_abs())
    } else {
        offset.unsigned_abs()
    };
    let first = wanted.clamp(oldest, end);
    let mut bytes = Vec::new();
    for (start, length) in segments.into_iter().filter(|(start, length)| start + length > first) {
        let room = (max - bytes.len()) as u64;
        let mut file = File::open(path_of(folder, start))?;
        file.seek(SeekFrom::Start(first.saturating_sub(start)))?;
        file.take(room.min(length)).read_to_end(&mut bytes)?;
    }
    Ok((first, bytes))
}

fn path_of(folder: &Path, start: u64) -> PathBuf {
    folder.join(format!("{start:020}"))
}

fn segment(folder: &Path, start: u64) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path_of(folder, start))
}

/// Start and length of each, oldest first. Nothing where there is no log yet.
fn segments(folder: &Path) -> io::Result<Vec<(u64, u64)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(start) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            found.push((start, entry.metadata()?.len()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn offsets_stay_true_while_the_oldest_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = ConsoleWriter::open(dir.path()).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..SEGMENT_BYTES * 5 / 1024 {
            writer.write(&line).unwrap();
        }
        drop(writer);
        ConsoleWriter::open(dir.path()).unwrap().write(b"end").unwrap();
        let end = SEGMENT_BYTES * 5 + 3;
        assert_eq!(read(dir.path(), -3, 100).unwrap(), (end - 3, b"end".to_vec()));
        let (first, bytes) = read(dir.path(), 0, usize::MAX).unwrap();
        assert_eq!(first, SEGMENT_BYTES * 3);
        assert_eq!(first + bytes.len() as u64, end);
    }

    #[test]
    fn reads_are_clamped() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(&dir.path().join("none"), -5, 10).unwrap(), (0, vec![]));
        ConsoleWriter::open(dir.path()).unwrap().write(b"hello").unwrap();
        for (offset, max, expected) in [
            (0, 5, (0, "hello")),
            (2, 2, (2, "ll")),
            (-99, 3, (0, "hel")),
            (9, 3, (5, "")),
            (-1, 9, (4, "o")),
        ] {
            let (at, bytes) = read(dir.path(), offset, max).unwrap();
            assert_eq!((at, std::str::from_utf8(&bytes).unwrap()), expected, "{offset} {max}");
        }
    }
}
