//! Does what the plan says, and writes what came of it.

use std::time::Duration;

use tierra_core::reconcile::Next;
use tierra_core::{DriverError, Key, StoreError};
use tierra_drivers::compute::{Phase, Power, SandboxSpec};

use super::Nodes;
use super::plan::Step;
use crate::machine;
use crate::node::model::{End, Found, Node};

/// How often a node looks whether its image has been built.
const BUILD_POLL: Duration = Duration::from_millis(500);
/// When to look again at a sandbox that ended right after its start, or whose network is only being laid again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Nodes {
    pub(super) async fn apply(&self, key: &Key<Node>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Build(image) => return self.build(key, &image).await,
            Step::Start => return self.start(key).await,
            Step::Wait(time) => return Ok(Next::After(time)),
            Step::Stop => self.stop(key).await?,
            Step::Remove => self.rooms.compute.remove(&key.id).await?,
            Step::Say(what) => self.note(key, |one| one.status.waits_for = Some(what.to_owned()))?,
            Step::Found(found) => self.found(key, found)?,
            Step::Ended(end) => self.ended(key, end)?,
            Step::Restart => self.note(key, |one| one.status.restarts += 1)?,
            Step::Forget => self.forget(key)?,
        }
        Ok(Next::Settled)
    }

    async fn build(&self, key: &Key<Node>, image: &str) -> Result<Next, DriverError> {
        match self.builds.advance(&self.rooms.images, image).await {
            Ok(true) => Ok(Next::After(Duration::ZERO)),
            Ok(false) => Ok(Next::After(BUILD_POLL)),
            Err(error) => self.failed(key, error),
        }
    }

    async fn start(&self, key: &Key<Node>) -> Result<Next, DriverError> {
        let Some(node) = self.read(key)? else { return Ok(Next::Settled) };
        match self.rooms.compute.ensure(&key.id, &sandbox(&node, Power::On)).await {
            Ok(state) if state.phase == Phase::Running => self.found(key, Found::Running).map(|()| Next::Settled),
            Ok(_) => Ok(Next::After(LOOK_AGAIN)),
            // After a stop of the cloud or a restart of the machine the network that was in force is only being laid again.
            Err(DriverError::NotFound { what }) if node.spec.interfaces.iter().any(|id| id.as_str() == what) => Ok(Next::After(LOOK_AGAIN)),
            Err(error) => self.failed(key, error),
        }
    }

    async fn stop(&self, key: &Key<Node>) -> Result<(), DriverError> {
        let Some(node) = self.read(key)? else { return Ok(()) };
        self.rooms.compute.ensure(&key.id, &sandbox(&node, Power::Off)).await?;
        self.found(key, Found::Stopped)
    }

    /// The runtime tries again; what went wrong is said meanwhile.
    fn failed(&self, key: &Key<Node>, error: DriverError) -> Result<Next, DriverError> {
        self.note(key, |one| one.status.waits_for = Some(error.to_string()))?;
        Err(error)
    }

    fn ended(&self, key: &Key<Node>, end: End) -> Result<(), DriverError> {
        tracing::warn!(node = %key.id, reason = %end.reason, streak = end.streak, "a node ended by itself");
        self.note(key, |one| {
            one.status.end = Some(end);
            one.status.found = Found::Exited;
        })
    }

    fn found(&self, key: &Key<Node>, found: Found) -> Result<(), DriverError> {
        let now = self.rooms.clock.now();
        self.note(key, |one| {
            let news = one.status.found != found;
            one.status.found = found;
            one.status.waits_for = None;
            if found == Found::Running {
                one.status.booted = Some(one.spec.boot);
                one.status.since = one.status.since.filter(|_| !news).or(Some(now));
            }
        })
    }

    fn forget(&self, key: &Key<Node>) -> Result<(), DriverError> {
        self.rooms.store.write(|tx| {
            tx.delete(key);
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    fn read(&self, key: &Key<Node>) -> Result<Option<Node>, DriverError> {
        Ok(self
            .rooms
            .store
            .read(|tx| Ok::<_, StoreError>(tx.get(key).map(|found| found.value)))?)
    }

    fn note(&self, key: &Key<Node>, change: impl FnOnce(&mut Node)) -> Result<(), DriverError> {
        machine::note(&self.rooms.store, key, |_, node| change(node))
    }
}

/// The sandbox that a node is, with this power.
fn sandbox(node: &Node, power: Power) -> SandboxSpec {
    SandboxSpec {
        image: node.spec.image.clone(),
        hostname: node.spec.hostname.clone(),
        init: node.spec.init.clone(),
        env: node.spec.env.clone(),
        interfaces: node.spec.interfaces.iter().map(ToString::to_string).collect(),
        mounts: node.mounts.clone(),
        files: node.spec.files.clone(),
        limits: node.spec.limits,
        power,
        boot: node.boot(),
    }
}
