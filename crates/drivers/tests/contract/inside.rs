//! The contract of commands and connections into sandboxes, and of data folders. The `linux` half is part of the compute
//! contract's one test: see there.

use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::Arc;
use std::time::Duration;

use tierra_drivers::DriverError;
use tierra_drivers::compute::inside::{Command, Control, Exec, Output};
use tierra_drivers::compute::linux::LinuxCompute;
use tierra_drivers::compute::sim::{Inhabitant, SimCompute, SimPlan};
use tierra_drivers::compute::{Compute, Power, SandboxId, SandboxMount};
use tierra_drivers::data::linux::LinuxData;
use tierra_drivers::data::sim::SimData;
use tierra_drivers::data::{Data, DataId, Origin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::compute::{Machine, console_has, ended, script, spec};

fn sh(text: &str, stdin: &str) -> Command {
    Command {
        argv: ["/bin/sh", "-c", text].map(String::from).to_vec(),
        env: [("A".to_owned(), "b".to_owned())].into(),
        stdin: stdin.into(),
        uid: 0,
        timeout: Duration::from_secs(20),
    }
}

fn copy_of(id: &str, writer: Option<&str>) -> Origin {
    Origin::Data {
        id: id.into(),
        writer: writer.map(Into::into),
    }
}

/// What every twin of [`Data`] keeps.
async fn folders_come_and_go(data: &dyn Data) {
    let (first, second): (DataId, DataId) = ("db-1".into(), "db-2".into());
    let ids = || async { data.observe().await.unwrap() };
    assert_eq!(ids().await, Vec::<String>::new());
    let missing = data.ensure(&second, &copy_of("db-1", None)).await;
    assert!(matches!(missing, Err(DriverError::NotFound { .. })), "{missing:?}");
    let refused = data.ensure(&"../db".to_owned(), &Origin::Empty).await;
    assert!(matches!(refused, Err(DriverError::Refused { .. })), "{refused:?}");
    for _ in 0..2 {
        data.ensure(&first, &Origin::Empty).await.unwrap();
        data.ensure(&second, &copy_of("db-1", None)).await.unwrap();
    }
    data.remove(&first).await.unwrap();
    assert_eq!(ids().await, ["db-2"]);
    for _ in 0..2 {
        data.remove(&second).await.unwrap();
    }
    assert_eq!(ids().await, Vec::<String>::new());
}

#[tokio::test]
async fn sim_data() {
    folders_come_and_go(&SimData::default()).await;
}

struct Echo;

impl Inhabitant for Echo {
    fn run(&self, _: &str, command: &Command) -> Output {
        Output {
            stdout: command.stdin.clone(),
            ..Output::default()
        }
    }

    fn serve(&self, _: &str, path: &str, mut stream: UnixStream) -> bool {
        tokio::spawn(async move { stream.write_all(b"hello").await });
        path == "/data/sock"
    }
}

/// What every twin keeps of a sandbox that runs no more, or does.
async fn only_the_running_answer(compute: &dyn Compute, exec: &dyn Exec, control: &dyn Control) {
    let id: SandboxId = "i-asleep".into();
    compute.ensure(&id, &spec(Power::Off, 0)).await.unwrap();
    let output = exec.run(&id, &sh("cat", "")).await;
    assert!(matches!(output, Err(DriverError::NotFound { .. })), "{output:?}");
    assert!(matches!(
        control.connect(&id, "/data/sock").await,
        Err(DriverError::NotFound { .. })
    ));
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    assert_eq!(exec.run(&id, &sh("cat", "words")).await.unwrap().stdout, b"words");
    assert!(matches!(control.connect(&id, "/none").await, Err(DriverError::Failed { .. })));
    compute.remove(&id).await.unwrap();
}

async fn greeting(control: &dyn Control, id: &SandboxId) -> String {
    let mut said = String::new();
    control
        .connect(id, "/data/sock")
        .await
        .unwrap()
        .read_to_string(&mut said)
        .await
        .unwrap();
    said
}

#[tokio::test]
async fn sim_inside() {
    let compute = SimCompute::new(SimPlan::default());
    compute.inhabit(Arc::new(Echo));
    only_the_running_answer(&compute, &compute, &compute).await;
    let id = "i-1".to_owned();
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    assert_eq!(greeting(&compute, &id).await, "hello");
}

/// The `linux` half.
pub(super) async fn linux(machine: &Machine, compute: &Arc<LinuxCompute>) {
    let data = LinuxData::new(Arc::clone(compute), Arc::new(machine.images())).unwrap();
    folders_come_and_go(&data).await;
    only_the_running_answer(compute.as_ref(), compute.as_ref(), compute.as_ref()).await;
    let (id, folder) = ("i-node".to_owned(), machine.folder.path().join("state/data/db-1"));
    data.ensure(&"db-1".to_owned(), &Origin::Empty).await.unwrap();
    compute
        .ensure(&id, &with_data("db-1", "trap 'exit 0' TERM; while :; do sleep 0.05; done"))
        .await
        .unwrap();
    commands_run_inside(compute, &id).await;
    sockets_are_those_inside(compute, &id, &folder).await;
    compute.remove(&id).await.unwrap();
    data_outlives_its_node(compute, &data, &folder).await;
}

fn with_data(data: &str, text: &str) -> tierra_drivers::compute::SandboxSpec {
    let mut spec = script(text, Power::On, 1);
    spec.mounts.push(SandboxMount {
        data: data.into(),
        path: "/data".into(),
    });
    spec
}

async fn commands_run_inside(compute: &LinuxCompute, id: &SandboxId) {
    let text = "id -u; cat /proc/sys/kernel/hostname; echo $A; cat; echo $$ >&2; exit 3";
    let output = compute.run(id, &sh(text, "stdin\n")).await.unwrap();
    assert_eq!((output.code, output.stdout.as_slice()), (3, b"0\ncontract\nb\nstdin\n".as_slice()));
    let pid: u32 = String::from_utf8(output.stderr).unwrap().trim().parse().unwrap();
    assert!(pid < 1000, "a number of the sandbox's own pid namespace: {pid}");
    let mut slow = sh("touch /tmp/begun; sleep 60; touch /tmp/ended", "");
    slow.timeout = Duration::from_millis(500);
    assert!(matches!(compute.run(id, &slow).await, Err(DriverError::Failed { .. })));
    let left = sh("cat /proc/[0-9]*/cmdline | tr -d '\\0' 2>/dev/null; ls /tmp", "");
    let said = String::from_utf8(compute.run(id, &left).await.unwrap().stdout).unwrap();
    assert!(said.contains("begun") && !said.contains("sleep60"), "{said}");
}

async fn sockets_are_those_inside(compute: &LinuxCompute, id: &SandboxId, folder: &std::path::Path) {
    let listener = UnixListener::bind(folder.join("sock")).unwrap();
    let answering = tokio::spawn(async move { listener.accept().await.unwrap().0.write_all(b"hello").await });
    assert_eq!(greeting(compute, id).await, "hello");
    answering.await.unwrap().unwrap();
    let host = folder.parent().unwrap().join("host.sock");
    let _listener = UnixListener::bind(&host).unwrap();
    symlink(&host, folder.join("out")).unwrap();
    let astray = compute.connect(id, "/data/out").await;
    assert!(astray.is_err(), "a link of the guest's leads to no socket of the host");
    std::fs::remove_file(host).unwrap();
}

async fn data_outlives_its_node(compute: &LinuxCompute, data: &LinuxData, folder: &std::path::Path) {
    let node = |n: u32| format!("i-writer{n}");
    let write = "echo row > /data/rows; echo written; while :; do sleep 0.05; done";
    compute.ensure(&node(1), &with_data("db-1", write)).await.unwrap();
    console_has(compute, &node(1), "written").await;
    data.ensure(&"snap-1".to_owned(), &copy_of("db-1", Some("i-writer1")))
        .await
        .unwrap();
    let again = compute.run(&node(1), &sh("echo more >> /data/rows; echo $?", "")).await.unwrap();
    assert_eq!(again.stdout, b"0\n", "what stood still goes on");
    compute.remove(&node(1)).await.unwrap();
    assert_eq!(std::fs::metadata(folder.join("rows")).unwrap().uid(), 0, "on disk root is 0");
    data.ensure(&"db-3".to_owned(), &copy_of("snap-1", None)).await.unwrap();
    for (n, from, expected) in [(2, "db-1", "row\nmore\nwhole"), (3, "db-3", "row\nwhole")] {
        let read = "cat /data/rows; touch /data/own && echo whole";
        compute.ensure(&node(n), &with_data(from, read)).await.unwrap();
        ended(compute, &node(n)).await;
        console_has(compute, &node(n), expected).await;
        compute.remove(&node(n)).await.unwrap();
    }
    let mut lost = spec(Power::On, 1);
    lost.mounts = with_data("none", "").mounts;
    let missing = compute.ensure(&node(4), &lost).await;
    assert!(matches!(missing, Err(DriverError::NotFound { .. })), "{missing:?}");
    compute.remove(&node(4)).await.unwrap();
    for id in ["db-1", "db-3", "snap-1"] {
        data.remove(&id.to_owned()).await.unwrap();
    }
}
