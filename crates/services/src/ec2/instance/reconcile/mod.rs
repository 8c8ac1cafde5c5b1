//! How the machine follows an instance: one sandbox, while its interfaces and its image are there.
//!
//! **Invariant**: a sandbox starts after its row and ends before it; status is written only where there is news.

mod apply;
mod plan;
mod sandbox;
mod watch;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Tx};
use tokio::sync::watch as channel;
use tokio::task::JoinSet;

use self::plan::{Observed, Step};
use super::model::Instance;
use crate::Rooms;
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::snapshot::Snapshot;
use crate::machine::{Actual, Builds};

/// Brings sandboxes to what instances should be.
pub struct Instances {
    rooms: Rooms,
    builds: Builds,
    // What this process last plugged into each sandbox, so that an activation that finds nothing new costs the machine nothing.
    plugged: Mutex<BTreeMap<String, Vec<String>>>,
}

/// Starts what follows instances; it ends when `stop` says true.
pub fn start(rooms: &Rooms, stop: &channel::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let instances = Instances {
        rooms: rooms.clone(),
        builds: Builds::default(),
        plugged: Mutex::default(),
    };
    let runtime = Runtime::new(Arc::new(instances), rooms.store.clone(), Bounds::default());
    tasks.spawn(runtime.run(stop.clone()));
    tasks.spawn(watch::run(rooms.clone(), stop.clone()));
}

#[async_trait]
impl Reconciler for Instances {
    const NAME: &'static str = "ec2/instance";
    type Root = Instance;
    type Actual = Observed;
    type Step = Step;

    /// An interface of an instance that came into force wakes it too, and so does the image for which it stands still.
    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Instance>> {
        let interface = change.key::<NetworkInterface>().and_then(|key| world.get(&key));
        let user = interface.and_then(|interface| Some(Key::new(&interface.place, interface.attachment.as_ref()?.instance.as_ref()?)));
        let snapshot = change.key::<Snapshot>().and_then(|key| world.get(&key));
        let kept = snapshot.and_then(|snapshot| Some(Key::new(&snapshot.place, &snapshot.spec.source.as_ref()?.instance)));
        change.key().into_iter().chain(user).chain(kept).collect()
    }

    async fn observe(&self, key: &Key<Instance>) -> Result<Observed, DriverError> {
        Ok(Observed {
            machine: Actual::of(&self.rooms, &key.id).await?,
            plugged: self.plugged.lock().unwrap_or_else(PoisonError::into_inner).get(&key.id).cloned(),
        })
    }

    fn plan(&self, world: &Tx, key: &Key<Instance>, actual: &Observed) -> Vec<Step> {
        let Some(instance) = world.get(key) else { return Vec::new() };
        let interfaces = NetworkInterface::of_instance(world, &key.place, &key.id);
        let still = Snapshot::keeps_waiting(world, &key.place, &key.id);
        plan::steps(&instance, &interfaces, still, actual)
    }

    async fn apply(&self, key: &Key<Instance>, step: Step) -> Result<Next, DriverError> {
        self.apply(key, step).await
    }
}
