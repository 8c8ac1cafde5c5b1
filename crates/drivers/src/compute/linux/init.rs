//! From the supervisor to the first process inside: a chain of two forks, because the user namespace must be joined before
//! the namespaces that it is to own are made, and a new pid namespace is entered only by a child.
//!
//! ```text
//! supervisor ── builder (host's ids: control groups, layers, overlay; then guest's ids: new namespaces)
//!           └── first process (inside: /proc, /sys, /dev, pivot_root, files) ── exec init
//! ```

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, unmount};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;

use super::cgroup::Cgroup;
use super::launch::Launch;
use super::root::{self, Stage};
use super::sys::{self, Fork};
use super::userns::{Namespaces, reap};
use super::{GUEST_PROGRAM, files};

/// Device nodes that a guest has; it can make no others.
const NODES: [&str; 7] = ["null", "zero", "full", "random", "urandom", "tty", "fuse"];
/// Links that every /dev has.
const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// Starts the sandbox's first process; it has been executed when this returns.
pub(super) fn start(launch: &Launch, cgroup: &Cgroup, namespaces: &Namespaces, terminal: &Path) -> io::Result<Pid> {
    let (report, reporter) = pipe_with(PipeFlags::CLOEXEC)?;
    let (name, namer) = pipe_with(PipeFlags::CLOEXEC)?;
    match sys::fork()? {
        Fork::Child => {
            drop((report, name));
            let inside = Inside {
                launch,
                terminal,
                reporter,
            };
            inside.build(cgroup, namespaces, namer)
        }
        Fork::Parent(builder) => {
            drop((reporter, namer));
            let mut failure = String::new();
            // Ends when the first process has been executed, or has given up.
            File::from(report).read_to_string(&mut failure)?;
            reap(builder);
            let mut pid = [0; 4];
            let named = File::from(name).read_exact(&mut pid);
            let pid = named.ok().and_then(|()| Pid::from_raw(i32::from_ne_bytes(pid)));
            match (pid, failure.is_empty()) {
                (Some(pid), true) => Ok(pid),
                (pid, _) => {
                    pid.into_iter().for_each(|pid| reap(pid.as_raw_nonzero().get()));
                    Err(io::Error::other(failure))
                }
            }
        }
    }
}

/// What the children share. Its methods end the process, or report why they could not do their work.
struct Inside<'a> {
    launch: &'a Launch,
    terminal: &'a Path,
    reporter: OwnedFd,
}

impl Inside<'_> {
    /// Runs one step, and gives up where it fails.
    fn step<T>(&self, what: &str, result: io::Result<T>) -> T {
        result.unwrap_or_else(|error| {
            let _ = rustix::io::write(&self.reporter, format!("{what}: {error}").as_bytes());
            sys::exit_now(1)
        })
    }

    /// The builder's life.
    fn build(&self, cgroup: &Cgroup, namespaces: &Namespaces, namer: OwnedFd) -> ! {
        self.step("joining the guest's control groups", cgroup.join_guest());
        let stage = self.step("making a stage", Stage::new(&self.launch.places.stage()));
        let disk = self.launch.places.disk();
        let root = stage.mount_root(&self.launch.layers, &disk, namespaces.user.as_fd(), self.launch.first_id);
        let root = self.step("mounting the root", root);
        for (index, (source, _)) in self.launch.mounts.iter().enumerate() {
            self.step("mounting data", stage.mount_data(source, index, namespaces.user.as_fd()));
        }
        if let Some(program) = &self.launch.guest_program {
            self.step("mounting the guest's program", stage.mount_program(program));
        }
        self.step(
            "joining the user namespace",
            sys::setns(namespaces.user.as_fd(), libc::CLONE_NEWUSER),
        );
        self.step("becoming the guest's root", sys::become_root());
        self.step(
            "joining the network namespace",
            sys::setns(namespaces.net.as_fd(), libc::CLONE_NEWNET),
        );
        let own = libc::CLONE_NEWNS | libc::CLONE_NEWUTS | libc::CLONE_NEWIPC | libc::CLONE_NEWCGROUP | libc::CLONE_NEWPID;
        self.step("making namespaces", sys::unshare(own));
        match self.step("forking the first process", sys::fork_brother()) {
            Fork::Parent(pid) => {
                let _ = File::from(namer).write_all(&pid.to_ne_bytes());
                sys::exit_now(0)
            }
            Fork::Child => {
                drop(namer);
                self.become_first(&root)
            }
        }
    }

    /// The first process's life, until it is what the spec says.
    fn become_first(&self, root: &Path) -> ! {
        self.step("tying its life to the supervisor's", sys::die_with_parent());
        let _ = rustix::process::setsid();
        self.step("mounting", self.mount_all(root));
        self.step("entering the root", enter(root));
        self.step(
            "naming the host",
            rustix::system::sethostname(self.launch.hostname.as_bytes()).map_err(Into::into),
        );
        for file in &self.launch.files {
            self.step(&file.path, files::lay(file));
        }
        self.step("opening the console", open_console());
        let error = self.exec();
        self.step(&format!("executing {:?}", self.launch.init), Err(error))
    }

    fn mount_all(&self, root: &Path) -> io::Result<()> {
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        root::bind_onto_itself(root)?;
        let at = |name: &str| root.join(name);
        for name in ["proc", "sys", "dev", "run"] {
            fs::create_dir_all(at(name))?;
        }
        let safe = MountFlags::NOSUID | MountFlags::NODEV;
        mount("proc", at("proc"), "proc", safe | MountFlags::NOEXEC, None)?;
        mount("sysfs", at("sys"), "sysfs", safe | MountFlags::NOEXEC, None)?;
        mount("cgroup2", at("sys/fs/cgroup"), "cgroup2", safe | MountFlags::NOEXEC, None)?;
        mount("tmpfs", at("run"), "tmpfs", safe, Some(c"mode=0755"))?;
        mount("tmpfs", at("dev"), "tmpfs", MountFlags::NOSUID, Some(c"mode=0755,size=1m"))?;
        self.fill_dev(&at("dev"))?;
        for (index, (_, path)) in self.launch.mounts.iter().enumerate() {
            root::bind_folder(&Stage::data(&self.launch.places.stage(), index), &at(path.trim_start_matches('/')))?;
        }
        if self.launch.guest_program.is_some() {
            let program = Stage::program(&self.launch.places.stage());
            root::bind_file(&program, &at(GUEST_PROGRAM.trim_start_matches('/')))?;
        }
        Ok(())
    }

    fn fill_dev(&self, dev: &Path) -> io::Result<()> {
        for name in NODES {
            let node = Path::new("/dev").join(name);
            if node.exists() {
                root::bind_node(&node, &dev.join(name))?;
            }
        }
        for (name, target) in LINKS {
            symlink(target, dev.join(name))?;
        }
        let quiet = MountFlags::NOSUID | MountFlags::NOEXEC;
        fs::create_dir(dev.join("pts"))?;
        mount(
            "devpts",
            dev.join("pts"),
            "devpts",
            quiet,
            Some(c"newinstance,ptmxmode=0666,mode=0620,gid=5"),
        )?;
        fs::create_dir(dev.join("shm"))?;
        mount(
            "tmpfs",
            dev.join("shm"),
            "tmpfs",
            MountFlags::NOSUID | MountFlags::NODEV,
            Some(c"mode=1777"),
        )?;
        root::bind_node(self.terminal, &dev.join("console"))
    }

    /// Becomes the first process of the spec. Returns only on failure.
    fn exec(&self) -> io::Error {
        let strings = |list: Vec<String>| list.into_iter().map(CString::new).collect::<Result<Vec<_>, _>>();
        let mut env = self.launch.env.clone();
        env.insert("container".into(), "tierra".into());
        env.entry("PATH".into())
            .or_insert_with(|| "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into());
        env.entry("TERM".into()).or_insert_with(|| "linux".into());
        let environment = strings(env.into_iter().map(|(name, value)| format!("{name}={value}")).collect());
        let (Ok(arguments), Ok(environment)) = (strings(self.launch.init.clone()), environment) else {
            return io::Error::new(io::ErrorKind::InvalidInput, "a NUL byte in arguments or environment");
        };
        let Some(program) = arguments.first() else {
            return io::Error::new(io::ErrorKind::InvalidInput, "nothing to execute");
        };
        sys::default_signals();
        sys::exec(program, &arguments, &environment)
    }
}

/// Makes `root` the root, and lets go of the host's.
fn enter(root: &Path) -> io::Result<()> {
    std::env::set_current_dir(root)?;
    // pivot_root(2): with both names "." the old root lies on top of the new one, and goes first.
    rustix::process::pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    std::env::set_current_dir("/")
}

/// The console becomes standard input, output and error, and the session's terminal.
fn open_console() -> io::Result<()> {
    let console = File::options().read(true).write(true).open("/dev/console")?;
    sys::control_terminal(&console)?;
    rustix::stdio::dup2_stdin(&console)?;
    rustix::stdio::dup2_stdout(&console)?;
    Ok(rustix::stdio::dup2_stderr(&console)?)
}
