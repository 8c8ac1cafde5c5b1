//! Commands and connections into sandboxes, by way of their first process.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{ExitStatus, Stdio};

use std::os::unix::process::ExitStatusExt;

use async_trait::async_trait;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process;
use tokio::time::timeout;

use super::{LinuxCompute, failed};
use crate::DriverError;
use crate::compute::inside::{Command, Control, Exec, OUTPUT_BYTES, Output};
use crate::compute::{SandboxId, check_id};

/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[async_trait]
impl Exec for LinuxCompute {
    async fn run(&self, id: &SandboxId, command: &Command) -> Result<Output, DriverError> {
        check_id(id)?;
        let pid = self.running(id)?;
        let done = timeout(command.timeout, run(pid, command));
        match done.await {
            Ok(result) => result.map_err(|error| DriverError::failed(format!("running a command in {id}"), error)),
            Err(_) => Err(DriverError::failed(
                format!("running a command in {id}"),
                format!("it took longer than {} s", command.timeout.as_secs()),
            )),
        }
    }
}

#[async_trait]
impl Control for LinuxCompute {
    async fn connect(&self, id: &SandboxId, path: &str) -> Result<UnixStream, DriverError> {
        check_id(id)?;
        let socket = find_inside(self.running(id)?, path).map_err(failed("finding a socket"))?;
        // By descriptor: the path was walked inside the sandbox's root, and is walked only once.
        let place = format!("/proc/self/fd/{}", socket.as_raw_fd());
        UnixStream::connect(place).await.map_err(failed("connecting to a node"))
    }
}

impl LinuxCompute {
    fn running(&self, id: &SandboxId) -> Result<i32, DriverError> {
        self.first_process(id).ok_or_else(|| DriverError::NotFound { what: id.clone() })
    }
}

/// Finds a file below the root of a process. The guest owns what is there: an absolute link or a `..` of its making must not
/// lead the agent to a socket of the host.
fn find_inside(pid: i32, path: &str) -> io::Result<OwnedFd> {
    let root = File::open(format!("/proc/{pid}/root"))?;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    Ok(openat2(
        root,
        path,
        flags,
        Mode::empty(),
        ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
    )?)
}

/// A process group that is killed when nobody waits for it any more.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It may have ended at this moment.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// nsenter joins the namespaces and waits for the command, which is of its process group.
async fn run(pid: i32, command: &Command) -> io::Result<Output> {
    let mut child = process::Command::new("nsenter")
        .args([
            "--target",
            &pid.to_string(),
            "--user",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup",
        ])
        .args([
            "--root",
            "--wdns=/",
            "--setuid",
            &command.uid.to_string(),
            "--setgid",
            &command.uid.to_string(),
        ])
        .arg("--")
        .args(&command.argv)
        .process_group(0)
        .env_clear()
        .env("PATH", PATH)
        .envs(&command.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id as i32)));
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A command that reads no further closes the pipe: its exit code tells more than that error.
            let _ = stdin.write_all(&command.stdin).await;
        }
    };
    let (status, (), stdout, stderr) = tokio::join!(child.wait(), feed, keep(stdout), keep(stderr));
    group.0 = None;
    Ok(Output {
        code: code(status?),
        stdout: stdout?,
        stderr: stderr?,
    })
}

/// Reads to the end, and keeps the beginning.
async fn keep(source: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut source) = source else { return Ok(kept) };
    (&mut source).take(OUTPUT_BYTES as u64).read_to_end(&mut kept).await?;
    tokio::io::copy(&mut source, &mut tokio::io::sink()).await?;
    Ok(kept)
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}
