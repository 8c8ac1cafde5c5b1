//! The root filesystem: an overlay over idmapped layers.
//!
//! On disk every layer keeps plain ids (0 is root), so that an instance's upper layer can become an image as it is. Each
//! layer is mounted through the guest's id map, and the overlay lies over those mounts. Proved on Linux 6.18, with one
//! trap: the overlay makes its work folder and its whiteouts with the ids of who mounted it, and an id outside the map
//! cannot own a file (EOVERFLOW, and the overlay turns read-only). So it is mounted with the file ids of the guest's root
//! and the capabilities of the host's.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount, mount_bind_recursive, mount_change, move_mount, open_tree,
};

use super::sys;

/// Where layers and root are mounted, in a mount namespace that nobody else sees.
pub(super) struct Stage {
    folder: PathBuf,
}

impl Stage {
    /// A private mount namespace with an empty tmpfs on `folder`. What is mounted in it goes when its last process does.
    pub fn new(folder: &Path) -> io::Result<Self> {
        sys::unshare(libc::CLONE_NEWNS)?;
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        fs::create_dir_all(folder)?;
        mount("tierra", folder, "tmpfs", MountFlags::empty(), None)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Mounts the root: `layers`, uppermost first, under the `upper` and `work` folders of `disk`. Returns its path.
    pub fn mount_root(&self, layers: &[PathBuf], disk: &Path, userns: BorrowedFd<'_>, guest_root: u32) -> io::Result<PathBuf> {
        let mut lower = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let name = format!("l{index}");
            self.mount_layer(layer, &name, userns, libc::MOUNT_ATTR_RDONLY)?;
            lower.push(name);
        }
        self.mount_layer(disk, "disk", userns, 0)?;
        let root = self.folder.join("root");
        fs::create_dir(&root)?;
        // Relative names: the options must fit one page, however many layers there are.
        std::env::set_current_dir(&self.folder)?;
        let options = format!("lowerdir={},upperdir=disk/upper,workdir=disk/work", lower.join(":"));
        let options = std::ffi::CString::new(options)?;
        sys::take_file_ids(guest_root)?;
        let mounted = mount("overlay", "root", "overlay", MountFlags::NODEV, Some(options.as_c_str()));
        sys::drop_file_ids()?;
        std::env::set_current_dir("/")?;
        mounted?;
        Ok(root)
    }

    /// Mounts a data folder through the guest's id map.
    pub fn mount_data(&self, source: &Path, index: usize, userns: BorrowedFd<'_>) -> io::Result<()> {
        let unsafe_nodes = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
        self.mount_layer(source, &format!("data{index}"), userns, unsafe_nodes)
    }

    /// Where a data folder lies on the stage in `folder`.
    pub fn data(folder: &Path, index: usize) -> PathBuf {
        folder.join(format!("data{index}"))
    }

    /// Puts the guest's program where the guest's root can reach it: the folders above the original may be closed to it.
    pub fn mount_program(&self, program: &Path) -> io::Result<()> {
        bind_file(program, &Self::program(&self.folder))
    }

    /// Where the program lies on the stage in `folder`.
    pub fn program(folder: &Path) -> PathBuf {
        folder.join("program")
    }

    fn mount_layer(&self, layer: &Path, name: &str, userns: BorrowedFd<'_>, extra: u64) -> io::Result<()> {
        let point = self.folder.join(name);
        fs::create_dir(&point)?;
        let tree = clone_tree(layer)?;
        sys::idmap_mount(tree.as_fd(), userns, extra)?;
        attach(&tree, &point)
    }
}

/// A detached copy of the mount at `path`.
fn clone_tree(path: &Path) -> io::Result<OwnedFd> {
    Ok(open_tree(
        CWD,
        path,
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
    )?)
}

fn attach(tree: &OwnedFd, point: &Path) -> io::Result<()> {
    Ok(move_mount(tree, "", CWD, point, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}

/// Binds a host file read-only onto a file below `root`, which is made where it is missing.
pub(super) fn bind_file(source: &Path, target: &Path) -> io::Result<()> {
    make_file(target)?;
    let tree = clone_tree(source)?;
    sys::read_only_mount(tree.as_fd())?;
    attach(&tree, target)
}

/// Binds a folder onto another, which is made where it is missing.
pub(super) fn bind_folder(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    attach(&clone_tree(source)?, target)
}

/// Binds a device node onto a file.
pub(super) fn bind_node(source: &Path, target: &Path) -> io::Result<()> {
    make_file(target)?;
    attach(&clone_tree(source)?, target)
}

/// Binds a folder onto itself: a mount that was copied into a namespace of lesser privilege cannot become its root, a
/// new one can.
pub(super) fn bind_onto_itself(root: &Path) -> io::Result<()> {
    Ok(mount_bind_recursive(root, root)?)
}

fn make_file(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::File::create_new(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
