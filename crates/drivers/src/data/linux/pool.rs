//! The file system below the data folders. Where the machine's own cannot share blocks between files (ext4, tmpfs), it is an XFS
//! of Tierra's in one sparse file beside them, so that a snapshot takes a moment whatever its size. Where neither can be had,
//! copies take their time.
//!
//! **Invariant**: once a pool is there, its folder is never used without it: what lies in it would be hidden, and what is
//! hidden would seem lost.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::fs::{ioctl_ficlone, statvfs};
use rustix::mount::{UnmountFlags, unmount};

use crate::DriverError;

/// Bytes of the file system's journal: the least that XFS takes, for they are written when it is made.
const JOURNAL: &str = "size=64m";
/// How often, and how far apart, it is tried to put the pool away while somebody still looks at it.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(50);

/// The file system below one folder.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    folder: PathBuf,
    image: PathBuf,
}

impl Pool {
    /// The pool for a folder, whether or not there is one.
    pub fn below(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            image: folder.with_extension("xfs"),
        }
    }

    /// Brings a pool that there is into its place.
    ///
    /// # Errors
    /// `Failed` where it cannot be mounted: without it the folder must not be used.
    pub fn open(&self) -> Result<(), DriverError> {
        if !self.image.exists() || self.is_mounted() {
            return Ok(());
        }
        self.mount().map_err(|reason| {
            let what = format!("mounting {} (xfs_repair may mend it)", self.image.display());
            DriverError::failed("the data folders' file system", format!("{what}: {reason}"))
        })
    }

    /// Makes a pool where one is of use and can be had. The folder is empty but for what may be hidden.
    pub fn make(&self) {
        if self.image.exists() || shares_blocks(&self.folder) {
            return;
        }
        let made = self.format().and_then(|()| self.mount());
        if let Err(reason) = made {
            let _ = fs::remove_file(&self.image);
            tracing::warn!(%reason, "no file system that shares blocks; snapshots are copied byte by byte");
        }
    }

    /// Puts it away, where nobody uses it. What was written is on the disk then.
    ///
    /// # Errors
    /// Where it is still in use.
    pub fn close(&self) -> io::Result<()> {
        let mut tried = 0;
        while self.image.exists() && self.is_mounted() {
            match unmount(&self.folder, UnmountFlags::empty()) {
                Err(error) if tried == TRIES => return Err(error.into()),
                Err(_) => std::thread::sleep(BETWEEN),
                Ok(()) => {}
            }
            tried += 1;
        }
        Ok(())
    }

    fn is_mounted(&self) -> bool {
        let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
        device(&self.folder) != self.folder.parent().and_then(device)
    }

    /// A file system as large as the disk that it lies on, which it fills no further than it is filled itself.
    fn format(&self) -> Result<(), String> {
        let disk = statvfs(&self.folder).map_err(|error| error.to_string())?;
        let half = self.image.with_extension("new");
        let file = File::create(&half).map_err(|error| error.to_string())?;
        let made = file.set_len(disk.f_blocks * disk.f_frsize);
        made.map_err(|error| error.to_string())
            .and_then(|()| {
                run(Command::new("mkfs.xfs")
                    .args(["-q", "-f", "-m", "reflink=1", "-l", JOURNAL])
                    .arg(&half))
            })
            .and_then(|()| file.sync_all().map_err(|error| error.to_string()))
            .and_then(|()| fs::rename(&half, &self.image).map_err(|error| error.to_string()))
            .inspect_err(|_| drop(fs::remove_file(&half)))
    }

    /// What is deleted goes back to the disk at once (`discard`). The loop device goes with the last who uses the mount.
    fn mount(&self) -> Result<(), String> {
        let options = "loop,noatime,discard,nosuid,nodev";
        run(Command::new("mount")
            .args(["-t", "xfs", "-o", options])
            .args([&self.image, &self.folder]))
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
    }
}

/// Whether files in this folder can share blocks: tried, for no file system says so.
pub fn shares_blocks(folder: &Path) -> bool {
    let (one, other) = (folder.join(".shares-1"), folder.join(".shares-2"));
    let tried = || {
        fs::write(&one, [1; 4096])?;
        Ok::<_, io::Error>(ioctl_ficlone(File::create(&other)?, File::open(&one)?)?)
    };
    let shares = tried().is_ok();
    [one, other].iter().for_each(|file| drop(fs::remove_file(file)));
    shares
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pool_shares_blocks_and_comes_back_with_what_is_in_it() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("data");
        fs::create_dir(&folder).unwrap();
        let pool = Pool::below(&folder);
        pool.make();
        if !pool.is_mounted() {
            eprintln!("SKIPPED LOUDLY: a pool needs root, loop devices, xfsprogs and a disk that shares no blocks");
            return;
        }
        assert!(shares_blocks(&folder));
        fs::write(folder.join("kept"), "row").unwrap();
        let open = File::open(folder.join("kept")).unwrap();
        assert!(pool.close().is_err(), "somebody uses it");
        assert!(pool.is_mounted());
        drop(open);
        for _ in 0..2 {
            pool.close().unwrap();
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
            for _ in 0..2 {
                pool.open().unwrap();
            }
            pool.make();
            assert_eq!(fs::read_to_string(folder.join("kept")).unwrap(), "row");
        }
        pool.close().unwrap();
        fs::write(&pool.image, "none").unwrap();
        let refused = pool.open().unwrap_err().to_string();
        assert!(refused.contains("data.xfs"), "{refused}");
    }
}
