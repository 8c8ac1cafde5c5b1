//! How the machine follows an instance: one sandbox, while its interfaces and its image are there.
//!
//! **Invariant**: a sandbox starts after its row and ends before it; status is written only where there is news.

mod apply;
mod builds;
mod plan;
mod sandbox;
mod watch;

#[cfg(test)]
pub(in crate::ec2) mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Tx};
use tokio::sync::watch as channel;
use tokio::task::JoinSet;

use self::builds::Builds;
use self::plan::{Actual, Step};
use super::model::Instance;
use crate::Rooms;
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::snapshot::Snapshot;

/// Brings sandboxes to what instances should be.
pub struct Instances {
    rooms: Rooms,
    builds: Builds,
}

/// Starts what follows instances; it ends when `stop` says true.
pub fn start(rooms: &Rooms, stop: &channel::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let instances = Instances {
        rooms: rooms.clone(),
        builds: Builds::default(),
    };
    let runtime = Runtime::new(Arc::new(instances), rooms.store.clone(), Bounds::default());
    tasks.spawn(runtime.run(stop.clone()));
    tasks.spawn(watch::run(rooms.clone(), stop.clone()));
}

#[async_trait]
impl Reconciler for Instances {
    const NAME: &'static str = "ec2/instance";
    type Root = Instance;
    type Actual = Actual;
    type Step = Step;

    /// An interface of an instance that came into force wakes it too, and so does the image for which it stands still.
    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Instance>> {
        let interface = change.key::<NetworkInterface>().and_then(|key| world.get(&key));
        let user = interface.and_then(|interface| Some(Key::new(&interface.place, interface.attachment.as_ref()?.instance.as_ref()?)));
        let snapshot = change.key::<Snapshot>().and_then(|key| world.get(&key));
        let kept = snapshot.and_then(|snapshot| Some(Key::new(&snapshot.place, &snapshot.spec.source.as_ref()?.instance)));
        change.key().into_iter().chain(user).chain(kept).collect()
    }

    async fn observe(&self, key: &Key<Instance>) -> Result<Actual, DriverError> {
        let all = self.rooms.compute.observe().await?;
        let sandbox = all.into_iter().find(|(id, _)| *id == key.id).map(|(_, state)| state);
        // A sandbox that is there has its image.
        let images = if sandbox.is_some() {
            Vec::new()
        } else {
            self.rooms.images.observe().await?
        };
        Ok(Actual {
            sandbox,
            images: images.into_iter().map(|image| image.name).collect(),
            now: self.rooms.clock.now(),
        })
    }

    fn plan(&self, world: &Tx, key: &Key<Instance>, actual: &Actual) -> Vec<Step> {
        let Some(instance) = world.get(key) else { return Vec::new() };
        let interfaces = NetworkInterface::of_instance(world, &key.place, &key.id);
        let still = Snapshot::keeps_waiting(world, &key.place, &key.id);
        plan::steps(&instance, &interfaces, still, actual)
    }

    async fn apply(&self, key: &Key<Instance>, step: Step) -> Result<Next, DriverError> {
        self.apply(key, step).await
    }
}
