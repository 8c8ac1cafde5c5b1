//! What happens on the machine without being asked: a node that ended by itself or was lost, a sandbox that no row knows. Looked at
//! from time to time; what is news is written, and the row wakes the reconciler.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tierra_core::ids::AwsId;
use tierra_core::{DriverError, Key, StoreError};
use tierra_drivers::compute::{Phase, SandboxState};
use tokio::sync::watch::Receiver;

use crate::Rooms;
use crate::machine;
use crate::node::model::{Found, Node, NodeId};

/// How often the machine is looked at.
const PERIOD: Duration = Duration::from_millis(500);

/// Looks until `stop` says true.
pub(super) async fn run(rooms: Rooms, mut stop: Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = look(&rooms).await {
            tracing::warn!(%error, "the machine does not tell what it holds");
        }
        tokio::select! {
            biased;
            _ = stop.changed() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

async fn look(rooms: &Rooms) -> Result<(), DriverError> {
    // Read before the machine is asked: a row that is written meanwhile knows better.
    let before = rooms.store.read(|tx| Ok::<_, StoreError>(tx.all::<Node>()))?;
    let sandboxes: BTreeMap<_, _> = rooms.compute.observe().await?.into_iter().collect();
    for node in before.iter().filter(|node| is_lost(node, sandboxes.get(node.id.as_str()))) {
        machine::note(&rooms.store, &Key::new(&node.place, &node.id), |_, now: &mut Node| {
            if now == node {
                now.status.found = Found::Nothing;
            }
        })?;
    }
    remove_strangers(rooms, sandboxes.into_keys()).await
}

/// Whether a node of which it was said that it runs does not, at the boot that it should be at.
fn is_lost(node: &Node, sandbox: Option<&SandboxState>) -> bool {
    let runs = |state: &SandboxState| state.boot != node.boot() || state.phase == Phase::Running;
    node.status.found == Found::Running && !sandbox.is_some_and(runs)
}

/// Ends the sandboxes of nodes that no row knows. Their rows would have been there before them, so this cannot meet one that is just
/// starting.
async fn remove_strangers(rooms: &Rooms, sandboxes: impl Iterator<Item = String>) -> Result<(), DriverError> {
    let known = rooms.store.read(|tx| {
        let ids = tx.all::<Node>().into_iter().map(|node| node.id.to_string());
        Ok::<_, StoreError>(ids.collect::<BTreeSet<_>>())
    })?;
    for stranger in sandboxes.filter(|id| id.starts_with(NodeId::PREFIX) && !known.contains(id)) {
        tracing::info!(sandbox = %stranger, "no node is called so: removed");
        rooms.compute.remove(&stranger).await?;
    }
    Ok(())
}
