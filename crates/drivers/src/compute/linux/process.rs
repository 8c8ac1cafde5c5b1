//! Processes by name that lasts: a number and the moment it was given, so that a reused number is never taken for the old
//! process, before or after a restart of the machine.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use super::sys;

/// A process, for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// Its number in the host's pid namespace.
    pub pid: i32,
    /// When it started, in clock ticks after `machine`'s boot.
    pub started: u64,
    /// The boot id of the kernel that ran it.
    pub machine: String,
}

impl Process {
    /// The process that has this number now.
    pub fn of(pid: i32) -> io::Result<Self> {
        Ok(Self {
            pid,
            started: start_time(pid)?,
            machine: boot_id()?,
        })
    }

    /// A handle on it, if it still lives.
    pub fn open(&self) -> Option<OwnedFd> {
        let handle = pidfd_open(Pid::from_raw(self.pid)?, PidfdFlags::empty()).ok()?;
        // Read after the handle is held: the number cannot change hands any more.
        (Self::of(self.pid).ok()? == *self).then_some(handle)
    }

    /// Sends it a signal; whether it was there.
    pub fn signal(&self, signal: i32) -> bool {
        use std::os::fd::AsFd;
        self.open()
            .is_some_and(|handle| sys::signal_process(handle.as_fd(), signal).is_ok())
    }
}

/// Field 22 of `/proc/PID/stat`; the second field is free text in parentheses.
fn start_time(pid: i32) -> io::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_start_time(&stat).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unreadable /proc stat line"))
}

fn parse_start_time(stat: &str) -> Option<u64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn start_time_is_read_behind_any_name() {
        let fields = (3..=22).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        for name in ["sh", "a b", "x) 1 2"] {
            assert_eq!(parse_start_time(&format!("7 ({name}) {fields} 23 24")), Some(22));
        }
        assert_eq!(parse_start_time("7 sh"), None);
    }

    #[test]
    fn this_process_is_itself_and_not_an_earlier_one() {
        let me = Process::of(std::process::id() as i32).unwrap();
        assert!(me.open().is_some());
        assert!(
            Process {
                started: me.started + 1,
                ..me.clone()
            }
            .open()
            .is_none()
        );
        assert!(
            Process {
                machine: "another".into(),
                ..me
            }
            .open()
            .is_none()
        );
    }
}
