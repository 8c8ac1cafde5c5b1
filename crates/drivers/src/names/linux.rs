//! The host's names in its `/etc/hosts`.
//!
//! **Invariant**: the file is replaced whole, by one rename, under a lock that every cloud of the machine takes; a reader sees
//! the old file or the new one. What a killed writer left beside it goes with the next write.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};

use super::{HostNames, Names, block, check};
use crate::DriverError;

/// Where the C library looks names up.
pub const HOSTS: &str = "/etc/hosts";
/// The new file, until it has its place.
const NEW_SUFFIX: &str = ".tierra-new";

/// One cloud's block of a hosts file.
#[derive(Clone, Debug)]
pub struct LinuxHostNames {
    file: PathBuf,
    cloud: String,
}

impl LinuxHostNames {
    /// The block of this cloud in this file.
    pub fn new(file: &Path, cloud: &str) -> Self {
        Self {
            // A link stays one: what it leads to is written.
            file: fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()),
            cloud: cloud.to_owned(),
        }
    }

    fn text(&self) -> io::Result<String> {
        match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            other => other,
        }
    }

    /// The folder's lock: clouds write one after the other, and no file of its own is left for it.
    fn lock(&self) -> io::Result<File> {
        let folder = File::open(self.file.parent().unwrap_or(Path::new("/")))?;
        flock(&folder, FlockOperation::LockExclusive)?;
        Ok(folder)
    }

    fn write(&self, names: &Names) -> io::Result<()> {
        let _lock = self.lock()?;
        let new = self.new_file();
        absent_is_fine(fs::remove_file(&new))?;
        let text = self.text()?;
        let replaced = block::replaced(&text, &self.cloud, names);
        if replaced == text {
            return Ok(());
        }
        self.write_new(&new, &replaced)?;
        match fs::rename(&new, &self.file) {
            // A file that a container's engine mounted there cannot be replaced, only written.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                fs::write(&self.file, &replaced)?;
                fs::remove_file(&new)
            }
            other => other,
        }
    }

    fn new_file(&self) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(NEW_SUFFIX);
        name.into()
    }

    fn write_new(&self, new: &Path, text: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(new)?;
        if let Ok(old) = fs::metadata(&self.file) {
            file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
            fchown(&file, Some(old.uid()), Some(old.gid()))?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}

fn failed(cause: impl std::fmt::Display) -> DriverError {
    DriverError::failed("the host's names", cause)
}

#[async_trait]
impl HostNames for LinuxHostNames {
    async fn observe(&self) -> Result<Names, DriverError> {
        Ok(block::read(&self.text().map_err(failed)?, &self.cloud))
    }

    async fn ensure(&self, names: &Names) -> Result<(), DriverError> {
        check(names)?;
        let (this, names) = (self.clone(), names.clone());
        let written = tokio::task::spawn_blocking(move || this.write(&names)).await;
        written.map_err(failed)?.map_err(failed)
    }
}
