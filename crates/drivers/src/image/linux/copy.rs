//! A disk's layer copied as it is: owners, modes, times, links, holes, extended attributes, and the overlay's own marks for
//! what a layer takes away. By reflink where the file system can.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, SeekFrom, Timespec, Timestamps, XattrFlags};
use rustix::io::Errno;

/// Bytes of extended attributes of one file: the kernel's own bound on a list, and on a value.
const XATTR_BYTES: usize = 64 << 10;
/// Attributes by which an overlay knows the layer below a file again. They hold for an upper layer over just that file, and
/// a copy is neither. What says that a folder is opaque or renamed stays.
const NOT_COPIED: [&str; 4] = [
    "trusted.overlay.origin",
    "trusted.overlay.impure",
    "trusted.overlay.nlink",
    "trusted.overlay.upper",
];

/// Copies the folder `from`, and what is in it, to `to`, which is not there yet. `skip` tells by the path below `from`
/// what is left out. Nobody may change `from` meanwhile.
pub(crate) fn tree(from: &Path, to: &Path, skip: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let mut copier = Copier {
        from,
        to,
        skip,
        linked: BTreeMap::new(),
    };
    copier.copy(Path::new(""))
}

struct Copier<'a> {
    from: &'a Path,
    to: &'a Path,
    skip: &'a dyn Fn(&Path) -> bool,
    /// The first copy of each file that has more names than one.
    linked: BTreeMap<(u64, u64), PathBuf>,
}

impl Copier<'_> {
    fn copy(&mut self, path: &Path) -> io::Result<()> {
        let (from, to) = (join(self.from, path), join(self.to, path));
        let metadata = fs::symlink_metadata(&from)?;
        if metadata.is_dir() {
            fs::create_dir(&to)?;
            for entry in fs::read_dir(&from)? {
                let below = path.join(entry?.file_name());
                if !(self.skip)(&below) {
                    self.copy(&below)?;
                }
            }
        } else if let Some(first) = self.earlier_name(&metadata, &to) {
            return fs::hard_link(first, to);
        } else {
            make(&from, &to, &metadata)?;
        }
        dress(&from, &to, &metadata)
    }

    fn earlier_name(&mut self, metadata: &Metadata, to: &Path) -> Option<PathBuf> {
        if metadata.nlink() < 2 {
            return None;
        }
        let file = (metadata.dev(), metadata.ino());
        let first = self.linked.get(&file).cloned();
        if first.is_none() {
            self.linked.insert(file, to.to_owned());
        }
        first
    }
}

/// `Path::join`, without a slash at the end where there is nothing to join.
fn join(folder: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        folder.to_owned()
    } else {
        folder.join(path)
    }
}

/// Makes what is no folder.
fn make(from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return contents(from, to, metadata.len());
    }
    if kind.is_symlink() {
        return symlink(fs::read_link(from)?, to);
    }
    let special = if kind.is_char_device() {
        FileType::CharacterDevice
    } else if kind.is_block_device() {
        FileType::BlockDevice
    } else if kind.is_fifo() {
        FileType::Fifo
    } else {
        FileType::Socket
    };
    Ok(rustix::fs::mknodat(CWD, to, special, Mode::RUSR | Mode::WUSR, metadata.rdev())?)
}

fn contents(from: &Path, to: &Path, length: u64) -> io::Result<()> {
    let source = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(from)?;
    let target = File::create_new(to)?;
    match rustix::fs::ioctl_ficlone(&target, &source) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::NOTTY | Errno::NOSYS) => extents(&source, &target, length),
        Err(error) => Err(error.into()),
    }
}

/// Copies the data between the holes.
fn extents(source: &File, mut target: &File, length: u64) -> io::Result<()> {
    target.set_len(length)?;
    let mut at = 0;
    while at < length {
        let data = match rustix::fs::seek(source, SeekFrom::Data(at)) {
            // Nothing but a hole is left.
            Err(Errno::NXIO) => break,
            other => other?,
        };
        let hole = rustix::fs::seek(source, SeekFrom::Hole(data))?;
        rustix::fs::seek(source, SeekFrom::Start(data))?;
        target.seek(io::SeekFrom::Start(data))?;
        io::copy(&mut source.take(hole - data), &mut target)?;
        at = hole;
    }
    Ok(())
}

/// Gives a copy its owner, attributes, mode and times, in the order in which none undoes another.
fn dress(from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
    lchown(to, Some(metadata.uid()), Some(metadata.gid()))?;
    attributes(from, to)?;
    if !metadata.is_symlink() {
        fs::set_permissions(to, fs::Permissions::from_mode(metadata.mode() & 0o7777))?;
    }
    let time = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
    let times = Timestamps {
        last_access: time(metadata.atime(), metadata.atime_nsec()),
        last_modification: time(metadata.mtime(), metadata.mtime_nsec()),
    };
    Ok(rustix::fs::utimensat(CWD, to, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

fn attributes(from: &Path, to: &Path) -> io::Result<()> {
    let mut names = vec![0; XATTR_BYTES];
    let length = match rustix::fs::llistxattr(from, &mut names[..]) {
        Err(Errno::OPNOTSUPP) => return Ok(()),
        other => other?,
    };
    let names = String::from_utf8_lossy(&names[..length]).into_owned();
    for name in names.split_terminator('\0').filter(|name| !NOT_COPIED.contains(name)) {
        let mut value = vec![0; XATTR_BYTES];
        let length = rustix::fs::lgetxattr(from, name, &mut value[..])?;
        rustix::fs::lsetxattr(to, name, &value[..length], XattrFlags::empty())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_copy_is_the_same_but_for_what_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("etc/ssh")).unwrap();
        fs::write(from.join("etc/name"), "mini").unwrap();
        fs::set_permissions(from.join("etc/name"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::hard_link(from.join("etc/name"), from.join("etc/other")).unwrap();
        symlink("/etc/name", from.join("link")).unwrap();
        fs::write(from.join("etc/ssh/key"), "secret").unwrap();
        let sparse = File::create(from.join("sparse")).unwrap();
        sparse.set_len(8 << 20).unwrap();
        tree(&from, &to, &|path| path == Path::new("etc/ssh/key")).unwrap();
        let seen = |name: &str| fs::symlink_metadata(to.join(name));
        assert_eq!(fs::read_to_string(to.join("etc/name")).unwrap(), "mini");
        assert_eq!(seen("etc/name").unwrap().mode() & 0o777, 0o640);
        assert_eq!(seen("etc/name").unwrap().ino(), seen("etc/other").unwrap().ino());
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("/etc/name"));
        assert_eq!((seen("sparse").unwrap().len(), seen("sparse").unwrap().blocks()), (8 << 20, 0));
        assert_eq!(
            seen("etc/name").unwrap().mtime_nsec(),
            fs::metadata(from.join("etc/name")).unwrap().mtime_nsec()
        );
        assert!(seen("etc/ssh").unwrap().is_dir() && seen("etc/ssh/key").is_err());
    }
}
