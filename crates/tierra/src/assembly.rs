//! How the house is put together: the store, the drivers, the services, the reconcilers, the edge.
//!
//! **Invariant**: the only place where the machine's clock and entropy are handed out; everything else gets them as arguments.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use clap::ValueEnum;
use tierra_core::authority::SimAuthority;
use tierra_core::reconcile::{Bounds, Runtime};
use tierra_core::{Clock, Ids, Registry, Store, StoreError, SystemClock};
use tierra_dataplane::object::Objects;
use tierra_drivers::DriverError;
use tierra_drivers::agent::{Machine, Remote};
use tierra_drivers::compute::sim::{SimCapture, SimCompute, SimPlan};
use tierra_drivers::compute::{Compute, Limits, Phase, Power, SandboxId, SandboxSpec};
use tierra_drivers::data::sim::SimData;
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::names::sim::SimHostNames;
use tierra_drivers::network::sim::SimNetwork;
use tierra_services::ec2::snapshot;
use tierra_services::{Rooms, iam};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::agent::Keeper;
use crate::edge::{Auth, Authority, CaError, Edge, Issuance};
use crate::home::{self, Home};
use crate::operator::{self, Trusting};
use crate::root_key::RootKey;
use crate::vpc::VpcServices;

/// What the cloud runs things on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Drivers {
    /// This machine, by way of the agent.
    Agent,
    /// Nothing: instances and networks are only words. For tests and machines without root.
    Sim,
}

/// Why the house could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate authority cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The root user's or the operator's key cannot be read or written.
    #[error("the keys in the data directory: {0}")]
    Keys(#[from] io::Error),
}

impl Drivers {
    /// As the command line says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Sim => "sim",
        }
    }

    /// Starts what serves the drivers, where anything does. Without root nothing can: the cloud answers, and what should run waits.
    ///
    /// # Errors
    /// Where the agent cannot be started.
    pub fn start(self, home: &Home) -> io::Result<Option<Keeper>> {
        if self == Self::Sim || !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        Keeper::start(home.folder(), home::user(home.folder())).map(Some)
    }

    /// The machine that is driven.
    pub fn machine(self, home: &Home) -> Machine {
        match self {
            Self::Agent => {
                let agent = Arc::new(Remote::new(home.agent_socket()));
                Machine {
                    compute: agent.clone(),
                    console: agent.clone(),
                    capture: agent.clone(),
                    exec: agent.clone(),
                    usage: agent.clone(),
                    control: agent.clone(),
                    data: agent.clone(),
                    images: agent.clone(),
                    network: agent.clone(),
                    names: agent.clone(),
                    sockets: agent,
                }
            }
            Self::Sim => sim(),
        }
    }
}

/// A machine of words.
fn sim() -> Machine {
    let (compute, network) = (Arc::new(SimCompute::new(SimPlan::default())), Arc::new(SimNetwork::new()));
    let images = Arc::new(SimImages::warm());
    Machine {
        compute: compute.clone(),
        capture: Arc::new(SimCapture::new(compute.clone(), images.clone())),
        exec: compute.clone(),
        usage: compute.clone(),
        control: compute.clone(),
        data: Arc::new(SimData::default()),
        console: compute,
        images,
        network: network.clone(),
        names: Arc::new(SimHostNames::default()),
        sockets: network,
    }
}

/// What a cloud stands on beside the machine: the real things from the binary, simulated ones from the simulation.
pub struct Ground {
    /// What is true.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// Certificates for what services run.
    pub issuance: Arc<dyn tierra_core::Authority>,
    /// The bytes of S3's objects.
    pub objects: Objects,
    /// The certificate that instances trust.
    pub ca_pem: String,
}

/// Digits that name one run of the cloud among all.
const RUN_DIGITS: usize = 12;

/// The control plane of one cloud, put together and not yet at work.
pub struct Cloud {
    rooms: Rooms,
    registry: Arc<Registry>,
    edge: Arc<Edge>,
    vpc_services: VpcServices,
}

impl Cloud {
    /// The cloud of this data directory. Nothing is started yet, and no driver is asked anything.
    ///
    /// # Errors
    /// Where a file of the data directory cannot be used.
    pub fn open(home: &Home, machine: &Machine, auth: Auth) -> Result<Self, AssemblyError> {
        let ids = Ids::from_entropy();
        let operator = operator::public_key(&home.operator_key(), &ids)?;
        let machine = &Machine {
            compute: Arc::new(Trusting::new(Arc::clone(&machine.compute), &operator)),
            ..machine.clone()
        };
        let (authority, clock) = (Arc::new(Authority::open(home.files())?), Arc::new(SystemClock));
        // The key that seals secrets lies in it.
        home::keep_private(&home.store())?;
        let ground = Ground {
            store: Store::open(&home.store())?,
            objects: Objects::new(home.objects(), &ids.hex(RUN_DIGITS)),
            ids,
            issuance: Arc::new(Issuance::new(Arc::clone(&authority), clock.clone())),
            clock,
            ca_pem: authority.pem().to_owned(),
        };
        let (cloud, root) = Self::on(ground, machine, auth, authority)?;
        RootKey::from(root).keep(&home.root_key())?;
        Ok(cloud)
    }

    /// The cloud on this ground, its edge with certificates of `authority`; and its root user's key. Nothing is started yet, and no driver is asked anything.
    ///
    /// # Errors
    /// Where the store does not answer, or TLS cannot be set up.
    pub fn on(ground: Ground, machine: &Machine, auth: Auth, authority: Arc<Authority>) -> Result<(Self, iam::RootKeys), AssemblyError> {
        let rooms = rooms(ground, machine);
        let root = root(&rooms)?;
        let registry = Arc::new(tierra_services::registry(&rooms));
        let edge = Edge::new(rooms.clone(), Arc::clone(&registry), auth, root.account.clone(), authority)?;
        let edge = Arc::new(edge);
        let vpc_services = VpcServices::new(rooms.clone(), Arc::clone(&machine.sockets), Arc::clone(&edge));
        let cloud = Self {
            rooms,
            registry,
            edge,
            vpc_services,
        };
        Ok((cloud, root))
    }

    /// What its services declare.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry)
    }

    /// The edge, for connections that are accepted elsewhere.
    pub fn edge(&self) -> Arc<Edge> {
        Arc::clone(&self.edge)
    }

    /// Serves the listener and reconciles until `stop` says true; then lets what is under way end.
    pub async fn run(self, listener: TcpListener, stop: watch::Receiver<bool>) {
        let edge = self.edge();
        let mut reconcilers = self.reconcile(&stop);
        edge.serve(listener, stop).await;
        while reconcilers.join_next().await.is_some() {}
    }

    /// Starts everything that follows the store; it ends when `stop` says true.
    pub fn reconcile(self, stop: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut reconcilers = tierra_services::reconcile(&self.rooms, &self.registry, stop);
        if self.vpc_services.can_serve() {
            let vpc_services = Runtime::new(Arc::new(self.vpc_services), self.rooms.store, Bounds::default());
            reconcilers.spawn(vpc_services.run(stop.clone()));
        }
        reconcilers
    }
}

fn rooms(ground: Ground, machine: &Machine) -> Rooms {
    Rooms {
        store: ground.store,
        clock: ground.clock,
        ids: ground.ids,
        compute: Arc::clone(&machine.compute),
        console: Arc::clone(&machine.console),
        capture: Arc::clone(&machine.capture),
        exec: Arc::clone(&machine.exec),
        usage: Arc::clone(&machine.usage),
        control: Arc::clone(&machine.control),
        data: Arc::clone(&machine.data),
        network: Arc::clone(&machine.network),
        names: Arc::clone(&machine.names),
        images: Arc::clone(&machine.images),
        objects: ground.objects,
        ca_pem: ground.ca_pem,
        authority: ground.issuance,
        balancers: Default::default(),
    }
}

/// The account and its root user's key, made at the first start. A later one needs no commit.
fn root(rooms: &Rooms) -> Result<iam::RootKeys, StoreError> {
    match rooms.store.read(|tx| Ok::<_, StoreError>(iam::root(tx)))? {
        Some(root) => Ok(root),
        None => rooms
            .store
            .write(|tx| Ok(iam::ensure_root(tx, &rooms.ids, rooms.clock.now(), None))),
    }
}

/// The CloudFormation types that can be made, for who wants to know before a cloud runs.
///
/// # Errors
/// Never in practice; see [`Store::in_memory`].
pub fn resource_types() -> Result<BTreeSet<&'static str>, StoreError> {
    let ground = Ground {
        store: Store::in_memory()?,
        clock: Arc::new(SystemClock),
        ids: Ids::seeded(0),
        issuance: Arc::new(SimAuthority),
        objects: Objects::new("never-used".into(), ""),
        ca_pem: String::new(),
    };
    let registry = tierra_services::registry(&rooms(ground, &sim()));
    Ok(registry.types().keys().copied().collect())
}

/// Powers off every sandbox, with its disk kept, and takes the networks and the host's names away: a stopped cloud leaves nothing running. The next
/// start's reconcilers find what should run stopped, and start it again.
///
/// # Errors
/// The first thing that could not be powered off or taken away; the others are.
pub async fn park(machine: &Machine) -> Result<(), DriverError> {
    let mut ends = JoinSet::new();
    for (sandbox, state) in machine.compute.observe().await? {
        if state.phase == Phase::Running {
            ends.spawn(power_off(Arc::clone(&machine.compute), sandbox));
        }
    }
    let mut ended = Ok(());
    while let Some(one) = ends.join_next().await {
        ended = ended.and(one.unwrap_or_else(|panic| Err(DriverError::failed("powering off", panic))));
    }
    for (vpc, _) in machine.network.observe().await? {
        ended = ended.and(machine.network.remove(&vpc).await);
    }
    ended.and(machine.names.remove().await)
}

/// Powers one off. What a sandbox should be else is told it at its next start, so the rest of the spec says nothing.
async fn power_off(compute: Arc<dyn Compute>, sandbox: SandboxId) -> Result<(), DriverError> {
    let spec = SandboxSpec {
        image: String::new(),
        hostname: String::new(),
        init: Vec::new(),
        env: Default::default(),
        interfaces: Vec::new(),
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits {
            cpu_millis: 0,
            memory_bytes: 0,
            pids: 0,
        },
        power: Power::Off,
        boot: 0,
    };
    compute.ensure(&sandbox, &spec).await.map(drop)
}

/// What this cloud has kept of its instances' disks among the images that every cloud of the user shares, so that each comes
/// before what it lies on. The cloud must not run.
///
/// # Errors
/// Where the store cannot be read.
pub fn kept_disks(home: &Home) -> Result<Vec<String>, StoreError> {
    if !home.store().exists() {
        return Ok(Vec::new());
    }
    Store::open(&home.store())?.read(|tx| Ok(snapshot::kept_on_machine(tx)))
}

/// Takes away everything that the drivers hold of this cloud, `kept` among it. Base images stay: every cloud of the user shares
/// them, and `tierra image rm` deletes them.
///
/// # Errors
/// Where something cannot be taken away.
pub async fn wipe(machine: &Machine, kept: &[String]) -> Result<(), DriverError> {
    for (sandbox, _) in machine.compute.observe().await? {
        machine.compute.remove(&sandbox).await?;
    }
    for image in kept {
        machine.images.remove(image).await?;
    }
    for (vpc, _) in machine.network.observe().await? {
        machine.network.remove(&vpc).await?;
    }
    machine.names.remove().await
}
