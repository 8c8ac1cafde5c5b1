//! What balancers counted, for who samples it (CloudWatch): the last report of each node, kept in this process only.
//!
//! **Invariant**: counters only grow within one life of a node; a new life begins at zero and is told by its number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tierra_dataplane::balancer::config::GroupId;
use tierra_dataplane::balancer::control::Report;
use tierra_dataplane::balancer::counters::{Counts, GroupCounts};

/// The last counters of every node. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, NodeCounts>>>);

/// One node's counters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeCounts {
    /// The name of its balancer.
    pub balancer: String,
    /// Its zone.
    pub zone: String,
    /// Which life of the node counted.
    pub life: u64,
    pub counts: Counts,
    pub groups: BTreeMap<GroupId, GroupCounts>,
}

impl Counters {
    /// Keeps what a node reported.
    pub fn keep(&self, node: &str, balancer: &str, zone: &str, report: &Report) {
        let counts = NodeCounts {
            balancer: balancer.to_owned(),
            zone: zone.to_owned(),
            life: report.life,
            counts: report.counts,
            groups: report.groups.clone(),
        };
        self.with(|all| all.insert(node.to_owned(), counts));
    }

    /// Forgets a node that is gone.
    pub fn forget(&self, node: &str) {
        self.with(|all| all.remove(node));
    }

    /// What every node counted last, by the node's id.
    pub fn all(&self) -> BTreeMap<String, NodeCounts> {
        self.with(|all| all.clone())
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<String, NodeCounts>) -> T) -> T {
        // Nothing in here panics half-way.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
