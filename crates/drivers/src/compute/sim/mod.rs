//! Sandboxes that are only words: the `sim` twin. It runs on tokio's clock, so a paused one is enough, and its faults come
//! from a seed, so that a failing schedule can be played again.

mod inside;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

pub use self::inside::Inhabitant;
use super::usage::{Usage, Used};
use super::{Capture, Compute, Console, Phase, Power, SandboxId, SandboxSpec, SandboxState, Still, check_id};
use crate::DriverError;
use crate::image::sim::SimImages;
use crate::image::{ImageState, check_name};

/// What may go wrong, and how long things take. [`SimPlan::default`]: nothing, and no time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimPlan {
    /// Where the chances come from.
    pub seed: u64,
    /// How many of a thousand calls fail. Half of them fail after their work was done, as when an answer is lost.
    pub failures_per_mille: u32,
    /// The longest that a call takes.
    pub delay: Duration,
}

/// The `sim` twin of [`Compute`] and [`Console`].
pub struct SimCompute {
    plan: SimPlan,
    machine: Mutex<Machine>,
}

#[derive(Default)]
struct Machine {
    draws: u64,
    sandboxes: BTreeMap<SandboxId, Sandbox>,
    inhabitant: Option<Arc<dyn Inhabitant>>,
}

struct Sandbox {
    spec: SandboxSpec,
    state: SandboxState,
    console: Vec<u8>,
}

/// What the plan has in store for one call.
struct Fate {
    delay: Duration,
    fails: Option<When>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

impl SimCompute {
    /// A machine on which this plan comes true.
    pub fn new(plan: SimPlan) -> Self {
        Self {
            plan,
            machine: Mutex::default(),
        }
    }

    /// The spec that a sandbox was last given.
    pub fn spec(&self, id: &str) -> Option<SandboxSpec> {
        self.machine().sandboxes.get(id).map(|sandbox| sandbox.spec.clone())
    }

    /// Has a running sandbox end by itself, as by a poweroff from inside. Whether there was one.
    pub fn exit(&self, id: &str, reason: &str) -> bool {
        let mut machine = self.machine();
        let running = machine
            .sandboxes
            .get_mut(id)
            .filter(|sandbox| sandbox.state.phase == Phase::Running);
        running
            .map(|sandbox| sandbox.state.phase = Phase::Exited { reason: reason.to_owned() })
            .is_some()
    }

    /// Writes to a sandbox's console. Whether there was one.
    pub fn write_console(&self, id: &str, text: &str) -> bool {
        self.machine()
            .sandboxes
            .get_mut(id)
            .map(|sandbox| sandbox.console.extend(text.as_bytes()))
            .is_some()
    }

    /// Restarts the machine: nothing runs any more, disks are kept.
    pub fn power_cut(&self) {
        for sandbox in self.machine().sandboxes.values_mut() {
            sandbox.state.phase = Phase::Stopped;
        }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Splitmix64: small, and the same everywhere.
    fn draw(&self) -> u64 {
        let mut machine = self.machine();
        machine.draws += 1;
        let mut z = self.plan.seed.wrapping_add(machine.draws.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn fate(&self) -> Fate {
        let chance = self.draw();
        let fails = chance % 1000 < u64::from(self.plan.failures_per_mille);
        let when = if chance & 1024 == 0 { When::Before } else { When::After };
        Fate {
            delay: self.plan.delay.mul_f64(self.draw() as f64 / u64::MAX as f64),
            fails: fails.then_some(when),
        }
    }

    async fn call<T>(&self, what: &str, work: impl FnOnce(&mut Machine) -> T + Send) -> Result<T, DriverError> {
        let fate = self.fate();
        if !fate.delay.is_zero() {
            tokio::time::sleep(fate.delay).await;
        }
        let failure = || DriverError::failed(what, "simulated");
        if fate.fails == Some(When::Before) {
            return Err(failure());
        }
        let result = work(&mut self.machine());
        if fate.fails == Some(When::After) {
            Err(failure())
        } else {
            Ok(result)
        }
    }
}

impl Sandbox {
    fn new(spec: &SandboxSpec) -> Self {
        Self {
            spec: spec.clone(),
            state: SandboxState {
                phase: Phase::Stopped,
                boot: 0,
            },
            console: Vec::new(),
        }
    }

    fn ensure(&mut self, spec: &SandboxSpec) {
        self.spec = spec.clone();
        match spec.power {
            Power::Off => self.state.phase = Phase::Stopped,
            Power::On if self.state.phase == Phase::Stopped || spec.boot > self.state.boot => {
                self.state = SandboxState {
                    phase: Phase::Running,
                    boot: spec.boot,
                };
            }
            Power::On => {}
        }
    }
}

#[async_trait]
impl Compute for SimCompute {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        self.call("observe", |machine| {
            machine
                .sandboxes
                .iter()
                .map(|(id, sandbox)| (id.clone(), sandbox.state.clone()))
                .collect()
        })
        .await
    }

    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        check_id(id)?;
        self.call("ensure", |machine| {
            let sandbox = machine.sandboxes.entry(id.clone()).or_insert_with(|| Sandbox::new(spec));
            sandbox.ensure(spec);
            sandbox.state.clone()
        })
        .await
    }

    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        check_id(id)?;
        self.call("remove", |machine| drop(machine.sandboxes.remove(id))).await
    }
}

#[async_trait]
impl Usage for SimCompute {
    async fn used(&self) -> Result<BTreeMap<SandboxId, Used>, DriverError> {
        self.call("used", |machine| {
            let running = machine
                .sandboxes
                .iter()
                .filter(|(_, sandbox)| sandbox.state.phase == Phase::Running);
            // Words use nothing.
            running.map(|(id, _)| (id.clone(), Used::default())).collect()
        })
        .await
    }
}

#[async_trait]
impl Console for SimCompute {
    async fn read(&self, id: &SandboxId, offset: i64, max: usize) -> Result<(u64, Vec<u8>), DriverError> {
        check_id(id)?;
        let machine = self.machine();
        let sandbox = machine
            .sandboxes
            .get(id)
            .ok_or_else(|| DriverError::NotFound { what: id.clone() })?;
        let end = sandbox.console.len() as u64;
        let wanted = if offset < 0 {
            end.saturating_sub(offset.unsigned_abs())
        } else {
            offset.unsigned_abs()
        };
        let first = wanted.min(end);
        let bytes = sandbox.console.iter().skip(first as usize).take(max).copied().collect();
        Ok((first, bytes))
    }
}

/// The `sim` twin of [`Capture`]: the sandboxes of one twin kept as images of another.
pub struct SimCapture {
    compute: Arc<SimCompute>,
    images: Arc<SimImages>,
}

impl SimCapture {
    /// Between these two.
    pub fn new(compute: Arc<SimCompute>, images: Arc<SimImages>) -> Self {
        Self { compute, images }
    }
}

#[async_trait]
impl Capture for SimCapture {
    async fn capture(&self, id: &SandboxId, image: &str, still: Still) -> Result<ImageState, DriverError> {
        check_id(id)?;
        check_name(image)?;
        let found = self.compute.call("capture", |machine| {
            let sandbox = machine.sandboxes.get_mut(id)?;
            if still == Still::Stopped {
                sandbox.state.phase = Phase::Stopped;
            }
            Some(self.images.keep(image, &sandbox.spec.image))
        });
        found.await?.ok_or_else(|| DriverError::NotFound { what: id.clone() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    async fn failures(seed: u64) -> Vec<bool> {
        let sim = SimCompute::new(SimPlan {
            seed,
            failures_per_mille: 300,
            delay: Duration::from_secs(5),
        });
        let mut failed = Vec::new();
        for _ in 0..100 {
            failed.push(sim.observe().await.is_err());
        }
        failed
    }

    #[tokio::test(start_paused = true)]
    async fn a_seed_plays_the_same_faults_again() {
        let first = failures(7).await;
        assert_eq!(first, failures(7).await);
        assert_ne!(first, failures(8).await);
        assert!((10..60).contains(&first.iter().filter(|failed| **failed).count()));
    }
}
