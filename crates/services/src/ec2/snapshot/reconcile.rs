//! How the machine follows a snapshot: a disk is kept once, and freed when nothing needs it any more.

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Expect, Key, StoreError, Tx};
use tierra_drivers::compute::Still;
use tierra_drivers::image::ImageState;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use super::model::{Snapshot, SnapshotState, SnapshotStatus, Source};
use crate::Rooms;
use crate::ec2::instance::{Found, Instance};

/// How often a disk that cannot be kept is tried again, before the snapshot has failed.
const TRIES: u32 = 4;

/// Brings what is kept to what should be.
pub struct Snapshots {
    rooms: Rooms,
}

/// Starts what follows snapshots; it ends when `stop` says true.
pub fn start(rooms: &Rooms, stop: &Receiver<bool>, tasks: &mut JoinSet<()>) {
    let snapshots = Snapshots { rooms: rooms.clone() };
    let runtime = Runtime::new(Arc::new(snapshots), rooms.store.clone(), Bounds::default());
    tasks.spawn(runtime.run(stop.clone()));
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Keep the disk.
    Capture(Source),
    /// Say that it is kept.
    Complete(u64),
    /// Free what is kept.
    Free,
    /// Forget the snapshot.
    Forget,
}

#[async_trait]
impl Reconciler for Snapshots {
    const NAME: &'static str = "ec2/snapshot";
    type Root = Snapshot;
    /// What is kept of it.
    type Actual = Option<ImageState>;
    type Step = Step;

    /// The end of an instance or of another snapshot may set free what a deleted one keeps.
    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Snapshot>> {
        let may_free = change.key::<Instance>().is_some() || change.key::<Snapshot>().is_some();
        let deleted = if may_free { world.all::<Snapshot>() } else { Vec::new() };
        let deleted = deleted.into_iter().filter(|snapshot| snapshot.spec.deleted);
        let keys = deleted.map(|snapshot| Key::new(&snapshot.place, &snapshot.id));
        change.key().into_iter().chain(keys).collect()
    }

    async fn observe(&self, key: &Key<Snapshot>) -> Result<Self::Actual, DriverError> {
        let found = self.rooms.store.read(|tx| Ok::<_, StoreError>(tx.get(key)))?;
        let Some(content) = found.map(|found| found.value.spec.content) else {
            return Ok(None);
        };
        Ok(self.rooms.images.observe().await?.into_iter().find(|image| image.name == content))
    }

    fn plan(&self, world: &Tx, key: &Key<Snapshot>, actual: &Self::Actual) -> Vec<Step> {
        let Some(snapshot) = world.get(key) else { return Vec::new() };
        steps(world, &snapshot, actual.as_ref())
    }

    async fn apply(&self, key: &Key<Snapshot>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Capture(source) => self.capture(key, &source).await?,
            Step::Complete(bytes) => self.complete(key, bytes)?,
            Step::Free => self.free(key).await?,
            Step::Forget => self.rooms.store.write(|tx| {
                tx.delete(key);
                Ok::<_, StoreError>(())
            })?,
        }
        Ok(Next::Settled)
    }
}

/// What to do about one snapshot. Pure.
fn steps(world: &Tx, snapshot: &Snapshot, kept: Option<&ImageState>) -> Vec<Step> {
    if snapshot.spec.deleted {
        return match (is_last(world, snapshot), is_needed(world, snapshot), kept) {
            (true, true, _) => Vec::new(),
            (true, false, Some(_)) => vec![Step::Free, Step::Forget],
            _ => vec![Step::Forget],
        };
    }
    match (snapshot.state(), kept, &snapshot.spec.source) {
        (SnapshotState::Pending, Some(image), _) => vec![Step::Complete(image.bytes)],
        (SnapshotState::Pending, None, Some(source)) => vec![Step::Capture(source.clone())],
        _ => Vec::new(),
    }
}

/// Whether no other snapshot answers for what is kept.
fn is_last(world: &Tx, snapshot: &Snapshot) -> bool {
    let others = world.all::<Snapshot>().into_iter().filter(|other| other.id != snapshot.id);
    snapshot.is_of_a_disk() && others.into_iter().all(|other| other.spec.content != snapshot.spec.content)
}

/// Whether an instance or another disk that is kept lies on what is kept.
fn is_needed(world: &Tx, snapshot: &Snapshot) -> bool {
    let content = &snapshot.spec.content;
    let is_under = |instance: &Instance| instance.spec.machine_image == *content && instance.status.found != Found::Gone;
    let is_base = |other: &Snapshot| other.spec.base.as_ref() == Some(content);
    world.all::<Instance>().iter().any(is_under) || world.all::<Snapshot>().iter().any(is_base)
}

impl Snapshots {
    async fn capture(&self, key: &Key<Snapshot>, source: &Source) -> Result<(), DriverError> {
        let still = if source.at_rest { Still::Stopped } else { Still::Frozen };
        let content = self.content(key)?.unwrap_or_default();
        match self.rooms.capture.capture(&source.instance, &content, still).await {
            Ok(image) => self.complete(key, image.bytes),
            Err(error) => self.failed(key, error),
        }
    }

    /// What may pass is tried again, a bounded number of times: the instance may be waiting for it.
    fn failed(&self, key: &Key<Snapshot>, error: DriverError) -> Result<(), DriverError> {
        let mut again = false;
        self.note(key, |status| {
            status.failures += 1;
            again = error.is_transient() && status.failures < TRIES;
            status.failure = (!again).then(|| error.to_string());
        })?;
        if again { Err(error) } else { Ok(()) }
    }

    fn complete(&self, key: &Key<Snapshot>, bytes: u64) -> Result<(), DriverError> {
        let now = self.rooms.clock.now();
        self.note(key, |status| {
            status.completed = Some(now);
            status.bytes = bytes;
        })
    }

    async fn free(&self, key: &Key<Snapshot>) -> Result<(), DriverError> {
        match self.content(key)? {
            Some(content) => self.rooms.images.remove(&content).await,
            None => Ok(()),
        }
    }

    fn content(&self, key: &Key<Snapshot>) -> Result<Option<String>, StoreError> {
        let found = self.rooms.store.read(|tx| Ok::<_, StoreError>(tx.get(key)))?;
        Ok(found.map(|found| found.value.spec.content))
    }

    fn note(&self, key: &Key<Snapshot>, change: impl FnOnce(&mut SnapshotStatus)) -> Result<(), DriverError> {
        self.rooms.store.write(|tx| {
            let Some(before) = tx.get(key) else { return Ok(()) };
            let mut after = before.value;
            change(&mut after.status);
            let put = tx.put(after, Expect::Version(before.version));
            debug_assert!(put.is_ok(), "this transaction is the only writer");
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }
}
