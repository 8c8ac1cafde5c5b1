//! The compute contract. The `linux` twin runs it where the tests are root, on a root made of the host's own shell.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tierra_drivers::DriverError;
use tierra_drivers::compute::linux::{LinuxCompute, LinuxConfig};
use tierra_drivers::compute::sim::{SimCompute, SimPlan};
use tierra_drivers::compute::{Compute, Console, Limits, Phase, Power, SandboxFile, SandboxId, SandboxSpec, SandboxState};
use tierra_drivers::data::linux::put_away;
use tierra_drivers::image::linux::LinuxImages;
use tierra_drivers::image::{Images, Import, Silent};
use tierra_drivers::network::{InterfaceId, Plug};

use super::capture::{a_disk_becomes_an_image, an_images_disk};
use super::usage::what_runs_is_counted;

/// How long a sandbox may take to do what its script says.
const PATIENCE: Duration = Duration::from_secs(20);

struct Unplugged;

impl Plug for Unplugged {
    fn plug(&self, _: &InterfaceId, _: std::os::fd::BorrowedFd<'_>, _: &str) -> Result<(), DriverError> {
        Ok(())
    }

    fn unplug(&self, _: &InterfaceId, _: std::os::fd::BorrowedFd<'_>, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}

pub(super) fn spec(power: Power, boot: u64) -> SandboxSpec {
    // It ends when it is told to, as an init does.
    script("trap 'exit 0' TERM; while :; do sleep 0.05; done", power, boot)
}

pub(super) fn script(text: &str, power: Power, boot: u64) -> SandboxSpec {
    SandboxSpec {
        image: "mini".into(),
        hostname: "contract".into(),
        init: ["/bin/sh", "-c", text].map(String::from).to_vec(),
        env: Default::default(),
        interfaces: vec!["eni-1".into()],
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits {
            cpu_millis: 1000,
            memory_bytes: 256 << 20,
            pids: 100,
        },
        power,
        boot,
    }
}

fn state(phase: Phase, boot: u64) -> SandboxState {
    SandboxState { phase, boot }
}

async fn the_three_verbs(compute: &dyn Compute) {
    let id: SandboxId = "i-verbs".into();
    let observe = || async { compute.observe().await.unwrap() };
    compute.remove(&id).await.unwrap();
    assert_eq!(observe().await, []);

    for (power, boot, expected) in [
        (Power::Off, 0, state(Phase::Stopped, 0)),
        (Power::On, 1, state(Phase::Running, 1)),
        (Power::On, 1, state(Phase::Running, 1)),
        (Power::On, 2, state(Phase::Running, 2)),
        (Power::Off, 2, state(Phase::Stopped, 2)),
        (Power::Off, 2, state(Phase::Stopped, 2)),
        (Power::On, 2, state(Phase::Running, 2)),
    ] {
        assert_eq!(compute.ensure(&id, &spec(power, boot)).await.unwrap(), expected, "{power:?} {boot}");
        assert_eq!(observe().await, [(id.clone(), expected)]);
    }
    compute.remove(&id).await.unwrap();
    compute.remove(&id).await.unwrap();
    assert_eq!(observe().await, []);
}

pub(super) async fn phase_of(compute: &dyn Compute, id: &SandboxId) -> Phase {
    let all = compute.observe().await.unwrap();
    all.into_iter().find(|one| one.0 == *id).unwrap().1.phase
}

async fn bad_names_are_refused(compute: &dyn Compute) {
    for id in ["", "../etc", "a/b", "UPPER", &"x".repeat(65)] {
        let refused = compute.ensure(&id.to_owned(), &spec(Power::Off, 0)).await;
        assert!(matches!(refused, Err(DriverError::Refused { .. })), "{id:?}");
        assert!(compute.remove(&id.to_owned()).await.is_err(), "{id:?}");
    }
}

/// What follows a sandbox that has ended by itself.
async fn an_end_stays_until_it_is_answered(compute: &dyn Compute, id: &SandboxId) {
    let phase = || phase_of(compute, id);
    assert!(matches!(phase().await, Phase::Exited { .. }));
    compute.ensure(id, &spec(Power::On, 1)).await.unwrap();
    assert!(
        matches!(phase().await, Phase::Exited { .. }),
        "the same boot does not start it again"
    );
    compute.ensure(id, &spec(Power::On, 2)).await.unwrap();
    assert_eq!(phase().await, Phase::Running);
    compute.remove(id).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn sim() {
    let compute = SimCompute::new(SimPlan {
        seed: 1,
        failures_per_mille: 0,
        delay: Duration::from_secs(3),
    });
    the_three_verbs(&compute).await;
    what_runs_is_counted(&compute, &compute).await;
    bad_names_are_refused(&compute).await;
    let id = "i-end".to_owned();
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    assert!(compute.exit(&id, "poweroff"));
    an_end_stays_until_it_is_answered(&compute, &id).await;
}

/// A machine of its own for one test: folders that go when it ends.
pub(super) struct Machine {
    pub(super) folder: tempfile::TempDir,
}

impl Machine {
    /// Nothing, said aloud, where the tests may not make sandboxes.
    async fn new() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("SKIPPED: sandboxes need root");
            return None;
        }
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let archive = mini_root(machine.folder.path());
        machine.images().import("mini", &archive).await.unwrap();
        Some(machine)
    }

    pub(super) fn images(&self) -> LinuxImages {
        LinuxImages::new(&self.folder.path().join("images"), Arc::new(Silent)).unwrap()
    }

    /// How many layers lie on the machine.
    pub(super) fn layers(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("images/layers")).unwrap().count()
    }

    /// A driver as a new agent would make it.
    pub(super) fn compute(&self) -> LinuxCompute {
        LinuxCompute::new(LinuxConfig {
            state_dir: self.folder.path().join("state"),
            run_dir: self.folder.path().join("run"),
            plug: Arc::new(Unplugged),
            images: Arc::new(self.images()),
            self_exe: env!("CARGO_BIN_EXE_tierra-sandbox").into(),
            guest_program: None,
        })
        .unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Err(error) = put_away(&self.folder.path().join("state")) {
            eprintln!("the data folders are still in use: {error}");
        }
    }
}

/// A root filesystem in a tar archive: the host's shell and a few tools with the libraries that they load.
fn mini_root(folder: &Path) -> PathBuf {
    let archive = folder.join("mini.tar");
    let text = r#"set -eu; root=$1/mini; mkdir -p $root/bin $root/etc $root/tmp; : > $root/etc/gone
        for tool in sh sleep cat id touch mkdir rm chmod ls tr; do
            path=$(readlink -f $(command -v $tool)); cp $path $root/bin/$tool
            for library in $(ldd $path | grep -o '/[^ ]*'); do mkdir -p $root$(dirname $library); cp -L $library $root$library; done
        done
        tar -C $root -cf $2 ."#;
    let status = Command::new("sh")
        .args(["-c", text, "sh"])
        .arg(folder)
        .arg(&archive)
        .status()
        .unwrap();
    assert!(status.success());
    archive
}

pub(super) async fn console_has(compute: &LinuxCompute, id: &SandboxId, text: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let bytes = compute.read(id, 0, 1 << 20).await.unwrap().1;
        let said = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        if said.contains(text) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "no {text:?} on the console: {said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) async fn ended(compute: &LinuxCompute, id: &SandboxId) -> Phase {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let phase = phase_of(compute, id).await;
        if phase != Phase::Running {
            return phase;
        }
        assert!(tokio::time::Instant::now() < deadline, "{id} still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One test, not several: what a driver observes includes the control groups of its machine's other sandboxes.
#[tokio::test(flavor = "multi_thread")]
async fn linux() {
    let Some(machine) = Machine::new().await else { return };
    let compute = Arc::new(machine.compute());
    the_three_verbs(compute.as_ref()).await;
    super::usage::linux(&compute).await;
    bad_names_are_refused(compute.as_ref()).await;
    super::inside::linux(&machine, &compute).await;
    let id = "i-end".to_owned();
    compute.ensure(&id, &script("exit 3", Power::On, 1)).await.unwrap();
    assert_eq!(
        ended(&compute, &id).await,
        Phase::Exited {
            reason: "its first process ended with exit code 3".into()
        }
    );
    an_end_stays_until_it_is_answered(compute.as_ref(), &id).await;
    what_is_inside(&compute).await;
    disks_outlive_boots_with_plain_ids(&machine, &compute).await;
    a_new_agent_adopts(&machine, &compute).await;
    a_killed_supervisor_takes_its_sandbox_along(&machine, &compute).await;
    launches_that_fail_leave_nothing(&compute).await;
    a_disk_becomes_an_image(compute.as_ref(), compute.as_ref(), &machine.images()).await;
    an_images_disk(&machine).await;
    held_images_stay(&machine, &compute).await;
}

async fn what_is_inside(compute: &LinuxCompute) {
    let id = "i-inside".to_owned();
    let text = "id -u; cat /proc/self/uid_map /proc/sys/kernel/hostname /etc/bundle; echo pid $$ $A $container; \
        touch /proc/sys/kernel/panic 2>/dev/null || echo guarded; cat /dev/null && echo end";
    let mut spec = script(text, Power::On, 1);
    spec.env.insert("A".into(), "b".into());
    let file = |content: &str| SandboxFile {
        path: "/etc/bundle".into(),
        mode: 0o644,
        content: content.into(),
        append: true,
    };
    spec.files = vec![file("one\n"), file("two\n"), file("one\n")];
    compute.ensure(&id, &spec).await.unwrap();
    console_has(compute, &id, "contract\none\ntwo\npid 1 b tierra\n").await;
    console_has(compute, &id, "end\n").await;
    let said = String::from_utf8(compute.read(&id, 0, 1 << 20).await.unwrap().1).unwrap();
    assert!(said.starts_with("0\r\n"), "{said}");
    assert!(said.contains(" 65536\r\n"), "{said}");
    compute.remove(&id).await.unwrap();
}

async fn disks_outlive_boots_with_plain_ids(machine: &Machine, compute: &LinuxCompute) {
    use std::os::unix::fs::MetadataExt;
    let id = "i-disk".to_owned();
    compute.ensure(&id, &script("touch /etc/kept; exit 0", Power::On, 1)).await.unwrap();
    ended(compute, &id).await;
    let kept = machine.folder.path().join("state/sandboxes/i-disk/disk/upper/etc/kept");
    assert_eq!(
        std::fs::metadata(&kept).unwrap().uid(),
        0,
        "on disk root is 0, so that a disk can become an image"
    );
    compute
        .ensure(&id, &script("cat /etc/kept && echo still there", Power::On, 2))
        .await
        .unwrap();
    console_has(compute, &id, "still there").await;
    compute.remove(&id).await.unwrap();
    assert!(!kept.exists());
}

async fn a_new_agent_adopts(machine: &Machine, compute: &LinuxCompute) {
    let id = "i-adopt".to_owned();
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    let first = compute.first_process(&id).unwrap();
    let other = machine.compute();
    assert_eq!(other.observe().await.unwrap(), [(id.clone(), state(Phase::Running, 1))]);
    other.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    assert_eq!(other.first_process(&id), Some(first));
    other.ensure(&id, &spec(Power::Off, 1)).await.unwrap();
    assert_eq!(compute.first_process(&id), None);
    compute.remove(&id).await.unwrap();
}

async fn a_killed_supervisor_takes_its_sandbox_along(machine: &Machine, compute: &LinuxCompute) {
    let id = "i-killed".to_owned();
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    let record = std::fs::read(machine.folder.path().join("run/sandboxes/i-killed/running.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let supervisor = rustix::process::Pid::from_raw(record["supervisor"]["pid"].as_i64().unwrap() as i32).unwrap();
    rustix::process::kill_process(supervisor, rustix::process::Signal::KILL).unwrap();
    assert_eq!(ended(compute, &id).await, Phase::Stopped);
    assert_eq!(compute.first_process(&id), None);
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    assert!(compute.first_process(&id).is_some());
    compute.remove(&id).await.unwrap();
}

async fn launches_that_fail_leave_nothing(compute: &LinuxCompute) {
    let id = "i-none".to_owned();
    let mut unknown = spec(Power::On, 1);
    unknown.image = "no-such-image".into();
    assert!(matches!(compute.ensure(&id, &unknown).await, Err(DriverError::NotFound { .. })));
    compute.remove(&id).await.unwrap();
    let mut broken = spec(Power::On, 1);
    broken.init = vec!["/no/such/program".into()];
    let error = compute.ensure(&id, &broken).await.unwrap_err().to_string();
    assert!(error.contains("/no/such/program") && error.contains("No such file"), "{error}");
    assert_eq!(compute.observe().await.unwrap(), [(id.clone(), state(Phase::Stopped, 1))]);
    compute.remove(&id).await.unwrap();
    assert_eq!(compute.observe().await.unwrap(), []);
}

async fn held_images_stay(machine: &Machine, compute: &LinuxCompute) {
    let id = "i-holds".to_owned();
    compute.ensure(&id, &spec(Power::Off, 0)).await.unwrap();
    let refused = machine.images().remove("mini").await;
    assert!(matches!(refused, Err(DriverError::Refused { .. })), "{refused:?}");
    compute.remove(&id).await.unwrap();
    machine.images().remove("mini").await.unwrap();
    assert_eq!(machine.images().observe().await.unwrap(), []);
}
