//! Whose the data directory is: the control plane's files are its user's, what the agent keeps is root's.
//!
//! **Invariant**: the folder itself is root's, with the control plane's group and the sticky bit: the control plane makes and
//! replaces its own files there, and can neither move what is the agent's nor put a link in its place.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown};
use std::path::Path;

use rustix::fs::OFlags;

/// What the agent keeps in the data directory. Made before a control plane can be in the way.
const AGENTS: &[&str] = &["compute"];
/// Folders in which the control plane keeps files of its own.
const OWN: &[&str] = &["objects"];
/// The folder: anything for root and the control plane, passing through for those who know where to.
const FOLDER_MODE: u32 = 0o1771;
/// Files and folders that are looked through in one folder of the control plane's, at any depth.
const MAX_DEPTH: usize = 16;

/// Gives the data directory to a control plane that runs as `user`: what root's own control plane left in it too.
///
/// # Errors
/// Where something cannot be given, or what should be the agent's is somebody else's.
pub fn hand_over(folder: &Path, user: u32) -> io::Result<()> {
    chown(folder, Some(0), Some(user))?;
    fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))?;
    AGENTS.iter().try_for_each(|name| keep_for_root(&folder.join(name)))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let own = entry.file_name().to_str().is_some_and(|name| OWN.contains(&name));
        if own || entry.file_type()?.is_file() {
            give(&entry.path(), user, MAX_DEPTH)?;
        }
    }
    Ok(())
}

/// A folder that is root's and no link.
fn keep_for_root(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o711).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => return other,
    }
    let found = fs::symlink_metadata(folder)?;
    if found.is_dir() && found.uid() == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!("{} should be a folder of root's", folder.display())))
}

/// Gives what is root's to a user: files that have one name only, since another could be anywhere, and folders with what is in them.
fn give(path: &Path, user: u32, depth: usize) -> io::Result<()> {
    let file = open(path)?;
    let found = file.metadata()?;
    let whole = found.is_dir() || (found.is_file() && found.nlink() == 1);
    if found.uid() == 0 && whole {
        fchown(&file, Some(user), Some(user))?;
    }
    if !found.is_dir() || depth == 0 {
        return Ok(());
    }
    fs::read_dir(path)?.try_for_each(|entry| {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_file() || kind.is_dir() {
            give(&entry.path(), user, depth - 1)
        } else {
            Ok(())
        }
    })
}

/// The file itself, never what a link leads to.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: u32 = 60_999;

    fn owner(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("there").uid()
    }

    #[test]
    fn what_root_left_is_taken_over_and_what_is_the_agents_stays_roots() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("SKIPPED: only root gives files away");
            return;
        }
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        for part in ["objects/a", "compute/disk"] {
            fs::create_dir_all(at(part)).expect("folder");
        }
        for file in ["store.redb", "objects/a/b", "compute/disk/passwd", "linked"] {
            fs::write(at(file), "").expect("file");
        }
        fs::hard_link(at("linked"), at("compute/other")).expect("link");
        std::os::unix::fs::symlink("/etc/passwd", at("trap")).expect("link");
        hand_over(folder.path(), USER).expect("handed over");
        hand_over(folder.path(), USER).expect("again");
        for own in ["store.redb", "objects", "objects/a", "objects/a/b"] {
            assert_eq!(owner(&at(own)), USER, "{own}");
        }
        for roots in ["compute", "compute/disk", "compute/disk/passwd", "linked", "trap", ""] {
            assert_eq!(owner(&at(roots)), 0, "{roots}");
        }
        assert_eq!(owner(Path::new("/etc/passwd")), 0);
        assert_eq!(fs::metadata(folder.path()).expect("there").mode() & 0o7777, FOLDER_MODE);
        fs::remove_dir_all(at("compute")).expect("gone");
        std::os::unix::fs::symlink("/etc", at("compute")).expect("link");
        assert!(hand_over(folder.path(), USER).is_err(), "a link in the agent's place");
    }
}
