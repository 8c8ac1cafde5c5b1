//! Sandboxes on Linux: user, pid, mount, network, UTS, IPC and cgroup namespaces over an overlay root, in control groups.
//!
//! [`LinuxCompute`] decides and waits; the work in the namespaces is the [`supervisor`]'s, one process per sandbox that
//! lives on when the agent is killed. Files between the two: [`launch`].
//!
//! **Invariant**: nothing of a sandbox is visible on the host but its two folders, its control groups and its processes.
//! Mounts and namespaces are held by those processes only, so they cannot leak.

mod capture;
mod cgroup;
mod console;
mod files;
mod init;
mod inside;
mod interfaces;
mod launch;
mod process;
mod root;
mod supervisor;
mod sys;
mod usage;
mod userns;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

pub use supervisor::sandbox_main;

use self::cgroup::Hierarchies;
use self::files::{read_json, write_json};
use self::launch::{Exit, Known, Launch, Places, Running, forget, forget_folder};
use super::{Compute, Console, Phase, Power, SandboxId, SandboxMount, SandboxSpec, SandboxState, check_id};
use crate::DriverError;
use crate::image::linux::LinuxImages;
use crate::network::Plug;

/// The hidden command of the binary that calls [`sandbox_main`].
pub const SANDBOX_COMMAND: &str = "sandbox-init";
/// Where the guest finds the program of the guest units.
pub const GUEST_PROGRAM: &str = "/usr/lib/tierra/tierra";

/// How long an orderly stop may take before the sandbox is killed.
const STOP_BOUND: Duration = Duration::from_secs(20);
/// How long killed processes may take to be gone.
const KILL_BOUND: Duration = Duration::from_secs(10);
/// How long a supervisor may take to answer.
const LAUNCH_BOUND: Duration = Duration::from_secs(30);
/// How often what is waited for is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// What the driver is told at its start.
pub struct LinuxConfig {
    /// Disks and consoles. On ext4, xfs, btrfs or tmpfs: an overlay cannot be the upper layer of another.
    pub state_dir: PathBuf,
    /// What runs now. Best on a tmpfs.
    pub run_dir: PathBuf,
    /// Puts network interfaces in.
    pub plug: Arc<dyn Plug>,
    /// Where roots come from.
    pub images: Arc<LinuxImages>,
    /// The program whose [`SANDBOX_COMMAND`] is [`sandbox_main`].
    pub self_exe: PathBuf,
    /// The program that is bound, read-only, to [`GUEST_PROGRAM`] in each sandbox.
    pub guest_program: Option<PathBuf>,
}

/// The `linux` twin of [`Compute`] and [`Console`].
pub struct LinuxCompute {
    inner: Arc<Inner>,
}

struct Inner {
    config: LinuxConfig,
    cloud: Cloud,
    hierarchies: Hierarchies,
    /// One lock per sandbox: its verbs take turns.
    turns: Mutex<BTreeMap<SandboxId, Arc<Mutex<()>>>>,
    /// Held while an id range is chosen and written down.
    ranges: Mutex<()>,
}

impl LinuxCompute {
    /// A driver on these folders. What they hold of an earlier one is adopted.
    ///
    /// # Errors
    /// `Missing` without root or without a cgroup v2 hierarchy.
    pub fn new(mut config: LinuxConfig) -> Result<Self, DriverError> {
        if !rustix::process::geteuid().is_root() {
            return Err(DriverError::Missing {
                what: "root".into(),
                hint: "start the agent with sudo".into(),
            });
        }
        for folder in [&mut config.state_dir, &mut config.run_dir] {
            fs::create_dir_all(folder.join("sandboxes")).map_err(failed("making the driver's folders"))?;
            // Supervisors live in the root folder, and one place must have one name.
            *folder = folder.canonicalize().map_err(failed("finding the driver's folders"))?;
        }
        let cloud = Cloud::of(&config.state_dir);
        let hierarchies = Hierarchies::probe(&cloud.name)?;
        capture::thaw_all(&hierarchies);
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                cloud,
                hierarchies,
                turns: Mutex::default(),
                ranges: Mutex::default(),
            }),
        })
    }

    /// The host's number of a running sandbox's first process: where its namespaces are found.
    pub fn first_process(&self, id: &str) -> Option<i32> {
        self.inner.first_process(id)
    }

    /// Where the data folders that sandboxes can mount are.
    pub(crate) fn data_folder(&self) -> PathBuf {
        data_folder(&self.inner.config.state_dir)
    }

    /// Bytes of memory that a sandbox uses now, its page cache included.
    pub fn memory_bytes(&self, id: &str) -> Option<u64> {
        self.inner.hierarchies.of(id).memory_bytes()
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, DriverError> + Send + 'static,
    ) -> Result<T, DriverError> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|panic| Err(DriverError::failed("compute driver", panic)))
    }
}

#[async_trait]
impl Compute for LinuxCompute {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        self.work(Inner::observe).await
    }

    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        check_id(id)?;
        let (id, spec) = (id.clone(), spec.clone());
        self.work(move |inner| inner.in_turn(&id, || inner.ensure(&id, &spec))).await
    }

    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        check_id(id)?;
        let id = id.clone();
        self.work(move |inner| inner.in_turn(&id, || inner.remove(&id))).await
    }
}

#[async_trait]
impl Console for LinuxCompute {
    async fn read(&self, id: &SandboxId, offset: i64, max: usize) -> Result<(u64, Vec<u8>), DriverError> {
        check_id(id)?;
        let places = self.inner.places(id);
        let what = id.clone();
        self.work(move |_| {
            if !places.state.exists() {
                return Err(DriverError::NotFound { what });
            }
            console::read(&places.console(), offset, max).map_err(failed("reading the console"))
        })
        .await
    }
}

/// What tells this cloud from others on the machine: the place of its state.
struct Cloud {
    name: String,
    first_range: u32,
}

impl Cloud {
    fn of(state_dir: &Path) -> Self {
        let digest: [u8; 32] = Sha256::digest(state_dir.as_os_str().as_encoded_bytes()).into();
        let [a, b, c, d, ..] = digest;
        Self {
            name: hex::encode([a, b, c, d]),
            first_range: u32::from_le_bytes([a, b, c, d]),
        }
    }
}

impl Inner {
    fn places(&self, id: &str) -> Places {
        let of = |folder: &PathBuf| folder.join("sandboxes").join(id);
        Places {
            state: of(&self.config.state_dir),
            run: of(&self.config.run_dir),
        }
    }

    fn first_process(&self, id: &str) -> Option<i32> {
        let places = self.places(id);
        let running: Running = read_json(&places.running())?;
        // The lock tells the living from those that nobody has reaped yet.
        (!gone(&places) && running.init.open().is_some()).then_some(running.init.pid)
    }

    fn in_turn<T>(&self, id: &str, work: impl FnOnce() -> T) -> T {
        let turn = Arc::clone(unpoisoned(&self.turns).entry(id.to_owned()).or_default());
        let _mine = unpoisoned(&turn);
        work()
    }

    fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        let mut ids: BTreeSet<_> = self.hierarchies.ids().into_iter().collect();
        for folder in [&self.config.state_dir, &self.config.run_dir] {
            ids.extend(names_in(&folder.join("sandboxes")).map_err(failed("listing sandboxes"))?);
        }
        ids.into_iter().map(|id| self.state(&id).map(|state| (id, state))).collect()
    }

    /// What there is of a sandbox. One whose supervisor was killed, or whose machine restarted, is stopped: it is started
    /// again by whoever wants it on.
    fn state(&self, id: &str) -> Result<SandboxState, DriverError> {
        let places = self.places(id);
        let boot = read_json::<Known>(&places.known()).map_or(0, |known| known.boot);
        let phase = if places.is_running().map_err(failed("looking at the lock"))? {
            Phase::Running
        } else {
            read_json::<Exit>(&places.exit()).map_or(Phase::Stopped, |exit| Phase::Exited { reason: exit.reason })
        };
        Ok(SandboxState { phase, boot })
    }

    fn ensure(&self, id: &str, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        let mut known = self.create(id, spec)?;
        let phase = self.state(id)?.phase;
        let rebooted = spec.boot > known.boot;
        match (spec.power, phase) {
            (Power::Off, _) => self.stop(id)?,
            (Power::On, Phase::Running) if !rebooted => {
                self.hierarchies.of(id).set_limits(&spec.limits).map_err(failed("setting limits"))?;
                self.replug(&self.places(id), &spec.interfaces)?;
            }
            (Power::On, Phase::Exited { .. }) if !rebooted => {}
            (Power::On, _) => {
                self.stop(id)?;
                self.start(id, spec, &mut known)?;
            }
        }
        self.state(id)
    }

    /// The sandbox's folders and its place among the ids. Once: its disk stays over the layers that it was made over.
    fn create(&self, id: &str, spec: &SandboxSpec) -> Result<Known, DriverError> {
        let places = self.places(id);
        fs::create_dir_all(&places.run).map_err(failed("making the run folder"))?;
        if let Some(known) = read_json(&places.known()) {
            return Ok(known);
        }
        for folder in ["upper", "work"] {
            fs::create_dir_all(places.disk().join(folder)).map_err(failed("making the disk"))?;
        }
        let image = self.config.images.hold(&spec.image, id)?;
        let _choosing = unpoisoned(&self.ranges);
        let known = Known {
            image: image.hash,
            layers: image.layers.iter().map(PathBuf::from).collect(),
            first_id: userns::free_range(&self.taken_ranges()?, self.cloud.first_range).ok_or(DriverError::Exhausted {
                what: "user id ranges".into(),
            })?,
            boot: 0,
        };
        write_json(&places.known(), &known).map_err(failed("writing the sandbox down"))?;
        Ok(known)
    }

    fn taken_ranges(&self) -> Result<BTreeSet<u32>, DriverError> {
        let ids = names_in(&self.config.state_dir.join("sandboxes")).map_err(failed("listing sandboxes"))?;
        let known = ids.iter().filter_map(|id| read_json::<Known>(&self.places(id).known()));
        Ok(known.map(|known| known.first_id).collect())
    }

    fn start(&self, id: &str, spec: &SandboxSpec, known: &mut Known) -> Result<(), DriverError> {
        let places = self.places(id);
        // Written before the start: after a crash between the two it is found stopped, and started again.
        known.boot = spec.boot;
        write_json(&places.known(), known).map_err(failed("writing the sandbox down"))?;
        let launch = Launch {
            id: id.to_owned(),
            cloud: self.cloud.name.clone(),
            hostname: spec.hostname.clone(),
            init: spec.init.clone(),
            env: spec.env.clone(),
            mounts: self.mounts(spec)?,
            files: spec.files.clone(),
            limits: spec.limits,
            layers: known.layers.clone(),
            first_id: known.first_id,
            guest_program: self.config.guest_program.clone(),
            places,
        };
        write_json(&launch.places.launch(), &launch).map_err(failed("writing the launch"))?;
        let started = self.spawn(&launch, &spec.interfaces);
        if started.is_err() {
            // A supervisor that is still about to give up would pass for a running one.
            self.end(id)?;
        }
        started
    }

    /// The folders of the spec's mounts on this machine.
    fn mounts(&self, spec: &SandboxSpec) -> Result<Vec<(PathBuf, String)>, DriverError> {
        let folder = data_folder(&self.config.state_dir);
        let place = |mount: &SandboxMount| {
            check_id(&mount.data)?;
            let source = folder.join(&mount.data);
            match source.is_dir() {
                true => Ok((source, mount.path.clone())),
                false => Err(DriverError::NotFound { what: mount.data.clone() }),
            }
        };
        spec.mounts.iter().map(place).collect()
    }

    /// Starts the supervisor and sees it through the launch (see `supervisor::Agent`).
    fn spawn(&self, launch: &Launch, interfaces: &[String]) -> Result<(), DriverError> {
        let (mut ours, theirs) = UnixStream::pair().map_err(failed("making a socket"))?;
        ours.set_read_timeout(Some(LAUNCH_BOUND)).map_err(failed("setting a bound"))?;
        let status = Command::new(&self.config.self_exe)
            .arg(SANDBOX_COMMAND)
            .arg(launch.places.launch())
            .current_dir("/")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(failed("starting a supervisor"))?;
        if !status.success() {
            return Err(DriverError::failed("starting a supervisor", status));
        }
        let mut answers = BufReader::new(ours.try_clone().map_err(failed("making a socket"))?).lines();
        let mut answer = || {
            answers
                .next()
                .transpose()
                .map(Option::unwrap_or_default)
                .map_err(failed("hearing the supervisor"))
        };
        let first = answer()?;
        let Some(netns) = first.strip_prefix("netns ") else {
            return Err(launch_failed(&launch.id, &first));
        };
        self.plug_all(&launch.places, Path::new(netns), interfaces)?;
        ours.write_all(b"\n").map_err(failed("answering the supervisor"))?;
        match answer()? {
            line if line == "running" => Ok(()),
            line => Err(launch_failed(&launch.id, &line)),
        }
    }

    /// Ends it in good order, hard after a bound, and forgets how it ended: it is stopped, not exited.
    fn stop(&self, id: &str) -> Result<(), DriverError> {
        let places = self.places(id);
        let running: Option<Running> = read_json(&places.running());
        if let Some(running) = running.filter(|_| places.is_running().unwrap_or(true)) {
            running
                .init
                .signal(if is_systemd(&places) { sys::halt_signal() } else { libc::SIGTERM });
            wait_until(STOP_BOUND, || gone(&places));
        }
        self.end(id)?;
        forget(&places.exit()).map_err(failed("forgetting how it ended"))
    }

    /// Makes sure that no process of it lives, and takes away what only a running one needs.
    fn end(&self, id: &str) -> Result<(), DriverError> {
        let places = self.places(id);
        let groups = self.hierarchies.of(id);
        if !gone(&places) {
            groups.kill_guest();
            wait_until(GLANCE * 50, || gone(&places));
        }
        if !gone(&places) || places.running().exists() {
            groups.kill();
        }
        if !wait_until(KILL_BOUND, || gone(&places) && groups.remove().is_ok()) {
            return Err(DriverError::failed(format!("ending {id}"), "its processes do not go away"));
        }
        forget(&places.running()).map_err(failed("forgetting that it runs"))
    }

    fn remove(&self, id: &str) -> Result<(), DriverError> {
        let places = self.places(id);
        let groups = self.hierarchies.of(id);
        groups.kill();
        self.end(id)?;
        forget_folder(&places.run).map_err(failed("removing the run folder"))?;
        // The record goes last: what is left of a removal that was cut short is still known.
        forget_folder(&places.disk()).map_err(failed("removing the disk"))?;
        forget_folder(&places.state).map_err(failed("removing the state folder"))?;
        self.config.images.release(id)?;
        unpoisoned(&self.turns).remove(id);
        Ok(())
    }
}

fn launch_failed(id: &str, line: &str) -> DriverError {
    DriverError::failed(
        format!("launching {id}"),
        if line.is_empty() { "its supervisor was killed" } else { line },
    )
}

fn is_systemd(places: &Places) -> bool {
    let launch: Option<Launch> = read_json(&places.launch());
    launch.is_some_and(|launch| {
        launch
            .init
            .first()
            .is_some_and(|program| program.ends_with("/init") || program.ends_with("/systemd"))
    })
}

fn gone(places: &Places) -> bool {
    !places.is_running().unwrap_or(true)
}

fn wait_until(bound: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + bound;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(GLANCE);
    }
}

/// Where the data folders lie that sandboxes can have.
pub(crate) fn data_folder(state_dir: &Path) -> PathBuf {
    state_dir.join("data")
}

/// The names in a folder that sandboxes and data folders can have.
pub(crate) fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| check_id(name).is_ok()).collect())
}

fn failed(context: &'static str) -> impl Fn(io::Error) -> DriverError {
    move |error| DriverError::failed(context, error)
}

/// The guarded values are single words or maps that no panic leaves half-changed.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
