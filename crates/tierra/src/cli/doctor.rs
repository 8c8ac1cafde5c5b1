//! `tierra doctor`: what this machine lacks, and the one command that brings it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use memchr::memmem;
use rustix::fs::statvfs;
use serde::Serialize;
use tierra_drivers::confine::has_landlock;
use tierra_drivers::data::linux::shares_blocks;

use super::{Context, code, say};
use crate::home::Home;

/// Programs that the drivers call, and the Debian packages that hold them.
const PROGRAMS: [(&str, &str); 5] = [
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("mmdebstrap", "mmdebstrap"),
    ("newuidmap", "uidmap"),
    ("zstd", "zstd"),
];
/// Where programs lie that are not on everybody's path.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/local/sbin"];
/// Room for the base image, its archive and a few instances.
const DISK_BYTES: u64 = 3 << 30;

/// Check what this machine lacks to run a cloud
#[derive(Debug, Args)]
pub struct Doctor {}

/// How one thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Finding {
    /// As it should be.
    Good,
    /// Something will not work.
    Limited,
    /// Instances cannot run.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    finding: Finding,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'static str>,
}

impl Check {
    fn new(name: &str, good: bool, otherwise: Finding, detail: impl Into<String>) -> Self {
        let finding = if good { Finding::Good } else { otherwise };
        Self {
            name: name.to_owned(),
            finding,
            detail: detail.into(),
            package: None,
        }
    }

    fn program((name, package): (&'static str, &'static str)) -> Self {
        let found = find_program(name);
        let detail = found
            .as_ref()
            .map_or_else(|| format!("package {package}"), |path| path.display().to_string());
        Self {
            package: found.is_none().then_some(package),
            ..Self::new(name, found.is_some(), Finding::Missing, detail)
        }
    }
}

impl Doctor {
    /// Looks and tells.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let checks = checks(&context.home());
        if context.json {
            say::json(&checks)?;
        } else {
            checks.iter().for_each(show);
            if let Some(command) = install_command(&checks) {
                say::line(format!("\nPlease run: {}", say::painted(say::BOLD, command)));
            }
        }
        let missing = checks.iter().any(|check| check.finding == Finding::Missing);
        Ok(if missing { code::FAILED } else { code::OK })
    }
}

fn checks(home: &Home) -> Vec<Check> {
    let mut checks: Vec<Check> = PROGRAMS.into_iter().map(Check::program).collect();
    checks.extend([
        root(),
        user_namespaces(),
        overlay(),
        cgroups(),
        forwarding(),
        disk(home.folder()),
        snapshots(home.folder()),
        guest_program(),
        confinement(home),
    ]);
    checks
}

fn show(check: &Check) {
    let (style, mark) = match check.finding {
        Finding::Good => (say::GOOD, "ok"),
        Finding::Limited => (say::WARN, "limited"),
        Finding::Missing => (say::BAD, "missing"),
    };
    say::line(format!(
        "{} {:<17} {}",
        say::painted(style, format!("{mark:<8}")),
        check.name,
        check.detail
    ));
}

/// The one command that brings every missing package.
fn install_command(checks: &[Check]) -> Option<String> {
    let packages: Vec<&str> = checks.iter().filter_map(|check| check.package).collect();
    (!packages.is_empty()).then(|| format!("sudo apt-get update && sudo apt-get install -y {}", packages.join(" ")))
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM_FOLDERS.map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn root() -> Check {
    let root = rustix::process::geteuid().is_root();
    let detail = if root {
        "instances can be run"
    } else {
        "instances need root: namespaces, mounts and packet rules"
    };
    Check::new("root", root, Finding::Missing, detail)
}

fn user_namespaces() -> Check {
    let most: u64 = fs::read_to_string("/proc/sys/user/max_user_namespaces")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    Check::new(
        "user namespaces",
        most > 0,
        Finding::Missing,
        format!("{most} allowed (sysctl user.max_user_namespaces)"),
    )
}

fn overlay() -> Check {
    let known = fs::read_to_string("/proc/filesystems").is_ok_and(|text| text.contains("overlay"));
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let module = Path::new("/lib/modules").join(release.trim()).join("kernel/fs/overlayfs");
    Check::new("overlayfs", known || module.exists(), Finding::Missing, "the roots of instances")
}

fn cgroups() -> Check {
    let v2 = Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
    let v1 = Path::new("/sys/fs/cgroup/memory").exists();
    let detail = match (v2, v1) {
        (true, _) => "version 2",
        (false, true) => "version 1",
        _ => "no controllers: instances run without limits",
    };
    Check::new("control groups", v2 || v1, Finding::Limited, detail)
}

fn forwarding() -> Check {
    let on = fs::read_to_string("/proc/sys/net/ipv4/ip_forward").is_ok_and(|text| text.trim() == "1");
    let detail = if on {
        "on"
    } else {
        "off; the agent turns it on when an instance first needs the internet"
    };
    Check::new("ip forwarding", on, Finding::Limited, detail)
}

/// What images must bring for Tierra's own program to run in them: it is this program, linked to the system's C library.
fn guest_program() -> Check {
    let program = std::env::current_exe().and_then(fs::read).unwrap_or_default();
    let detail = newest_glibc(&program).map_or_else(
        || "sets instances up, whatever their image".to_owned(),
        |(major, minor)| format!("sets instances up whose image has glibc {major}.{minor} or newer"),
    );
    Check::new("guest program", !program.is_empty(), Finding::Limited, detail)
}

/// The newest version of glibc that a program's symbols ask for; `None` for one that is linked statically.
fn newest_glibc(program: &[u8]) -> Option<(u32, u32)> {
    const MARK: &str = "GLIBC_";
    let version = |at: usize| {
        let rest = &program[at + MARK.len()..];
        let end = rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
        let (major, minor) = std::str::from_utf8(&rest[..end]).ok()?.split_once('.')?;
        Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
    };
    memmem::find_iter(program, MARK).filter_map(version).max()
}

/// What the kernel can take from the control plane, and what of it is in force where one runs.
fn confinement(home: &Home) -> Check {
    let landlock = if has_landlock() { "Landlock" } else { "no Landlock" };
    let Some(running) = home.running() else {
        let detail = format!("{landlock} in this kernel; the control plane does not run");
        return Check::new("confinement", has_landlock(), Finding::Limited, detail);
    };
    let status = fs::read_to_string(format!("/proc/{}/status", running.pid)).unwrap_or_default();
    let held = Held::of(&status);
    let detail = format!("process {} runs as {held}, {landlock}", running.pid);
    Check::new("confinement", held.is_whole() && has_landlock(), Finding::Limited, detail)
}

/// What holds a process, as the kernel's `status` file tells it (proc_pid_status(5)).
#[derive(Debug, PartialEq, Eq)]
struct Held {
    user: u32,
    capabilities: bool,
    new_privileges: bool,
    filter: bool,
}

impl Held {
    fn of(status: &str) -> Self {
        let word = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default()
        };
        Self {
            user: word("Uid:").parse().unwrap_or(0),
            capabilities: word("CapEff:").chars().any(|digit| digit != '0'),
            new_privileges: word("NoNewPrivs:") != "1",
            filter: word("Seccomp:") == "2",
        }
    }

    fn is_whole(&self) -> bool {
        self.user != 0 && !self.capabilities && !self.new_privileges && self.filter
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let with = |has: bool| if has { "with" } else { "without" };
        write!(f, "user {} {} capabilities, ", self.user, with(self.capabilities))?;
        write!(
            f,
            "{} new privileges, {} a seccomp filter",
            with(self.new_privileges),
            with(self.filter)
        )
    }
}

fn disk(data: &Path) -> Check {
    let there = data.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    let free = statvfs(there).map_or(0, |found| found.f_bavail * found.f_frsize);
    let detail = format!("{:.1} GiB free at {}", free as f64 / f64::from(1 << 30), there.display());
    Check::new("disk", free >= DISK_BYTES, Finding::Limited, detail)
}

/// What a snapshot of a database costs: nothing where files share blocks.
fn snapshots(data: &Path) -> Check {
    const MAKER: (&str, &str) = ("mkfs.xfs", "xfsprogs");
    let there = data.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    let (shares, made) = (shares_blocks(there), find_program(MAKER.0).is_some());
    let detail = match (shares, made) {
        (true, _) => "share blocks with what they are of",
        (false, true) => "share blocks, in an XFS of their own: this disk's file system cannot",
        (false, false) => "are copied byte by byte; package xfsprogs makes them quick",
    };
    Check {
        package: (!shares && !made).then_some(MAKER.1),
        ..Check::new("snapshots", shares || made, Finding::Limited, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_names_every_missing_package() {
        let lacking = |name, package| Check {
            package: Some(package),
            ..Check::new(name, false, Finding::Missing, "")
        };
        let checks = [
            lacking("nft", "nftables"),
            Check::new("root", true, Finding::Missing, ""),
            lacking("zstd", "zstd"),
        ];
        let command = install_command(&checks).expect("a command");
        assert_eq!(command, "sudo apt-get update && sudo apt-get install -y nftables zstd");
        assert_eq!(install_command(&[]), None);
    }

    #[test]
    fn the_newest_c_library_counts() {
        let symbols = b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE\0";
        assert_eq!(newest_glibc(symbols), Some((2, 34)));
        assert_eq!(newest_glibc(b"static"), None);
    }

    #[test]
    fn what_holds_a_process_is_read() {
        let status = "Name:\ttierra\nUid:\t60999\t60999\t60999\t60999\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";
        let held = Held::of(status);
        assert!(held.is_whole());
        let said = "user 60999 without capabilities, without new privileges, with a seccomp filter";
        assert_eq!(held.to_string(), said);
        assert!(!Held::of(&status.replace("CapEff:\t0", "CapEff:\t1")).is_whole());
        assert!(!Held::of("").is_whole());
    }
}
