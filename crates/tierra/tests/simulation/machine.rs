//! The machine of words, and what goes wrong on it: calls fail before or after their work, take their time, and break off when the
//! agent restarts. A call that was begun is finished by the agent even where nobody waits for it any more.

use std::future::Future;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tierra::assembly::Drivers;
use tierra::home::Home;
use tierra_drivers::DriverError;
use tierra_drivers::agent::Machine;
use tierra_drivers::compute::inside::Control;
use tierra_drivers::compute::sim::{SimCapture, SimCompute, SimPlan};
use tierra_drivers::compute::{Compute, Console, Phase, Power, SandboxId, SandboxSpec, SandboxState};
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::image::{ImageState, Images};
use tierra_drivers::network::sim::SimNetwork;
use tierra_drivers::network::{Network, Plug, VpcId, VpcSpec, VpcState};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use crate::balancer::Nodes;
use crate::dice::Dice;

/// How many of a hundred calls fail while things go wrong.
const FAILURES: u64 = 8;
/// The longest that a call takes.
const LONGEST_MILLIS: u64 = 60;
/// How long an agent is away that restarts.
const RESTART: Duration = Duration::from_millis(700);

/// What goes wrong.
pub struct Faults {
    dice: Dice,
    raging: AtomicBool,
    restarts: AtomicU64,
    away_until: Mutex<Option<Instant>>,
}

impl Faults {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "machine"),
            raging: AtomicBool::new(false),
            restarts: AtomicU64::new(0),
            away_until: Mutex::new(None),
        }
    }

    /// Whether calls fail from now on.
    pub fn rage(&self, raging: bool) {
        self.raging.store(raging, Ordering::SeqCst);
    }

    /// The agent dies and comes back.
    pub fn restart_agent(&self) {
        self.restarts.fetch_add(1, Ordering::SeqCst);
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + RESTART);
    }

    fn is_away(&self) -> bool {
        let until = *self.away_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn strikes(&self) -> bool {
        self.dice.chance(FAILURES) && self.raging.load(Ordering::SeqCst)
    }

    async fn pass_time(&self) {
        sleep(Duration::from_millis(self.dice.below(LONGEST_MILLIS))).await;
    }

    /// One call, with all that may happen to it.
    async fn call<T, F>(self: &Arc<Self>, work: F) -> Result<T, DriverError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, DriverError>> + Send + 'static,
    {
        let failure = |cause: &str| DriverError::failed("asking the agent", cause);
        if self.is_away() {
            return Err(failure("connection refused"));
        }
        let restarts = self.restarts.load(Ordering::SeqCst);
        let faults = Arc::clone(self);
        let (lost_before, lost_after) = (self.strikes(), self.strikes());
        let done = tokio::spawn(async move {
            faults.pass_time().await;
            if lost_before {
                return Err(failure("simulated, before its work"));
            }
            let answer = work.await;
            faults.pass_time().await;
            answer
        });
        let answer = done.await.map_err(|panic| failure(&panic.to_string()))?;
        if lost_after || self.restarts.load(Ordering::SeqCst) != restarts {
            return Err(failure("simulated, after its work"));
        }
        answer
    }
}

/// The machine: it outlives every crash of the control plane.
pub struct SimMachine {
    /// Its sandboxes.
    pub compute: Arc<SimCompute>,
    /// Its networks.
    pub network: Arc<SimNetwork>,
    images: Arc<SimImages>,
    /// What runs in balancers' nodes.
    pub balancers: Nodes,
    /// Drivers on which nothing goes wrong yet.
    rest: Machine,
    /// What goes wrong on it.
    pub faults: Arc<Faults>,
}

impl SimMachine {
    /// A machine that just started; on every other one the images are yet to be built.
    pub fn new(seed: u64) -> Self {
        let images = if seed.is_multiple_of(2) {
            SimImages::default()
        } else {
            SimImages::warm()
        };
        let (compute, balancers) = (SimCompute::new(SimPlan::default()), Nodes::default());
        compute.inhabit(Arc::new(balancers.clone()));
        Self {
            compute: Arc::new(compute),
            balancers,
            network: Arc::new(SimNetwork::new()),
            images: Arc::new(images),
            rest: Drivers::Sim.machine(&Home::new("/nonexistent".into())),
            faults: Arc::new(Faults::new(seed)),
        }
    }

    /// The drivers as a control plane gets them.
    pub fn drivers(&self) -> Machine {
        let faults = || Arc::clone(&self.faults);
        let compute = Arc::new(FaultyCompute {
            compute: Arc::clone(&self.compute),
            network: Arc::clone(&self.network),
            faults: faults(),
        });
        Machine {
            compute: compute.clone(),
            console: Arc::clone(&self.compute) as Arc<dyn Console>,
            exec: Arc::clone(&self.compute) as _,
            control: compute,
            usage: Arc::clone(&self.compute) as _,
            capture: Arc::new(SimCapture::new(Arc::clone(&self.compute), Arc::clone(&self.images))),
            images: Arc::new(Faulty(Arc::clone(&self.images), faults())),
            network: Arc::new(Faulty(Arc::clone(&self.network), faults())),
            sockets: Arc::clone(&self.network) as _,
            ..self.rest.clone()
        }
    }

    /// Every sandbox, by id.
    pub async fn sandboxes(&self) -> Vec<(SandboxId, SandboxState)> {
        self.compute.observe().await.expect("no faults here")
    }

    /// A sandbox's first process dies.
    pub fn kill(&self, sandbox: &str) {
        self.compute.exit(sandbox, "simulated");
        self.balancers.die(sandbox);
    }

    /// Every data folder, by name.
    pub async fn data(&self) -> Vec<String> {
        let all = self.rest.data.observe().await.expect("no faults here");
        all.into_iter().map(|(id, _)| id).collect()
    }

    /// Restarts the machine: nothing runs, networks are gone, disks are kept.
    pub async fn cut_power(&self) {
        self.compute.power_cut();
        self.balancers.die_all();
        for (vpc, _) in self.network.observe().await.expect("no faults here") {
            self.network.remove(&vpc).await.expect("no faults here");
        }
        self.faults.restart_agent();
    }
}

/// A driver and what goes wrong on its machine.
struct Faulty<D>(Arc<D>, Arc<Faults>);

/// Sandboxes that are plugged into the networks, as on a real machine.
struct FaultyCompute {
    compute: Arc<SimCompute>,
    network: Arc<SimNetwork>,
    faults: Arc<Faults>,
}

#[async_trait]
impl Compute for FaultyCompute {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        let compute = Arc::clone(&self.compute);
        self.faults.call(async move { compute.observe().await }).await
    }

    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        let (compute, network, id, spec) = (Arc::clone(&self.compute), Arc::clone(&self.network), id.clone(), spec.clone());
        let work = async move {
            let before = compute.observe().await?;
            let runs = before
                .iter()
                .any(|(one, state)| *one == id && state.phase == Phase::Running && state.boot == spec.boot);
            if spec.power == Power::On && !runs {
                plug(&network, &spec)?;
            }
            compute.ensure(&id, &spec).await
        };
        self.faults.call(work).await
    }

    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        let (compute, id) = (Arc::clone(&self.compute), id.clone());
        self.faults.call(async move { compute.remove(&id).await }).await
    }
}

#[async_trait]
impl Control for FaultyCompute {
    async fn connect(&self, id: &SandboxId, path: &str) -> Result<UnixStream, DriverError> {
        let (compute, id, path) = (Arc::clone(&self.compute), id.clone(), path.to_owned());
        self.faults.call(async move { compute.connect(&id, &path).await }).await
    }
}

/// Puts a sandbox's interfaces in.
fn plug(network: &SimNetwork, spec: &SandboxSpec) -> Result<(), DriverError> {
    let nowhere = std::fs::File::open("/dev/null").map_err(|error| DriverError::failed("plugging", error))?;
    let mut interfaces = spec.interfaces.iter().enumerate();
    interfaces.try_for_each(|(n, interface)| network.plug(interface, nowhere.as_fd(), &format!("eth{n}")))
}

#[async_trait]
impl Network for Faulty<SimNetwork> {
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError> {
        let network = Arc::clone(&self.0);
        self.1.call(async move { network.observe().await }).await
    }

    async fn ensure(&self, id: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError> {
        let (network, id, spec) = (Arc::clone(&self.0), id.clone(), spec.clone());
        self.1.call(async move { network.ensure(&id, &spec).await }).await
    }

    async fn remove(&self, id: &VpcId) -> Result<(), DriverError> {
        let (network, id) = (Arc::clone(&self.0), id.clone());
        self.1.call(async move { network.remove(&id).await }).await
    }
}

#[async_trait]
impl Images for Faulty<SimImages> {
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError> {
        let images = Arc::clone(&self.0);
        self.1.call(async move { images.observe().await }).await
    }

    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError> {
        let (images, name) = (Arc::clone(&self.0), name.to_owned());
        self.1.call(async move { images.ensure(&name).await }).await
    }

    async fn remove(&self, name: &str) -> Result<(), DriverError> {
        let (images, name) = (Arc::clone(&self.0), name.to_owned());
        self.1.call(async move { images.remove(&name).await }).await
    }
}
