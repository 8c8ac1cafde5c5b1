//! Log files, as DescribeDBLogFiles and DownloadDBLogFilePortion show them: names below the volume's `log` folder.

use super::{Client, VOLUME_PATH};

/// Bytes of one portion ("DownloadDBLogFilePortion": up to 1 MB).
pub const PORTION_BYTES: u64 = 1 << 20;

/// A log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// `error/mysql-error.log`
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written, in milliseconds of Unix time.
    pub written: i64,
}

/// Lists them; [`parse`] reads the answer.
pub fn list() -> Client {
    let folder = format!("{VOLUME_PATH}/log");
    Client::new(
        &["/usr/bin/find", &folder, "-type", "f", "-printf", "%P\\t%s\\t%T@\\n"],
        String::new(),
    )
}

/// What [`list`] answered, by name. A line that is none of its own is passed over.
pub fn parse(answer: &str) -> Vec<LogFile> {
    let mut files: Vec<_> = answer.lines().filter_map(parse_line).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn parse_line(line: &str) -> Option<LogFile> {
    let mut fields = line.split('\t');
    let (name, size, written) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?);
    Some(LogFile {
        name: name.to_owned(),
        size,
        written: written.split('.').next()?.parse::<i64>().ok()?.checked_mul(1000)?,
    })
}

/// Reads up to [`PORTION_BYTES`] of a file from an offset on. `None` where the name leads out of the folder.
pub fn read(name: &str, offset: u64) -> Option<Client> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(char::is_control);
    name.split('/').all(plain).then(|| {
        let path = format!("{VOLUME_PATH}/log/{name}");
        let from = format!("+{}", offset.saturating_add(1));
        let bytes = PORTION_BYTES.to_string();
        let script = "tail -c \"$1\" -- \"$2\" | head -c \"$3\"";
        Client::new(&["/bin/sh", "-c", script, "sh", &from, &path, &bytes], String::new())
    })
}
