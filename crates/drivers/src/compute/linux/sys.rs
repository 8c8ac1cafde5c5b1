//! The kernel calls that no safe wrapper covers. **Invariant**: the only `unsafe` of the compute driver; each function is
//! one call, and says why it is sound. The forking ones are for single-threaded processes only: the supervisor and its
//! children, never the agent.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Which side of a fork this is.
pub(super) enum Fork {
    /// The caller; the child's process id.
    Parent(i32),
    /// The new process.
    Child,
}

fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Forks. The caller must be single-threaded.
pub(super) fn fork() -> io::Result<Fork> {
    // SAFETY: the caller has one thread, so the child holds no lock of another.
    let pid = check(libc::c_long::from(unsafe { libc::fork() }))?;
    Ok(if pid == 0 { Fork::Child } else { Fork::Parent(pid as i32) })
}

/// Forks a brother: the child's parent is the caller's parent. The caller must be single-threaded.
pub(super) fn fork_brother() -> io::Result<Fork> {
    let flags = libc::c_long::from(libc::CLONE_PARENT | libc::SIGCHLD);
    // SAFETY: as `fork`; without CLONE_VM a null stack means a copy of the caller's.
    let pid = check(unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) })?;
    Ok(if pid == 0 { Fork::Child } else { Fork::Parent(pid as i32) })
}

/// Ends the process without running destructors or flushing what a parent also holds.
pub(super) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(code) }
}

/// Leaves the named namespaces (`CLONE_NEW…`) for new ones.
pub(super) fn unshare(flags: i32) -> io::Result<()> {
    // SAFETY: takes a number; the caller is single-threaded, so no thread is left behind in the old ones.
    check(unsafe { libc::unshare(flags) }.into()).map(drop)
}

/// Joins a namespace.
pub(super) fn setns(namespace: BorrowedFd<'_>, kind: i32) -> io::Result<()> {
    // SAFETY: the descriptor is open for the length of the borrow.
    check(unsafe { libc::setns(namespace.as_raw_fd(), kind) }.into()).map(drop)
}

/// Shifts the ids of a detached mount by the map of a user namespace.
pub(super) fn idmap_mount(mount: BorrowedFd<'_>, userns: BorrowedFd<'_>, extra: u64) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_IDMAP | extra,
        attr_clr: 0,
        propagation: 0,
        userns_fd: userns.as_raw_fd() as u64,
    };
    set_attributes(mount, &attributes)
}

/// Makes a detached mount read-only.
pub(super) fn read_only_mount(mount: BorrowedFd<'_>) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    set_attributes(mount, &attributes)
}

fn set_attributes(mount: BorrowedFd<'_>, attributes: &libc::mount_attr) -> io::Result<()> {
    // SAFETY: the empty path names the descriptor itself; the struct lives through the call and its size is its own.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            std::ptr::from_ref(attributes),
            size_of::<libc::mount_attr>(),
        )
    })
    .map(drop)
}

/// Takes an id for file access only and keeps every capability.
pub(super) fn take_file_ids(id: u32) -> io::Result<()> {
    const NO_SETUID_FIXUP: libc::c_ulong = 1 << 2;
    // SAFETY: numbers only. Without the secure bit the change from 0 would drop the file capabilities.
    check(unsafe { libc::prctl(libc::PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0) }.into())?;
    // SAFETY: numbers only; the calls cannot fail for a privileged caller, and answer the id from before.
    unsafe {
        libc::setfsgid(id);
        libc::setfsuid(id);
    }
    Ok(())
}

/// Gives back what [`take_file_ids`] took.
pub(super) fn drop_file_ids() -> io::Result<()> {
    // SAFETY: numbers only.
    unsafe {
        libc::setfsuid(0);
        libc::setfsgid(0);
    }
    // SAFETY: numbers only.
    check(unsafe { libc::prctl(libc::PR_SET_SECUREBITS, 0, 0, 0, 0) }.into()).map(drop)
}

/// Becomes uid and gid 0 of the user namespace just joined, with no other group.
pub(super) fn become_root() -> io::Result<()> {
    // SAFETY: numbers and an empty list only.
    check(unsafe { libc::setgroups(0, std::ptr::null()) }.into())?;
    // SAFETY: numbers only.
    check(unsafe { libc::setresgid(0, 0, 0) }.into())?;
    // SAFETY: numbers only.
    check(unsafe { libc::setresuid(0, 0, 0) }.into()).map(drop)
}

/// Asks the kernel to kill this process when its parent dies. Lost at the next change of uid, so call it after.
pub(super) fn die_with_parent() -> io::Result<()> {
    // SAFETY: numbers only.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) }.into()).map(drop)
}

/// Resets every signal to its default action and unblocks all: what the Rust runtime and the agent set is not inherited.
pub(super) fn default_signals() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL is a valid action; the two signals that refuse it are left as they are.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: the set is initialised by sigemptyset before it is read.
    unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Makes the terminal the controlling one of this session.
pub(super) fn control_terminal(terminal: impl AsFd) -> io::Result<()> {
    // SAFETY: the descriptor is open for the length of the borrow.
    check(unsafe { libc::ioctl(terminal.as_fd().as_raw_fd(), libc::TIOCSCTTY, 0) }.into()).map(drop)
}

/// Sends a signal to one process, by descriptor: never to another that took its number.
pub(super) fn signal_process(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    // SAFETY: the descriptor is open; a null siginfo means what kill(2) would send.
    check(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, 0, 0) }).map(drop)
}

/// The signal that tells systemd to halt.
pub(super) fn halt_signal() -> i32 {
    libc::SIGRTMIN() + 3
}

/// Replaces this process. Returns only on failure.
pub(super) fn exec(program: &CString, arguments: &[CString], environment: &[CString]) -> io::Error {
    let arguments = pointers(arguments);
    let environment = pointers(environment);
    // SAFETY: both lists end in null and point at strings that outlive the call.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}
