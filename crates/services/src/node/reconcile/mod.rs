//! How the machine follows a node: one sandbox, while its interfaces and its image are there.
//!
//! **Invariant**: a sandbox starts after its row and ends before it; status is written only where there is news.

mod apply;
mod plan;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Tx};
use tokio::sync::watch as channel;
use tokio::task::JoinSet;

use self::plan::Step;
use super::model::Node;
use crate::Rooms;
use crate::ec2::network_interface::NetworkInterface;
use crate::machine::{Actual, Builds};

/// Brings sandboxes to what nodes should be.
struct Nodes {
    rooms: Rooms,
    builds: Builds,
}

/// Starts what follows nodes; it ends when `stop` says true.
pub fn start(rooms: &Rooms, stop: &channel::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let nodes = Nodes {
        rooms: rooms.clone(),
        builds: Builds::default(),
    };
    let runtime = Runtime::new(Arc::new(nodes), rooms.store.clone(), Bounds::default());
    tasks.spawn(runtime.run(stop.clone()));
    tasks.spawn(watch::run(rooms.clone(), stop.clone()));
}

#[async_trait]
impl Reconciler for Nodes {
    const NAME: &'static str = "node";
    type Root = Node;
    type Actual = Actual;
    type Step = Step;

    /// An interface of a node that came into force wakes it too.
    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Node>> {
        let interface = change.key::<NetworkInterface>().and_then(|key| world.get(&key));
        let users = interface.into_iter().flat_map(|interface| {
            let nodes = world.by_index::<Node>(&interface.place, "interface", interface.id.as_str());
            nodes.into_iter().map(|node| Key::new(&node.place, &node.id))
        });
        change.key().into_iter().chain(users).collect()
    }

    async fn observe(&self, key: &Key<Node>) -> Result<Actual, DriverError> {
        Actual::of(&self.rooms, &key.id).await
    }

    fn plan(&self, world: &Tx, key: &Key<Node>, actual: &Actual) -> Vec<Step> {
        let Some(node) = world.get(key) else { return Vec::new() };
        plan::steps(&node, &node.interfaces(world), actual)
    }

    async fn apply(&self, key: &Key<Node>, step: Step) -> Result<Next, DriverError> {
        self.apply(key, step).await
    }
}
