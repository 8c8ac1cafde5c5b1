//! The control groups of a sandbox. Its processes live in `tierra/CLOUD/ID/guest` of the v2 hierarchy, which its systemd
//! may divide; its supervisor in `tierra/CLOUD/ID/supervisor`, outside every limit. Limits are files that only the host's
//! root may write: of the same v2 group where v2 has the controllers, of `tierra/CLOUD/ID` in the v1 hierarchies where
//! they have them. CLOUD tells apart the clouds of one machine: none may take another's sandboxes for its leftovers.

mod account;
mod v1;
mod v2;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::DriverError;
use crate::compute::Limits;

/// The group of all clouds, at the top of each hierarchy.
const PARENT: &str = "tierra";
/// How often a group is made again when its parent is taken away by another sandbox's end at that moment.
const TRIES: usize = 5;
/// The period over which CPU time is counted, in microseconds.
const CPU_PERIOD_US: u64 = 100_000;

/// The hierarchies that this machine has mounted.
#[derive(Clone, Debug)]
pub(super) struct Hierarchies {
    /// The cloud's own group in each.
    unified: PathBuf,
    legacy: Vec<v1::Hierarchy>,
}

/// The groups of one sandbox.
#[derive(Clone, Debug)]
pub(super) struct Cgroup {
    unified: PathBuf,
    legacy: Vec<v1::Hierarchy>,
}

impl Hierarchies {
    /// Looks at what is mounted, for one cloud.
    ///
    /// # Errors
    /// `Missing` where there is no v2 hierarchy: a guest's systemd needs one.
    pub fn probe(cloud: &str) -> Result<Self, DriverError> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(|e| DriverError::failed("reading mounts", e))?;
        Self::parse(&mounts, cloud).ok_or_else(|| DriverError::Missing {
            what: "the cgroup v2 hierarchy".into(),
            hint: "mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup".into(),
        })
    }

    fn parse(mountinfo: &str, cloud: &str) -> Option<Self> {
        let mut unified = None;
        let mut legacy = Vec::new();
        for line in mountinfo.lines() {
            let Some((front, back)) = line.split_once(" - ") else { continue };
            let Some(point) = front.split(' ').nth(4) else { continue };
            let mut back = back.split(' ');
            match (back.next(), back.nth(1)) {
                (Some("cgroup2"), _) => unified = unified.or(Some(PathBuf::from(point))),
                (Some("cgroup"), Some(options)) => legacy.extend(v1::Hierarchy::new(point, options)),
                _ => {}
            }
        }
        let own = Path::new(PARENT).join(cloud);
        Some(Self {
            unified: unified?.join(&own),
            legacy: legacy.iter().map(|hierarchy| hierarchy.child(&own)).collect(),
        })
    }

    /// The groups of a sandbox, whether they exist or not.
    pub fn of(&self, id: &str) -> Cgroup {
        Cgroup {
            unified: self.unified.join(id),
            legacy: self.legacy.iter().map(|h| h.child(Path::new(id))).collect(),
        }
    }

    /// The sandboxes that have a group.
    pub fn ids(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.unified) else {
            return Vec::new();
        };
        entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }
}

impl Cgroup {
    fn guest(&self) -> PathBuf {
        self.unified.join("guest")
    }

    /// Makes the groups, sets the limits, and hands the guest's own subtree to the guest's root (`owner`).
    pub fn create(&self, limits: &Limits, owner: u32) -> io::Result<()> {
        make_group(&self.unified.join("supervisor"))?;
        make_group(&self.guest())?;
        v2::enable_controllers(&self.unified);
        v2::delegate(&self.guest(), owner)?;
        for group in &self.legacy {
            make_group(&group.path)?;
        }
        self.set_limits(limits)
    }

    /// Sets what the sandbox may use, at once.
    pub fn set_limits(&self, limits: &Limits) -> io::Result<()> {
        v2::set_limits(&self.guest(), limits)?;
        self.legacy.iter().try_for_each(|group| group.set_limits(limits))
    }

    /// Moves the calling process into the guest's groups.
    pub fn join_guest(&self) -> io::Result<()> {
        let guest = self.guest();
        let groups = self.legacy.iter().map(|group| group.path.as_path()).chain([guest.as_path()]);
        groups.into_iter().try_for_each(|group| fs::write(group.join("cgroup.procs"), "0"))
    }

    /// Moves the calling process into the supervisor's group, out of the agent's: it must outlive the agent's service.
    pub fn join_supervisor(&self) -> io::Result<()> {
        fs::write(self.unified.join("supervisor/cgroup.procs"), "0")
    }

    /// Kills every process of the guest.
    pub fn kill_guest(&self) {
        v2::kill(&self.guest());
    }

    /// Kills every process of the sandbox, its supervisor too.
    pub fn kill(&self) {
        self.kill_guest();
        v2::kill(&self.unified);
    }

    /// Asks that the guest stands still, or goes on; it does soon after (see [`Cgroup::is_frozen`]).
    pub fn freeze(&self, frozen: bool) -> io::Result<()> {
        v2::freeze(&self.guest(), frozen)
    }

    /// Whether every process of the guest stands still.
    pub fn is_frozen(&self) -> bool {
        v2::is_frozen(&self.guest())
    }

    /// Takes the groups away. Succeeds where there are none; fails while a process lives in them.
    pub fn remove(&self) -> io::Result<()> {
        v2::remove(&self.unified)?;
        self.legacy.iter().try_for_each(|group| remove_group(&group.path))?;
        // The last one turns the light off; while others live the kernel refuses.
        for group in self.legacy.iter().map(|group| &group.path).chain([&self.unified]) {
            group.ancestors().skip(1).take(2).for_each(|parent| drop(fs::remove_dir(parent)));
        }
        Ok(())
    }
}

fn make_group(path: &Path) -> io::Result<()> {
    let mut result = Ok(());
    for _ in 0..TRIES {
        result = fs::create_dir_all(path);
        match &result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => break,
        }
    }
    result
}

/// `rmdir`, where nothing is what was wanted.
fn remove_group(path: &Path) -> io::Result<()> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn cpu_quota_us(limits: &Limits) -> u64 {
    u64::from(limits.cpu_millis) * CPU_PERIOD_US / 1000
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn v2_only_and_hybrid_machines_are_told_apart() {
        let v2 = "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
        let hierarchies = Hierarchies::parse(v2, "c").unwrap();
        assert_eq!(hierarchies.unified, Path::new("/sys/fs/cgroup/tierra/c"));
        assert!(hierarchies.legacy.is_empty());

        let hybrid = "30 22 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
            31 22 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
            32 22 0:29 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n\
            33 22 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
        let hierarchies = Hierarchies::parse(hybrid, "c").unwrap();
        assert_eq!(hierarchies.unified, Path::new("/sys/fs/cgroup/unified/tierra/c"));
        let group = hierarchies.of("i-1");
        let paths: Vec<_> = group.legacy.iter().map(|g| g.path.to_str().unwrap()).collect();
        assert_eq!(
            paths,
            ["/sys/fs/cgroup/memory/tierra/c/i-1", "/sys/fs/cgroup/cpu,cpuacct/tierra/c/i-1"]
        );
        assert!(Hierarchies::parse("1 2 0:1 / / rw - ext4 /dev/vda rw", "c").is_none());
    }

    /// The files that the kernel puts into a group of a machine that has version 2 only.
    fn lay_out(group: &Path) {
        const FILES: &[&str] = &[
            "cgroup.controllers",
            "cgroup.procs",
            "cgroup.subtree_control",
            "cgroup.threads",
            "cgroup.events",
        ];
        const LIMITS: &[&str] = &["cpu.max", "memory.max", "memory.current", "pids.max"];
        fs::create_dir_all(group).unwrap();
        for file in FILES.iter().chain(LIMITS) {
            fs::write(group.join(file), "").unwrap();
        }
    }

    fn content(group: &Path, file: &str) -> String {
        fs::read_to_string(group.join(file)).unwrap()
    }

    #[test]
    fn a_machine_with_version_2_only_has_every_limit_in_the_guests_group() {
        let top = tempfile::tempdir().unwrap();
        let mounts = format!("29 22 0:26 / {} rw - cgroup2 cgroup2 rw", top.path().display());
        let sandbox = Hierarchies::parse(&mounts, "c").unwrap().of("i-1");
        let (own, guest) = (top.path().join("tierra/c/i-1"), top.path().join("tierra/c/i-1/guest"));
        guest.ancestors().take(5).for_each(lay_out);
        let limits = Limits {
            cpu_millis: 500,
            memory_bytes: 1 << 30,
            pids: 64,
        };
        sandbox.create(&limits, rustix::process::getuid().as_raw()).unwrap();
        for group in own.ancestors().take(4) {
            assert_eq!(
                content(group, "cgroup.subtree_control"),
                "+pids",
                "{}: the last of four",
                group.display()
            );
        }
        assert_eq!(
            content(&guest, "cgroup.subtree_control"),
            "",
            "what the guest divides is the guest's"
        );
        let written = ["cpu.max", "memory.max", "pids.max"].map(|file| content(&guest, file));
        assert_eq!(written, ["50000 100000", "1073741824", "64"]);
        assert!(own.join("supervisor").is_dir());
        assert_eq!(content(&own, "memory.max"), "", "the supervisor is outside every limit");

        sandbox.join_guest().unwrap();
        assert_eq!(content(&guest, "cgroup.procs"), "0");
        fs::write(guest.join("memory.current"), "4096\n").unwrap();
        assert_eq!(sandbox.memory_bytes(), Some(4096));
        sandbox.freeze(true).unwrap();
        assert_eq!((content(&guest, "cgroup.freeze"), sandbox.is_frozen()), ("1".to_owned(), false));
        fs::write(guest.join("cgroup.events"), "populated 1\nfrozen 1\n").unwrap();
        assert!(sandbox.is_frozen());
        sandbox.kill();
        assert_eq!(
            (content(&guest, "cgroup.kill"), content(&own, "cgroup.kill")),
            ("1".to_owned(), "1".to_owned())
        );
    }

    #[test]
    fn a_controller_that_the_machine_has_not_is_not_limited() {
        let top = tempfile::tempdir().unwrap();
        lay_out(top.path());
        fs::remove_file(top.path().join("pids.max")).unwrap();
        let limits = Limits {
            cpu_millis: 1000,
            memory_bytes: 1,
            pids: 1,
        };
        v2::set_limits(top.path(), &limits).unwrap();
        assert_eq!(content(top.path(), "cpu.max"), "100000 100000");
        assert!(!top.path().join("pids.max").exists());
    }
}
