//! Data folders that no row names any more are deleted: those of deleted snapshots, and what a crash left half-way.
//!
//! **Invariant**: the machine is asked before the rows are, and a row is there before its data; so nothing that is wanted is taken for
//! garbage.

use std::collections::BTreeSet;
use std::time::Duration;

use tierra_core::{DriverError, StoreError, Tx};
use tokio::sync::watch::Receiver;

use super::wanted;
use crate::Rooms;
use crate::rds::model::{DbInstance, DbSnapshot, Origin};

/// How often is looked.
const PERIOD: Duration = Duration::from_secs(5);
/// How the names of databases' data begin.
const PREFIXES: [&str; 2] = ["db-", "dbsnap-"];

/// Looks until `stop` says true.
pub(super) async fn run(rooms: Rooms, mut stop: Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = sweep(&rooms).await {
            tracing::warn!(%error, "data that no one needs stays for now");
        }
        tokio::select! {
            biased;
            _ = stop.changed() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

async fn sweep(rooms: &Rooms) -> Result<(), DriverError> {
    let there = rooms.data.observe().await?;
    let known = rooms.store.read(|tx| Ok::<_, StoreError>(named(tx)))?;
    let is_ours = |id: &str| PREFIXES.iter().any(|prefix| id.starts_with(prefix));
    for id in there.into_iter().filter(|id| is_ours(id) && !known.contains(id)) {
        tracing::info!(data = %id, "no row names this data: deleted");
        rooms.data.remove(&id).await?;
    }
    Ok(())
}

/// All data that a row names: what is still to be copied too, though its own row be gone.
fn named(tx: &Tx) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for instance in tx.all::<DbInstance>() {
        named.insert(wanted::data(&instance.resource_id));
        if let (Origin::Snapshot(data), None) = (instance.spec.origin, instance.status.first_up) {
            named.insert(data);
        }
    }
    for snapshot in tx.all::<DbSnapshot>() {
        let original = snapshot.copy_of.filter(|_| snapshot.status.taken.is_none());
        named.extend(original.map(|original| original.data));
        named.insert(snapshot.data);
    }
    named
}
