//! A machine of its own for the `linux` twin: network namespaces that stand for the host, the internet and guests.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::num::NonZeroU32;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::join_all;
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType};
use tierra_drivers::network::linux::links::{MAIN, Veth, Via};
use tierra_drivers::network::linux::worker::{Place, Worker};
use tierra_drivers::network::linux::{LinuxNetwork, NetworkConfig, vpc};
use tierra_drivers::network::policy::{End, Probe};
use tierra_drivers::network::{InterfaceSpec, Network, Plug};

use crate::spec::{VPC, net};
use crate::world::{Try, World};

/// How long a packet may take before it counts as dropped.
const PATIENCE: Duration = Duration::from_millis(1200);

/// A namespace with a thread in it.
#[derive(Clone)]
pub struct Node {
    pub worker: Worker,
    pub file: PathBuf,
}

impl Node {
    async fn new(folder: &std::path::Path, name: &str) -> Self {
        let file = folder.join(name);
        let worker = Worker::start(Place::Make(file.clone())).await.expect("a namespace");
        worker
            .run(|links| async move {
                let lo = links.device("lo").await?.expect("lo");
                links.up(lo).await
            })
            .await
            .expect("lo up");
        Self { worker, file }
    }

    pub fn namespace(&self) -> OwnedFd {
        vpc::namespace(&self.file).expect("open the namespace")
    }
}

pub struct Machine {
    pub host: Node,
    pub outside: Node,
    pub network: LinuxNetwork,
    guests: Mutex<BTreeMap<String, Node>>,
    folder: tempfile::TempDir,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
        let folder = self.folder.path().to_str().expect("a path");
        for path in mounts
            .lines()
            .filter_map(|line| line.split(' ').nth(1))
            .filter(|path| path.starts_with(folder))
        {
            vpc::unbind(std::path::Path::new(path)).expect("unbind");
        }
    }
}

impl Machine {
    /// `None`, said loudly, where this cannot be.
    pub async fn new() -> Option<Self> {
        let nft = std::process::Command::new("nft").arg("--version").output().is_ok();
        if !rustix::process::geteuid().is_root() || !nft {
            eprintln!("SKIPPED: needs root and nft");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let host = Node::new(folder.path(), "host").await;
        let outside = Node::new(folder.path(), "outside").await;
        let (near, far) = (net("198.51.100.1/24"), net("198.51.100.10/24"));
        let namespace = outside.namespace();
        let wire = move |links: tierra_drivers::network::linux::links::Links| async move {
            let veth = Veth {
                name: "wan",
                peer: "eth0",
                peer_namespace: namespace.as_fd(),
                peer_mac: None,
            };
            assert!(links.add_veth(veth).await?);
            let wan = links.device("wan").await?.expect("wan");
            links.add_address(wan, near).await?;
            links.set_route(MAIN, net("0.0.0.0/0"), Via::Gateway(far.addr(), wan), 0).await
        };
        host.worker.run(wire).await.expect("the host's way out");
        let answer = move |links: tierra_drivers::network::linux::links::Links| async move {
            let eth0 = links.device("eth0").await?.expect("eth0");
            links.add_address(eth0, far).await?;
            links.up(eth0).await
        };
        outside.worker.run(answer).await.expect("the internet");
        let network = start(&host, folder.path().join("run")).await;
        Some(Self {
            host,
            outside,
            network,
            guests: Mutex::default(),
            folder,
        })
    }

    /// The driver as the next process finds things.
    pub async fn restart(&mut self) {
        self.network = start(&self.host, self.folder.path().join("run")).await;
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn guest(&self, interface: &str) -> Node {
        self.guests.lock().expect("guests")[interface].clone()
    }

    /// Lets guests of the same names be made again.
    pub fn forget_guests(&self) {
        let guests = std::mem::take(&mut *self.guests.lock().expect("guests"));
        guests.values().for_each(|guest| vpc::unbind(&guest.file).expect("unbind"));
    }

    /// A guest that nothing is plugged into yet.
    pub async fn new_guest(&self, interface: &str) -> Node {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let node = Node::new(
            self.folder.path(),
            &format!("{interface}.{}", COUNT.fetch_add(1, Ordering::Relaxed)),
        )
        .await;
        self.guests.lock().expect("guests").insert(interface.to_owned(), node.clone());
        node
    }

    fn interface(&self, id: &str) -> InterfaceSpec {
        let text = std::fs::read(self.folder.path().join("run/vpcs").join(format!("{VPC}.json"))).expect("the record");
        let record: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        serde_json::from_value(record["spec"]["interfaces"][id].clone()).expect("the interface")
    }

    async fn passes(&self, (from, to, probe): &Try) -> bool {
        let node = |end: &End, other: &Node| match end {
            End::Interface(id) => self.guest(id),
            End::Internet(_) => other.clone(),
        };
        let (sender, receiver) = (node(from, &self.host), node(to, &self.outside));
        let address = match (from, to) {
            (_, End::Internet(address)) => *address,
            (End::Interface(_), End::Interface(id)) => self.interface(id).address,
            (End::Internet(_), End::Interface(id)) => match self.interface(id).public {
                Some(public) => public,
                None => return false,
            },
        };
        match *probe {
            Probe::Tcp(port) => connects(&sender, SocketAddrV4::new(address, port)).await,
            probe => arrives(&sender, &receiver, address, probe).await,
        }
    }
}

async fn start(host: &Node, run_dir: PathBuf) -> LinuxNetwork {
    let config = NetworkConfig {
        cloud: "t".into(),
        run_dir,
    };
    host.worker.run(|_| LinuxNetwork::new(config)).await.expect("the driver")
}

/// Whether a connection is answered, if only by a reset.
pub async fn connects(sender: &Node, to: SocketAddrV4) -> bool {
    let connect = move |_| async move {
        let outcome = tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(to)).await;
        Ok(matches!(outcome, Ok(Ok(_))) || matches!(outcome, Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused))
    };
    sender.worker.run(connect).await.expect("connect")
}

fn raw(protocol: u8) -> OwnedFd {
    let protocol = Protocol::from_raw(NonZeroU32::new(protocol.into()).expect("a protocol"));
    rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::RAW,
        SocketFlags::NONBLOCK | SocketFlags::CLOEXEC,
        Some(protocol),
    )
    .expect("a raw socket")
}

/// A transport header with this payload: of UDP (no checksum), of ICMP, or none.
fn packet(probe: Probe, payload: &[u8]) -> (u8, Vec<u8>) {
    match probe {
        Probe::Tcp(_) => unreachable!("TCP is tried by connecting"),
        Probe::Udp(port) => {
            let length = (8 + payload.len()) as u16;
            let header = [9999u16, port, length, 0].map(u16::to_be_bytes).concat();
            (17, [&header, payload].concat())
        }
        Probe::Icmp(kind, code) => {
            let mut bytes = [&[kind, code, 0, 0, 0, 1, 0, 1], payload].concat();
            let words = bytes
                .chunks(2)
                .map(|pair| u32::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)])));
            let sum: u32 = words.sum();
            let folded = (sum & 0xffff) + (sum >> 16);
            bytes[2..4].copy_from_slice(&(!(((folded & 0xffff) + (folded >> 16)) as u16)).to_be_bytes());
            (1, bytes)
        }
        Probe::Protocol(number) => (number, payload.to_vec()),
    }
}

/// Whether a packet from one namespace is seen in the other.
async fn arrives(sender: &Node, receiver: &Node, to: Ipv4Addr, probe: Probe) -> bool {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let token = format!("<probe {}>", NEXT.fetch_add(1, Ordering::Relaxed)).into_bytes();
    let (protocol, bytes) = packet(probe, &token);
    let ear = receiver
        .worker
        .run(move |_| async move { Ok(raw(protocol)) })
        .await
        .expect("listen");
    let send = move |_| async move {
        let mouth = raw(protocol);
        // Unreachable: then it does not arrive.
        let _ = rustix::net::sendto(&mouth, &bytes, rustix::net::SendFlags::empty(), &SocketAddrV4::new(to, 0));
        Ok(())
    };
    sender.worker.run(send).await.expect("send");
    let (deadline, mut buffer) = (Instant::now() + PATIENCE, [0u8; 2048]);
    while Instant::now() < deadline {
        match rustix::net::recv(&ear, &mut buffer, rustix::net::RecvFlags::empty()) {
            Ok((_, length)) if buffer[..length.min(2048)].windows(token.len()).any(|part| part == token) => return true,
            Ok(_) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(3)).await,
        }
    }
    false
}

#[async_trait]
impl World for Machine {
    fn network(&self) -> &dyn Network {
        &self.network
    }

    async fn plug(&self, interface: &str) {
        let guest = self.new_guest(interface).await;
        self.network
            .plug(&interface.to_owned(), guest.namespace().as_fd(), "eth0")
            .expect("plug");
    }

    async fn pass(&self, tries: &[Try]) -> Vec<bool> {
        join_all(tries.iter().map(|one| self.passes(one))).await
    }
}
