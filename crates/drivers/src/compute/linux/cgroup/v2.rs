//! The unified hierarchy. Every guest has its subtree here; the controllers may live elsewhere (see [`super::v1`]).

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::Path;

use super::{CPU_PERIOD_US, cpu_quota_us, remove_group};
use crate::compute::Limits;

/// Lets the children of each group on the way down to `group` have controllers. What is not there is not enabled: the
/// limit files then are not there either.
pub(super) fn enable_controllers(group: &Path) {
    let mut above: Vec<_> = group
        .ancestors()
        .take_while(|path| path.join("cgroup.controllers").exists())
        .collect();
    above.reverse();
    for path in above {
        for controller in ["+io", "+cpu", "+memory", "+pids"] {
            // A refusal is seen later, where the limit file is missing.
            let _ = fs::write(path.join("cgroup.subtree_control"), controller);
        }
    }
}

/// Gives a group to `owner` as systemd's CONTAINER_INTERFACE page says: the folder and the files that move processes and
/// pass controllers on; never the limits.
pub(super) fn delegate(group: &Path, owner: u32) -> io::Result<()> {
    for file in ["", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"] {
        chown(group.join(file), Some(owner), Some(owner))?;
    }
    Ok(())
}

/// Writes the limits whose controllers live in this hierarchy.
pub(super) fn set_limits(group: &Path, limits: &Limits) -> io::Result<()> {
    let files = [
        ("cpu.max", format!("{} {CPU_PERIOD_US}", cpu_quota_us(limits))),
        ("memory.max", limits.memory_bytes.to_string()),
        ("pids.max", limits.pids.to_string()),
    ];
    for (file, value) in files {
        let path = group.join(file);
        if path.exists() {
            fs::write(path, value)?;
        }
    }
    Ok(())
}

/// Kills every process of the group and the groups in it.
pub(super) fn kill(group: &Path) {
    // Where the group is gone, so are its processes.
    let _ = fs::write(group.join("cgroup.kill"), "1");
}

/// Asks that every process of the group stands still, or goes on. Fails where there is no group.
pub(super) fn freeze(group: &Path, frozen: bool) -> io::Result<()> {
    fs::write(group.join("cgroup.freeze"), if frozen { "1" } else { "0" })
}

/// Whether every process of the group stands still.
pub(super) fn is_frozen(group: &Path) -> bool {
    fs::read_to_string(group.join("cgroup.events")).is_ok_and(|events| events.lines().any(|line| line == "frozen 1"))
}

/// Removes the group and the groups in it, the deepest first.
pub(super) fn remove(group: &Path) -> io::Result<()> {
    if let Ok(entries) = fs::read_dir(group) {
        for entry in entries.filter_map(Result::ok).filter(|e| e.file_type().is_ok_and(|t| t.is_dir())) {
            remove(&entry.path())?;
        }
    }
    remove_group(group)
}
