//! The machine of words, and what goes wrong on it: calls fail before or after their work, take their time, and break off when the
//! agent restarts. A call that was begun is finished by the agent even where nobody waits for it any more. The drivers to which this
//! happens are in `faulty`.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tierra_drivers::DriverError;
use tierra_drivers::agent::Machine;
use tierra_drivers::compute::sim::{SimCapture, SimCompute, SimPlan};
use tierra_drivers::compute::{Compute, Console, SandboxId, SandboxState};
use tierra_drivers::data::sim::SimData;
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::names::HostNames;
use tierra_drivers::names::sim::SimHostNames;
use tierra_drivers::network::Network;
use tierra_drivers::network::sim::SimNetwork;
use tokio::time::{Instant, sleep};

use crate::balancer::Nodes;
use crate::dice::Dice;
use crate::faulty::{Faulty, FaultyCompute, FaultyData};

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
    looks: AtomicU64,
    deeds: Mutex<Vec<String>>,
    away_until: Mutex<Option<Instant>>,
}

impl Faults {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "machine"),
            raging: AtomicBool::new(false),
            restarts: AtomicU64::new(0),
            looks: AtomicU64::new(0),
            deeds: Mutex::default(),
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

    /// How often the machine was looked at, and what it was told to do, since this was asked last.
    pub fn asked(&self) -> (u64, Vec<String>) {
        let deeds = std::mem::take(&mut *self.deeds());
        (self.looks.swap(0, Ordering::SeqCst), deeds)
    }

    fn deeds(&self) -> MutexGuard<'_, Vec<String>> {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that changes nothing.
    pub async fn look<T, F>(self: &Arc<Self>, work: F) -> Result<T, DriverError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, DriverError>> + Send + 'static,
    {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.call(work).await
    }

    /// A call that may change something.
    pub async fn deed<T, F>(self: &Arc<Self>, what: String, work: F) -> Result<T, DriverError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, DriverError>> + Send + 'static,
    {
        self.deeds().push(what);
        self.call(work).await
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
    data: Arc<FaultyData>,
    /// What runs in balancers' nodes.
    pub balancers: Nodes,
    names: Arc<dyn HostNames>,
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
        let faults = Arc::new(Faults::new(seed));
        Self {
            data: Arc::new(FaultyData::new(Arc::new(SimData::default()), Arc::clone(&faults))),
            compute: Arc::new(compute),
            balancers,
            network: Arc::new(SimNetwork::new()),
            images: Arc::new(images),
            names: Arc::new(SimHostNames::default()),
            faults,
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
        let capture = SimCapture::new(Arc::clone(&self.compute), Arc::clone(&self.images));
        Machine {
            compute: compute.clone(),
            console: Arc::clone(&self.compute) as Arc<dyn Console>,
            exec: compute.clone(),
            control: compute,
            usage: Arc::clone(&self.compute) as _,
            capture: Arc::new(Faulty(Arc::new(capture), faults())),
            data: Arc::clone(&self.data) as _,
            names: Arc::new(Faulty(Arc::clone(&self.names), faults())),
            images: Arc::new(Faulty(Arc::clone(&self.images), faults())),
            network: Arc::new(Faulty(Arc::clone(&self.network), faults())),
            sockets: Arc::clone(&self.network) as _,
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

    /// Every data folder, by name, and how often it was made: what was made twice was lost between.
    pub async fn data(&self) -> BTreeMap<String, u64> {
        self.data.all().await
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
