//! The supervisor: one small process per running sandbox, outside its namespaces and apart from the agent, whose death it
//! survives. It starts the first process, writes down what comes to the console, starts anew after a reboot from inside,
//! and writes down how it ended. When it dies the kernel kills the sandbox.
//!
//! It must be single-threaded (it forks), so the binary calls [`sandbox_main`] before anything else.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::chown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};

use super::cgroup::{Cgroup, Hierarchies};
use super::console::ConsoleWriter;
use super::files::{read_json, write_json};
use super::init;
use super::launch::{Exit, Launch, Running, forget};
use super::process::Process;
use super::sys::{self, Fork};
use super::userns::Namespaces;
use crate::DriverError;

/// A sandbox that reboots itself this often …
const REBOOTS: usize = 10;
/// … within this time is broken, and stays off.
const REBOOT_WINDOW: Duration = Duration::from_secs(120);

/// The entry of the hidden command [`super::SANDBOX_COMMAND`]: `args` are what follows the command's name. Standard input
/// is the agent's end of the conversation: see [`Agent`].
pub fn sandbox_main(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let (Some(launch), None) = (args.next(), args.next()) else {
        eprintln!("this command is for the agent");
        return ExitCode::from(2);
    };
    // The parent's end lets the agent reap at once; the child belongs to nobody but the machine's init.
    match sys::fork() {
        Ok(Fork::Parent(_)) => ExitCode::SUCCESS,
        Ok(Fork::Child) => {
            let _ = rustix::process::setsid();
            let mut agent = Agent::on_stdin();
            if let Err(error) = supervise(Path::new(&launch), &mut agent) {
                agent.say(&format!("{error}"));
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("fork: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The conversation with the agent that launches: `netns PATH` (plug the interfaces into the namespace there), answered
/// by a line; then `running`, or what went wrong. An agent that goes away in the middle calls the launch off.
struct Agent(UnixStream);

impl Agent {
    fn on_stdin() -> Self {
        let socket = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from);
        // Standard input is open: the agent gave it.
        Self(socket.unwrap_or_else(|_| sys::exit_now(2)))
    }

    fn say(&mut self, line: &str) {
        let _ = self.0.write_all(format!("{}\n", line.replace('\n', " ")).as_bytes());
    }

    fn wait_for_go(&mut self) -> io::Result<()> {
        let mut answer = [0];
        match self.0.read(&mut answer)? {
            1 => Ok(()),
            _ => Err(io::Error::other("the agent called the launch off")),
        }
    }

    fn hang_up(&self) {
        let _ = self.0.shutdown(std::net::Shutdown::Both);
    }
}

fn supervise(launch: &Path, agent: &mut Agent) -> Result<(), DriverError> {
    let launch: Launch = read_json(launch).ok_or_else(|| DriverError::failed("reading the launch", "no such file"))?;
    let fail = |what: &'static str| move |error: io::Error| DriverError::failed(what, error);
    let _lock = launch
        .places
        .lock()
        .map_err(fail("taking the lock"))?
        .ok_or_else(|| DriverError::Refused {
            reason: format!("{} runs already", launch.id),
        })?;
    let cgroup = Hierarchies::probe(&launch.cloud)?.of(&launch.id);
    cgroup
        .create(&launch.limits, launch.first_id)
        .map_err(fail("making control groups"))?;
    cgroup.join_supervisor().map_err(fail("joining the supervisor's group"))?;
    let namespaces = Namespaces::new(launch.first_id).map_err(fail("making namespaces"))?;
    agent.say(&format!("netns /proc/{}/fd/{}", std::process::id(), namespaces.net.as_raw_fd()));
    agent.wait_for_go().map_err(fail("waiting for the interfaces"))?;
    let mut sandbox = Supervised::new(launch, cgroup, namespaces).map_err(fail("opening the console"))?;
    let init = sandbox.start().map_err(fail("starting"))?;
    agent.say("running");
    agent.hang_up();
    let reason = sandbox.run(init);
    let places = &sandbox.launch.places;
    write_json(&places.exit(), &Exit { reason }).map_err(fail("writing how it ended"))?;
    forget(&places.running()).map_err(fail("forgetting that it runs"))
}

/// A sandbox and what its supervisor holds of it.
struct Supervised {
    launch: Launch,
    cgroup: Cgroup,
    namespaces: Namespaces,
    console: ConsoleWriter,
    terminal: OwnedFd,
    /// Keeps the terminal open while no process inside has it.
    _guest_end: File,
    terminal_path: String,
}

impl Supervised {
    fn new(launch: Launch, cgroup: Cgroup, namespaces: Namespaces) -> io::Result<Self> {
        let console = ConsoleWriter::open(&launch.places.console())?;
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        unlockpt(&terminal)?;
        let terminal_path = ptsname(&terminal, Vec::new())?.to_string_lossy().into_owned();
        chown(&terminal_path, Some(launch.first_id), Some(launch.first_id))?;
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let guest_end = rustix::fs::open(
            &terminal_path,
            rustix::fs::OFlags::from_bits_retain(flags.bits()) | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )?;
        Ok(Self {
            launch,
            cgroup,
            namespaces,
            console,
            terminal,
            _guest_end: guest_end.into(),
            terminal_path,
        })
    }

    /// Starts the first process and writes down what runs.
    fn start(&mut self) -> io::Result<Pid> {
        let pid = init::start(&self.launch, &self.cgroup, &self.namespaces, Path::new(&self.terminal_path))?;
        let running = Running {
            supervisor: Process::of(std::process::id() as i32)?,
            init: Process::of(pid.as_raw_nonzero().get())?,
        };
        write_json(&self.launch.places.running(), &running)?;
        Ok(pid)
    }

    /// Supervises until the first process ends for good; why it did.
    fn run(&mut self, mut init: Pid) -> String {
        let mut reboots = Vec::new();
        loop {
            let status = match self.watch(init) {
                Ok(status) => status,
                Err(error) => return format!("its supervisor failed: {error}"),
            };
            if !asks_for_reboot(status) {
                return describe(status);
            }
            reboots.retain(|at: &Instant| at.elapsed() < REBOOT_WINDOW);
            reboots.push(Instant::now());
            if reboots.len() > REBOOTS {
                return format!("it rebooted more than {REBOOTS} times within {} s", REBOOT_WINDOW.as_secs());
            }
            match self.start() {
                Ok(pid) => init = pid,
                Err(error) => return format!("it could not be started again: {error}"),
            }
        }
    }

    /// Pumps the console until the first process has ended.
    fn watch(&mut self, init: Pid) -> io::Result<ExitStatus> {
        let handle = pidfd_open(init, PidfdFlags::empty())?;
        loop {
            let mut both = [PollFd::new(&self.terminal, PollFlags::IN), PollFd::new(&handle, PollFlags::IN)];
            match poll(&mut both, None) {
                Err(rustix::io::Errno::INTR) => continue,
                other => other?,
            };
            let (output, ended) = (both[0].revents(), both[1].revents());
            if output.contains(PollFlags::IN) {
                self.pump()?;
            } else if ended.contains(PollFlags::IN) {
                let (_, status) = waitpid(Some(init), WaitOptions::empty())?.ok_or(io::ErrorKind::NotFound)?;
                return Ok(ExitStatus::from_raw(status.as_raw()));
            }
        }
    }

    fn pump(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let length = rustix::io::read(&self.terminal, &mut buffer)?;
        // A full disk must not end the sandbox.
        let _ = self.console.write(&buffer[..length]);
        Ok(())
    }
}

/// reboot(2) in a pid namespace: its init is killed by SIGHUP for a restart, by SIGINT for a halt or poweroff.
fn asks_for_reboot(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGHUP)
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (_, Some(libc::SIGINT)) => "it powered itself off".to_owned(),
        (_, Some(signal)) => format!("its first process was killed by signal {signal}"),
        (code, _) => format!("its first process ended with exit code {}", code.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn endings_are_told_apart() {
        for (raw, reboot, reason) in [
            (1, true, "its first process was killed by signal 1"),
            (2, false, "it powered itself off"),
            (9, false, "its first process was killed by signal 9"),
            (3 << 8, false, "its first process ended with exit code 3"),
        ] {
            let status = ExitStatus::from_raw(raw);
            assert_eq!((asks_for_reboot(status), describe(status).as_str()), (reboot, reason));
        }
    }
}
