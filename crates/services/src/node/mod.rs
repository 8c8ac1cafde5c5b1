//! Nodes: the sandboxes that managed services own. A database, a cache or a balancer runs in one; callers see none of them.
//!
//! For services, within one transaction:
//!
//! - [`create`] makes a node of a [`NodeSpec`], [`create_with`] one that has data folders; its interfaces are ec2's own, made before
//!   it and deleted by its owner when it is gone.
//! - [`change`] changes its spec. `boot` raised restarts it on the same disk; anything else is read at its next start, save `power`,
//!   which acts at once.
//! - [`end`] has it ended, with its disk; its row goes when nothing of it is left on the machine.
//! - [`Node::of_owner`] finds an owner's nodes; [`Node::runs`] and `node.status` say what was found. The row wakes who follows it.
//!
//! A node whose first process ends is started again by itself, later each time that it ends soon after its start.
//!
//! Map: `model.rs` the row · `reconcile/` how the machine follows: `plan.rs` decides, `apply.rs` obeys, `watch.rs` notices.

mod model;
mod reconcile;

#[cfg(test)]
mod tests;

use tierra_core::{Ids, Key, Place, Tx};
use tierra_drivers::compute::SandboxMount;

pub use model::{End, Found, Node, NodeId, NodeSpec, NodeStatus, Power};
pub use reconcile::start;

/// Makes a node.
pub fn create(tx: &mut Tx, ids: &Ids, place: &Place, spec: NodeSpec) -> Node {
    create_with(tx, ids, place, spec, Vec::new())
}

/// Makes a node that has data folders.
pub fn create_with(tx: &mut Tx, ids: &Ids, place: &Place, spec: NodeSpec, mounts: Vec<SandboxMount>) -> Node {
    let node = Node {
        place: place.clone(),
        id: ids.next(),
        spec,
        mounts,
        status: NodeStatus::default(),
    };
    tx.save(node.clone());
    node
}

/// Changes what a node should be; one that is gone, or as it should be, is no matter.
pub fn change(tx: &mut Tx, place: &Place, id: &NodeId, change: impl FnOnce(&mut NodeSpec)) {
    let Some(before) = tx.get(&Key::<Node>::new(place, id)) else {
        return;
    };
    let mut after = before.value.clone();
    change(&mut after.spec);
    if after != before.value {
        tx.save(after);
    }
}

/// Has a node ended, with its disk.
pub fn end(tx: &mut Tx, place: &Place, id: &NodeId) {
    change(tx, place, id, |spec| spec.power = Power::Gone);
}
