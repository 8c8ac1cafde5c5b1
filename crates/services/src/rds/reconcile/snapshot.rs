//! How the machine follows snapshots: a data folder made from the instance's while its engine stands still, or from another
//! snapshot's. The engine finds it as after a power cut, and recovers from that by itself.

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::{DriverError, Key, StoreError, Tx};
use tierra_drivers::data::Origin;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::wanted;
use crate::Rooms;
use crate::rds::model::{DbSnapshot, Source, arn, tell};

struct Snapshots {
    rooms: Rooms,
}

/// The one thing to do: make its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Take {
    data: String,
    origin: Origin,
}

/// Starts the reconciler; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let snapshots = Arc::new(Snapshots { rooms: rooms.clone() });
    tasks.spawn(Runtime::new(snapshots, rooms.store.clone(), Bounds::default()).run(stop.clone()));
}

pub(super) fn plan(world: &Tx, snapshot: &DbSnapshot) -> Option<Take> {
    let origin = match &snapshot.copy_of {
        Some(original) => Origin::Data {
            id: original.data.clone(),
            writer: None,
        },
        None => Origin::Data {
            id: wanted::data(&snapshot.resource_id),
            writer: wanted::node_by(world, &snapshot.place, &snapshot.resource_id).map(|node| node.id.to_string()),
        },
    };
    (snapshot.state() == "creating").then(|| Take {
        data: snapshot.data.clone(),
        origin,
    })
}

#[async_trait]
impl Reconciler for Snapshots {
    const NAME: &'static str = "rds/snapshot";
    type Root = DbSnapshot;
    type Actual = ();
    type Step = Take;

    /// A snapshot that was taken stays so.
    async fn observe(&self, _: &Key<DbSnapshot>) -> Result<(), DriverError> {
        Ok(())
    }

    fn plan(&self, world: &Tx, key: &Key<DbSnapshot>, (): &()) -> Vec<Take> {
        world.get(key).and_then(|snapshot| plan(world, &snapshot)).into_iter().collect()
    }

    async fn apply(&self, key: &Key<DbSnapshot>, take: Take) -> Result<Next, DriverError> {
        let failure = match self.rooms.data.ensure(&take.data, &take.origin).await {
            Ok(()) => None,
            Err(DriverError::NotFound { what }) => Some(format!("{what} is not there")),
            Err(error) => return Err(error),
        };
        let now = self.rooms.clock.now();
        self.rooms.store.write(|tx| {
            let Some(mut snapshot) = tx.get(key).map(|found| found.value).filter(|one| one.data == take.data) else {
                return Ok(());
            };
            if failure.is_none() {
                snapshot.status.taken = Some(now);
                self.tell(tx, &snapshot, now);
            }
            snapshot.status.failure = failure;
            tx.save(snapshot);
            Ok::<_, StoreError>(())
        })?;
        Ok(Next::Settled)
    }
}

impl Snapshots {
    fn tell(&self, tx: &mut Tx, snapshot: &DbSnapshot, now: tierra_model::Timestamp) {
        let ids = &self.rooms.ids;
        tell(
            tx,
            ids,
            now,
            Source::DbSnapshot,
            &snapshot.arn(),
            "creation",
            "Manual snapshot created",
        );
        if snapshot.copy_of.is_none() {
            let instance = arn(&snapshot.place, "db", &snapshot.instance);
            tell(tx, ids, now, Source::DbInstance, &instance, "backup", "Finished DB Instance backup");
        }
    }
}
