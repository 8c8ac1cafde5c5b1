//! How a process takes from itself what it does not need: root, capabilities, files ([Landlock]), system calls ([seccomp]).
//!
//! **Invariant**: it cannot be undone, and threads and children inherit it; so it is done while the process has one thread.
//! What the kernel lacks is told ([`InForce`]), never fatal.
//!
//! [Landlock]: https://docs.kernel.org/userspace-api/landlock.html
//! [seccomp]: https://docs.kernel.org/userspace-api/seccomp_filter.html

mod linux;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use linux::{confine, has_landlock};

/// What a process still needs of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Whom to run as where the process is root; its group has the same number. `None`: as it is, less its capabilities.
    pub user: Option<u32>,
    /// Whether it will listen on ports below 1024.
    pub low_ports: bool,
    /// Files and folders that it reads. Those that are not there are no matter.
    pub read: Vec<PathBuf>,
    /// Folders in which it does what it likes.
    pub write: Vec<PathBuf>,
}

/// What every program reads: settings and libraries of the system, its own numbers, the devices that hold nothing.
const SYSTEM: &[&str] = &[
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/proc",
    "/sys/fs/cgroup",
    "/dev/null",
    "/dev/urandom",
];
/// Where `/etc/resolv.conf` leads on many machines.
const RESOLVERS: &[&str] = &["/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf"];

impl Needs {
    /// A control plane that runs as `user` and keeps everything in `folder`. Its sockets are open already.
    pub fn control_plane(user: u32, folder: &Path) -> Self {
        Self {
            user: Some(user),
            low_ports: false,
            read: SYSTEM.iter().chain(RESOLVERS).map(PathBuf::from).collect(),
            write: vec![folder.to_owned()],
        }
    }

    /// A balancer's node within its sandbox: it listens where its listeners say, and is told what to do in `folder`.
    pub fn balancer_node(folder: &Path) -> Self {
        Self {
            user: None,
            low_ports: true,
            read: SYSTEM.iter().map(PathBuf::from).collect(),
            write: vec![folder.to_owned()],
        }
    }
}

/// Which of the kernel's means hold a process now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InForce {
    /// Files are closed to it but for those that it needs.
    pub landlock: bool,
    /// System calls are closed to it that it does not need.
    pub seccomp: bool,
}

impl InForce {
    /// What the kernel lacks, in words; `None` where nothing.
    pub fn lacking(self) -> Option<&'static str> {
        match (self.landlock, self.seccomp) {
            (true, true) => None,
            (false, true) => Some("Landlock"),
            (true, false) => Some("seccomp filters"),
            (false, false) => Some("Landlock and seccomp filters"),
        }
    }
}
