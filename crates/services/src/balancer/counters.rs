//! What balancers counted, for who samples it (CloudWatch): the last report of each node, kept in this process only.
//!
//! **Invariant**: counters only grow within one life of a node; a new life begins at zero and is told by its number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tierra_core::Place;
use tierra_dataplane::balancer::config::{GroupId, Kind};
use tierra_dataplane::balancer::counters::{Counts, GroupCounts};

/// The last counters of every node. Clones share them. [`crate::Rooms::balancers`] is the one of the cloud.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, NodeCounts>>>);

/// One node's counters: those of one balancer in one zone.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeCounts {
    /// The account and region of its balancer.
    pub place: Place,
    pub kind: Kind,
    /// As CloudWatch's dimensions name its balancer: `app/NAME/ID` (`LoadBalancer`), a classic one's `NAME` (`LoadBalancerName`).
    pub balancer: String,
    /// Its zone: the dimension `AvailabilityZone`.
    pub zone: String,
    /// Which life of the node counted: where it is another than last time, everything was counted since its beginning.
    pub life: u64,
    /// Of the balancer in this zone.
    pub counts: Counts,
    /// Of its target groups: by ARN, whose end `targetgroup/NAME/ID` is the dimension `TargetGroup`; a classic balancer's only
    /// tell its instances by the way in which they are asked.
    pub groups: BTreeMap<GroupId, GroupCounts>,
}

impl Counters {
    /// Keeps what a node reported.
    pub(super) fn keep(&self, node: &str, counts: NodeCounts) {
        self.with(|all| all.insert(node.to_owned(), counts));
    }

    /// Forgets a node that is gone.
    pub(super) fn forget(&self, node: &str) {
        self.with(|all| all.remove(node));
    }

    /// What every node counted until its last report, at most a second ago, by the node's id. Whoever makes metrics of it keeps the
    /// last value of each, and takes the difference: `counts` and `groups` hold sums since the node's life began, save
    /// `active_connections`, `healthy` and `unhealthy`, which are what is there now.
    pub fn all(&self) -> BTreeMap<String, NodeCounts> {
        self.with(|all| all.clone())
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<String, NodeCounts>) -> T) -> T {
        // Nothing in here panics half-way.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
