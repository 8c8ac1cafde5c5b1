//! How the machine follows databases: a data folder, a node on it whose engine runs with the instance's parameters, and a master
//! user in it. The node's own reconciler keeps it running.
//!
//! Map: `wanted.rs` what a node is told of an instance · `plan.rs` decides · `apply.rs` obeys · `ask.rs` commands inside a node ·
//! `snapshot.rs` snapshots · `sweep.rs` data that no row names.
//!
//! **Invariant**: an instance is called running only after its engine answered a query. Data is made after the row that names it and
//! goes before that row, or with the next sweep.

mod apply;
pub(super) mod ask;
mod plan;
mod snapshot;
mod sweep;
#[cfg(test)]
mod tests;
pub(super) mod wanted;

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, StoreError, Tx};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::plan::{Actual, Step};
use super::model::{DbInstance, DbParameterGroup, DbSnapshot};
use crate::Rooms;
use crate::machine::Builds;
use crate::node::Node;

/// Brings nodes to what instances should be.
struct Databases {
    rooms: Rooms,
    builds: Builds,
}

/// Starts what follows databases; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let databases = Databases {
        rooms: rooms.clone(),
        builds: Builds::default(),
    };
    tasks.spawn(Runtime::new(Arc::new(databases), rooms.store.clone(), Bounds::default()).run(stop.clone()));
    snapshot::start(rooms, stop, tasks);
    tasks.spawn(sweep::run(rooms.clone(), stop.clone()));
}

fn key(instance: &DbInstance) -> Key<DbInstance> {
    Key::new(&instance.place, &instance.id)
}

#[async_trait]
impl Reconciler for Databases {
    const NAME: &'static str = "rds/instance";
    type Root = DbInstance;
    type Actual = Actual;
    type Step = Step;

    /// Its node, its parameter group and its snapshots wake an instance too.
    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<DbInstance>> {
        let by = |place, index, value: &str| world.by_index::<DbInstance>(place, index, value);
        let followers = if let Some(group) = change.key::<DbParameterGroup>() {
            by(&group.place, "parameter-group", &group.id)
        } else if let Some(snapshot) = change.key::<DbSnapshot>().and_then(|key| world.get(&key)) {
            by(&snapshot.place, "resource-id", &snapshot.resource_id)
        } else if let Some(node) = change.key::<Node>() {
            // A node that has gone has no owner any more, but leaves few to ask.
            match world.get(&node) {
                Some(node) => by(&node.place, "resource-id", wanted::resource_of(&node)),
                None => world
                    .list::<DbInstance>(&node.place)
                    .into_iter()
                    .filter(|one| one.spec.deletion.is_some())
                    .collect(),
            }
        } else {
            Vec::new()
        };
        change.key().into_iter().chain(followers.iter().map(key)).collect()
    }

    /// The engine is asked only where that decides something.
    async fn observe(&self, key: &Key<DbInstance>) -> Result<Actual, DriverError> {
        let asked = self.rooms.store.read(|tx| {
            let Some(instance) = tx.get(key) else { return Ok(None) };
            let node = wanted::node_of(tx, &instance);
            Ok::<_, StoreError>(node.filter(|node| plan::is_to_be_asked(&instance, node)).map(|node| {
                let client = wanted::engine(&instance, Default::default()).ready();
                (node.id, client)
            }))
        })?;
        let answers = match asked {
            Some((node, client)) => ask::succeeds(&self.rooms, &node, client).await?,
            None => false,
        };
        Ok(Actual { answers })
    }

    fn plan(&self, world: &Tx, key: &Key<DbInstance>, actual: &Actual) -> Vec<Step> {
        world
            .get(key)
            .map(|instance| plan::steps(world, &instance, actual))
            .unwrap_or_default()
    }

    async fn apply(&self, key: &Key<DbInstance>, step: Step) -> Result<Next, DriverError> {
        self.apply(key, step).await
    }
}
