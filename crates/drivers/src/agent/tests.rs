//! The socket between control plane and agent, with drivers that only remember.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::net::{UnixListener, UnixStream};

use super::*;
use crate::DriverError;
use crate::compute::inside::{Command, Control, Exec, Output};
use crate::compute::sim::{SimCompute, SimPlan};
use crate::compute::{
    Capture, Compute, Console, Limits, Phase, Power, SandboxFile, SandboxId, SandboxMount, SandboxSpec, SandboxState, Still,
};
use crate::data::sim::SimData;
use crate::data::{Data, Origin};
use crate::image::{ImageState, Images};
use crate::names::HostNames;
use crate::names::sim::SimHostNames;
use crate::network::{InterfaceSpec, Network, Sockets, SubnetSpec, VpcId, VpcSpec, VpcState};

#[derive(Default)]
struct Memory(Mutex<BTreeMap<SandboxId, SandboxSpec>>);

#[async_trait]
impl Compute for Memory {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        let all = self.0.lock().expect("memory");
        Ok(all
            .iter()
            .map(|(id, spec)| {
                (
                    id.clone(),
                    SandboxState {
                        phase: Phase::Running,
                        boot: spec.boot,
                    },
                )
            })
            .collect())
    }
    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        self.0.lock().expect("memory").insert(id.clone(), spec.clone());
        Ok(SandboxState {
            phase: Phase::Running,
            boot: spec.boot,
        })
    }
    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        self.0.lock().expect("memory").remove(id);
        Ok(())
    }
}

#[async_trait]
impl Console for Memory {
    async fn read(&self, id: &SandboxId, _: i64, _: usize) -> Result<(u64, Vec<u8>), DriverError> {
        Ok((7, id.as_bytes().to_vec()))
    }
}

#[async_trait]
impl Exec for Memory {
    async fn run(&self, _: &SandboxId, command: &Command) -> Result<Output, DriverError> {
        Ok(Output {
            code: 3,
            stdout: command.stdin.clone(),
            stderr: Vec::new(),
        })
    }
}

#[async_trait]
impl Control for Memory {
    async fn connect(&self, _: &SandboxId, _: &str) -> Result<UnixStream, DriverError> {
        UnixStream::pair().map(|(ours, _)| ours).map_err(|e| DriverError::failed("pair", e))
    }
}

#[async_trait]
impl Capture for Memory {
    async fn capture(&self, id: &SandboxId, image: &str, _: Still) -> Result<ImageState, DriverError> {
        Ok(ImageState {
            name: image.to_owned(),
            hash: id.clone(),
            layers: Vec::new(),
            bytes: 1,
        })
    }
}

#[async_trait]
impl Images for Memory {
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError> {
        Ok(Vec::new())
    }
    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError> {
        Err(DriverError::NotFound { what: name.to_owned() })
    }
    async fn remove(&self, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}

#[async_trait]
impl Network for Memory {
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError> {
        Ok(Vec::new())
    }
    async fn ensure(&self, _: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError> {
        Ok(VpcState {
            interfaces: spec.interfaces.keys().cloned().collect(),
        })
    }
    async fn remove(&self, _: &VpcId) -> Result<(), DriverError> {
        Ok(())
    }
}

#[async_trait]
impl Sockets for Memory {
    async fn listen_tcp(&self, _: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        TcpListener::bind(at).map(OwnedFd::from).map_err(|e| DriverError::failed("bind", e))
    }
    async fn bind_udp(&self, _: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.listen_tcp(&String::new(), at).await
    }
    async fn connect_tcp(&self, _: &VpcId, _: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        Err(DriverError::failed("connect", "no one there"))
    }
}

fn agent(socket: &Path) -> tokio::task::JoinHandle<()> {
    let memory = Arc::new(Memory::default());
    let machine = Machine {
        compute: memory.clone(),
        console: memory.clone(),
        capture: memory.clone(),
        exec: memory.clone(),
        usage: Arc::new(SimCompute::new(SimPlan::default())),
        control: memory.clone(),
        data: Arc::new(SimData::default()),
        images: memory.clone(),
        network: memory.clone(),
        sockets: memory,
        names: Arc::new(SimHostNames::default()),
    };
    let _ = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket).expect("bind");
    let uid = rustix::process::getuid().as_raw();
    tokio::spawn(async move { serve(listener, machine, uid).await.expect("serve") })
}

fn spec() -> SandboxSpec {
    SandboxSpec {
        image: "debian-12".into(),
        hostname: "ip-10-0-0-5".into(),
        init: vec!["/sbin/init".into()],
        env: BTreeMap::new(),
        interfaces: vec!["eni-1".into()],
        mounts: Vec::new(),
        files: vec![SandboxFile {
            path: "/etc/x".into(),
            mode: 0o644,
            content: vec![0, 255],
            append: false,
        }],
        limits: Limits {
            cpu_millis: 1000,
            memory_bytes: 1 << 30,
            pids: 100,
        },
        power: Power::On,
        boot: 3,
    }
}

#[tokio::test]
async fn verbs_and_sockets_cross_and_a_new_agent_is_found() {
    let dir = tempfile::tempdir().expect("dir");
    let socket = dir.path().join("agent.sock");
    let remote = Remote::new(socket.clone());
    let late = async {
        tokio::task::yield_now().await;
        let started = agent(&socket);
        (started,)
    };
    let (early, (first,)) = tokio::join!(Compute::observe(&remote), late);
    assert_eq!(early, Ok(Vec::new()), "an agent that is just starting is waited for");
    let id = "i-1".to_owned();
    assert_eq!(Compute::ensure(&remote, &id, &spec()).await.map(|s| s.boot), Ok(3));
    assert_eq!(Compute::observe(&remote).await.map(|all| all.len()), Ok(1));
    assert_eq!(remote.read(&id, -10, 10).await, Ok((7, b"i-1".to_vec())));
    assert_eq!(
        Images::ensure(&remote, "none").await,
        Err(DriverError::NotFound { what: "none".into() })
    );

    let at = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    let fds = futures_util::future::join_all((0..20).map(|_| remote.listen_tcp(&id, at))).await;
    let ports: std::collections::BTreeSet<u16> = fds
        .into_iter()
        .map(|fd| {
            TcpListener::from(fd.expect("fd").as_fd().try_clone_to_owned().expect("dup"))
                .local_addr()
                .expect("address")
                .port()
        })
        .collect();
    assert_eq!(ports.len(), 20, "twenty sockets crossed");

    let names = [("db.a.us-east-1.rds.amazonaws.com".into(), [Ipv4Addr::new(127, 100, 0, 1)].into())].into();
    assert_eq!(HostNames::ensure(&remote, &names).await, Ok(()));
    assert_eq!(HostNames::observe(&remote).await, Ok(names));

    let asked = command(&["/bin/cat"], "words");
    assert_eq!(
        remote.run(&id, &asked).await.map(|output| (output.code, output.stdout)),
        Ok((3, b"words".to_vec()))
    );
    assert!(remote.connect(&id, "/run/node/control.sock").await.is_ok());
    let (data, copy) = ("db-1".to_owned(), "db-2".to_owned());
    let origin = Origin::Data {
        id: data.clone(),
        writer: Some(id.clone()),
    };
    assert!(Data::ensure(&remote, &copy, &origin).await.is_err(), "no original yet");
    assert!(Data::ensure(&remote, &data, &Origin::Empty).await.is_ok());
    assert!(Data::ensure(&remote, &copy, &origin).await.is_ok());
    assert_eq!(Data::remove(&remote, &data).await, Ok(()));
    assert_eq!(Data::observe(&remote).await.map(|all| all.len()), Ok(1));

    first.abort();
    let _ = first.await;
    let _second = agent(&socket);
    let found = async {
        while Compute::observe(&remote).await != Ok(Vec::new()) {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), found)
        .await
        .expect("the new agent, which remembers nothing");
}

fn command(argv: &[&str], stdin: &str) -> Command {
    Command {
        argv: argv.iter().map(|part| (*part).to_owned()).collect(),
        env: BTreeMap::new(),
        stdin: stdin.into(),
        uid: 0,
        timeout: std::time::Duration::from_secs(5),
    }
}

#[tokio::test]
async fn what_could_leave_its_place_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let socket = dir.path().join("agent.sock");
    let _agent = agent(&socket);
    let remote = Remote::new(socket);
    for id in ["", "../x", "I-1", "a/b", "-x", &"x".repeat(65)] {
        assert!(refused(Compute::remove(&remote, &id.to_owned()).await), "{id}");
    }
    let broken: [fn(&mut SandboxSpec); 7] = [
        |s| {
            s.mounts = vec![SandboxMount {
                data: "../x".into(),
                path: "/var".into(),
            }]
        },
        |s| s.image = "../etc".into(),
        |s| s.hostname = "a b".into(),
        |s| s.init = vec!["init".into()],
        |s| s.files[0].path = "/a/../../etc/passwd".into(),
        |s| s.interfaces = vec!["eth0;".into()],
        |s| s.limits.memory_bytes = 0,
    ];
    for (n, breaks) in broken.iter().enumerate() {
        let mut spec = spec();
        breaks(&mut spec);
        assert!(refused(Compute::ensure(&remote, &"i-1".into(), &spec).await), "{n}");
    }
    assert!(refused(remote.run(&"i-1".into(), &command(&["cat"], "")).await));
    assert!(refused(remote.connect(&"i-1".into(), "/run/../etc").await));
    let outside = Origin::Image {
        image: "mariadb".into(),
        path: "../../etc".into(),
    };
    assert!(refused(Data::ensure(&remote, &"db-1".into(), &outside).await));
    let subnet = SubnetSpec {
        cidr: "10.0.0.0/24".parse().expect("cidr"),
        routes: BTreeMap::new(),
    };
    let mut interface = InterfaceSpec {
        subnet: "subnet-1".into(),
        address: Ipv4Addr::new(10, 0, 0, 5),
        secondary: Default::default(),
        mac: [2, 0, 0, 0, 0, 1],
        groups: Default::default(),
        public: Some(Ipv4Addr::new(127, 100, 0, 1)),
        source_dest_check: true,
    };
    let vpc = |interface: &InterfaceSpec| VpcSpec {
        subnets: [("subnet-1".to_owned(), subnet.clone())].into(),
        interfaces: [("eni-1".to_owned(), interface.clone())].into(),
        ..VpcSpec::default()
    };
    let id: VpcId = "vpc-1".into();
    assert!(Network::ensure(&remote, &id, &vpc(&interface)).await.is_ok());
    interface.public = Some(Ipv4Addr::new(127, 0, 0, 1));
    assert!(refused(Network::ensure(&remote, &id, &vpc(&interface)).await));
}

fn refused<T>(answer: Result<T, DriverError>) -> bool {
    matches!(answer, Err(DriverError::Refused { .. }))
}
