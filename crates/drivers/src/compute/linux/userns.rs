//! The user namespace of a sandbox, and the network namespace that it owns: both outlive a reboot from inside.
//!
//! Each sandbox has 65536 ids of its own, so that guest root is nobody outside, for other guests too. The ranges lie
//! above those of systemd-nspawn (which end at 0x6FFFFFFF) and below 2³¹, where some programs take ids for negative.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, pipe_with};

use super::sys::{self, Fork};

/// Ids of one sandbox.
const IDS: u32 = 65536;
/// The first id of the first range.
const FIRST: u32 = 0x7000_0000;
/// How many sandboxes a machine can hold.
const RANGES: u32 = 4096;

/// The next range from `start` on, named by its first id, that is not among `taken`. Clouds that share a machine begin at
/// different places, and so seldom share ids.
pub(super) fn free_range(taken: &BTreeSet<u32>, start: u32) -> Option<u32> {
    (0..RANGES)
        .map(|n| FIRST + (start.wrapping_add(n) % RANGES) * IDS)
        .find(|first| !taken.contains(first))
}

/// The namespaces that stay for as long as a sandbox runs.
pub(super) struct Namespaces {
    pub user: OwnedFd,
    pub net: OwnedFd,
}

impl Namespaces {
    /// New ones, with ids 0..65536 inside being `first`.. outside.
    pub fn new(first: u32) -> io::Result<Self> {
        let (ready_read, ready_write) = pipe_with(PipeFlags::CLOEXEC)?;
        let (done_read, done_write) = pipe_with(PipeFlags::CLOEXEC)?;
        match sys::fork()? {
            Fork::Child => {
                drop(done_write);
                let made = sys::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET);
                let _ = File::from(ready_write).write_all(&[u8::from(made.is_ok())]);
                // Ends when the parent has what it wants, or is gone.
                let _ = File::from(done_read).read(&mut [0]);
                sys::exit_now(0)
            }
            Fork::Parent(pid) => {
                drop((ready_write, done_read));
                let result = Self::adopt(pid, File::from(ready_read), first);
                drop(done_write);
                reap(pid);
                result
            }
        }
    }

    fn adopt(pid: i32, mut ready: File, first: u32) -> io::Result<Self> {
        let mut made = [0];
        ready.read_exact(&mut made)?;
        if made != [1] {
            return Err(io::Error::other("the kernel refuses new user or network namespaces"));
        }
        let map = format!("0 {first} {IDS}");
        fs::write(format!("/proc/{pid}/uid_map"), &map)?;
        fs::write(format!("/proc/{pid}/gid_map"), &map)?;
        let open = |kind: &str| File::open(format!("/proc/{pid}/ns/{kind}")).map(OwnedFd::from);
        Ok(Self {
            user: open("user")?,
            net: open("net")?,
        })
    }
}

/// Waits for a child that is about to end.
pub(super) fn reap(pid: i32) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ranges_are_reused_and_run_out() {
        assert_eq!(free_range(&BTreeSet::new(), RANGES), Some(FIRST));
        assert_eq!(free_range(&[FIRST, FIRST + 2 * IDS].into(), 0), Some(FIRST + IDS));
        let all = (0..RANGES).map(|n| FIRST + n * IDS).collect();
        assert_eq!(free_range(&all, 7), None);
        assert_eq!(free_range(&BTreeSet::new(), u32::MAX), Some(FIRST + (RANGES - 1) * IDS));
        assert!(FIRST.checked_add(RANGES * IDS - 1).is_some_and(|last| last < 1 << 31));
    }
}
