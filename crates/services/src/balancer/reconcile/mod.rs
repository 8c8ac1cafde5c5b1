//! How nodes follow their rows: each is told its configuration as one value, and asked how its targets are.
//!
//! Level-triggered: a node is looked at whenever a row that it could depend on changes, and once in [`plan::PERIOD`] besides, since
//! health changes without any row.
//!
//! **Invariant**: status is written only where there is news; a node keeps serving what it was told last while nobody asks it.

mod apply;
mod journal;
mod link;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Tx};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::journal::Journals;
use self::link::Links;
use self::plan::{Actual, Step};
use super::model::{Balancer, ZoneNode};
use crate::ec2::instance::Instance;
use crate::node::Node;
use crate::{Rooms, acm, elb, elbv2};

/// Brings balancers' nodes to what their rows say.
struct Balancers {
    rooms: Rooms,
    links: Links,
    journals: Journals,
}

/// Starts what follows balancers; it ends when `stop` says true.
pub fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let balancers = Balancers {
        rooms: rooms.clone(),
        links: Links::default(),
        journals: Journals::default(),
    };
    tasks.spawn(Runtime::new(Arc::new(balancers), rooms.store.clone(), Bounds::default()).run(stop.clone()));
}

#[async_trait]
impl Reconciler for Balancers {
    const NAME: &'static str = "balancer/node";
    type Root = ZoneNode;
    type Actual = Actual;
    type Step = Step;

    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<ZoneNode>> {
        if let Some(own) = change.key::<ZoneNode>() {
            return vec![own];
        }
        if let Some(node) = change.key::<Node>() {
            return vec![Key::new(&node.place, &node.id)];
        }
        if !is_told(change) {
            return Vec::new();
        }
        world.all::<ZoneNode>().iter().map(|node| Key::new(&node.place, &node.id)).collect()
    }

    async fn observe(&self, key: &Key<ZoneNode>) -> Result<Actual, DriverError> {
        let runs = self.rooms.store.read(|tx| {
            let node: Option<Node> = tx.find(&key.place, &key.id);
            Ok::<_, DriverError>(tx.get(key).is_some() && node.is_some_and(|node| node.runs()))
        })?;
        let (report, trouble) = match runs {
            true => self.links.report(&self.rooms, &key.id).await,
            false => (None, None),
        };
        Ok(Actual {
            now: self.rooms.clock.now(),
            runs,
            report,
            trouble,
            told: self.links.told(&key.id),
            journal: self.journals.of(&key.id),
        })
    }

    fn plan(&self, world: &Tx, key: &Key<ZoneNode>, actual: &Actual) -> Vec<Step> {
        plan::steps(world, key, actual)
    }

    async fn apply(&self, key: &Key<ZoneNode>, step: Step) -> Result<Next, DriverError> {
        self.apply(key, step).await
    }
}

/// Whether a change is of a row that configurations are made from.
fn is_told(change: &Change) -> bool {
    change.key::<Balancer>().is_some()
        || change.key::<elbv2::model::LoadBalancer>().is_some()
        || change.key::<elbv2::model::Listener>().is_some()
        || change.key::<elbv2::model::Rule>().is_some()
        || change.key::<elbv2::model::TargetGroup>().is_some()
        || change.key::<elbv2::model::Target>().is_some()
        || change.key::<elb::model::LoadBalancer>().is_some()
        || change.key::<acm::Certificate>().is_some()
        || change.key::<Instance>().is_some()
}
