//! What outlives the agent in its run directory, so that the next one knows what the machine holds.
//!
//! **Invariant**: a file is replaced whole or not at all. A VPC's record is written before the machine is changed and
//! deleted after the last of it is gone: what is on the machine is always on record.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::DriverError;
use crate::network::{VpcId, VpcSpec};

/// A VPC, as it was last told to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VpcRecord {
    /// Which veth to the host is its own.
    pub index: u16,
    /// What it should be.
    pub spec: VpcSpec,
}

/// What was changed on the host itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Devices on which forwarding was off before.
    pub forwarding: std::collections::BTreeSet<String>,
}

/// The run directory.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
}

fn failed(what: &str, path: &Path) -> impl Fn(std::io::Error) -> DriverError + use<> {
    let context = format!("{what} {}", path.display());
    move |error| DriverError::failed(context.clone(), error)
}

impl Records {
    /// Opens the directory, making it where it is not there.
    pub fn open(folder: PathBuf) -> Result<Self, DriverError> {
        for part in ["netns", "vpcs"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(failed("make", &path))?;
        }
        Ok(Self { folder })
    }

    /// The file that a VPC's namespace is bound to.
    pub fn namespace(&self, vpc: &str) -> PathBuf {
        self.folder.join("netns").join(vpc)
    }

    /// The VPCs whose namespace's file is there.
    pub fn namespaces(&self) -> Result<Vec<VpcId>, DriverError> {
        let folder = self.folder.join("netns");
        let entries = fs::read_dir(&folder).map_err(failed("list", &folder))?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    /// Every VPC on record.
    pub fn vpcs(&self) -> Result<BTreeMap<VpcId, VpcRecord>, DriverError> {
        let folder = self.folder.join("vpcs");
        let entries = fs::read_dir(&folder).map_err(failed("list", &folder))?;
        let mut records = BTreeMap::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_suffix(".json"));
            if let (Some(id), Some(record)) = (name, read(&path)?) {
                records.insert(id.to_owned(), record);
            }
        }
        Ok(records)
    }

    /// Puts a VPC on record.
    pub fn put_vpc(&self, vpc: &str, record: &VpcRecord) -> Result<(), DriverError> {
        write(&self.vpc(vpc), record)
    }

    /// Strikes a VPC from the record.
    pub fn forget_vpc(&self, vpc: &str) -> Result<(), DriverError> {
        delete(&self.vpc(vpc))
    }

    /// What was changed on the host.
    pub fn host(&self) -> Result<HostRecord, DriverError> {
        Ok(read(&self.folder.join("host.json"))?.unwrap_or_default())
    }

    /// Records what is about to be changed on the host; nothing is no record.
    pub fn put_host(&self, record: &HostRecord) -> Result<(), DriverError> {
        let path = self.folder.join("host.json");
        if *record == HostRecord::default() {
            delete(&path)
        } else {
            write(&path, record)
        }
    }

    fn vpc(&self, vpc: &str) -> PathBuf {
        self.folder.join("vpcs").join(format!("{vpc}.json"))
    }
}

/// A record; `None` where there is none that can be read (one of another version is like none: it is made anew).
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, DriverError> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn delete(path: &Path) -> Result<(), DriverError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("delete", path)(error)),
        _ => Ok(()),
    }
}

fn write<T: Serialize>(path: &Path, record: &T) -> Result<(), DriverError> {
    let text = serde_json::to_vec(record).map_err(|error| DriverError::failed(format!("encode {}", path.display()), error))?;
    let draft = path.with_extension("draft");
    // Not synced: a run directory means nothing after the machine itself has gone down.
    fs::File::create(&draft)
        .and_then(|mut file| file.write_all(&text))
        .map_err(failed("write", &draft))?;
    fs::rename(&draft, path).map_err(failed("replace", path))
}
