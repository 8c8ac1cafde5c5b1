//! What happens on the machine without being asked: a sandbox that ended by itself or was lost, one that no row knows, an image that
//! was imported. Looked at from time to time; what is news is written, and the rows wake the reconciler.

use std::collections::BTreeMap;
use std::time::Duration;

use tierra_core::ids::AwsId;
use tierra_core::{DriverError, Expect, Key, StoreError, Versioned};
use tierra_drivers::compute::{Phase, SandboxState};
use tokio::sync::watch::Receiver;

use crate::Rooms;
use crate::ec2::image;
use crate::ec2::instance::model::{Cause, Found, Halt, Instance, InstanceId, Power};
use crate::ec2::instance::ops::power::take_back_public;

/// How often the machine is looked at.
const PERIOD: Duration = Duration::from_secs(1);

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
    let before = living(rooms)?;
    let sandboxes: BTreeMap<_, _> = rooms.compute.observe().await?.into_iter().collect();
    for (key, instance) in &before {
        if let Some(news) = news(instance, sandboxes.get(&key.id)) {
            write(rooms, key, instance.version, news)?;
        }
    }
    remove_strangers(rooms, sandboxes.keys()).await?;
    adopt_images(rooms).await
}

type Living = Vec<(Key<Instance>, Versioned<Instance>)>;

/// The instances that should be running, and of which it was said that they do.
fn living(rooms: &Rooms) -> Result<Living, StoreError> {
    rooms.store.read(|tx| {
        let all = tx.all::<Instance>().into_iter();
        let runs = all.filter(|instance| instance.wish() == Power::Running && instance.status.found == Found::Running);
        let keys = runs.map(|instance| Key::<Instance>::new(&instance.place, &instance.id));
        Ok(keys.filter_map(|key| Some((key.clone(), tx.get(&key)?))).collect())
    })
}

/// What is not as the row says.
enum News {
    /// It was shut down from inside.
    Ended,
    /// It does not run, and nobody ended it: the machine was restarted.
    Lost,
}

fn news(instance: &Instance, sandbox: Option<&SandboxState>) -> Option<News> {
    match sandbox {
        // An older boot: the reconciler is at it.
        Some(state) if state.boot != instance.spec.boot => None,
        Some(SandboxState { phase: Phase::Running, .. }) => None,
        Some(SandboxState {
            phase: Phase::Exited { .. },
            ..
        }) => Some(News::Ended),
        Some(SandboxState { phase: Phase::Stopped, .. }) | None => Some(News::Lost),
    }
}

fn write(rooms: &Rooms, key: &Key<Instance>, version: u64, news: News) -> Result<(), StoreError> {
    let at = rooms.clock.now();
    rooms.store.write(|tx| {
        let Some(found) = tx.get(key).filter(|found| found.version == version) else {
            return Ok(());
        };
        let mut instance = found.value;
        match news {
            News::Ended => {
                instance.status.halt = Some(Halt {
                    boot: instance.spec.boot,
                    cause: Cause::Shutdown,
                    at,
                });
                take_back_public(tx, &instance);
            }
            News::Lost => instance.status.found = Found::Nothing,
        }
        let put = tx.put(instance, Expect::Version(version));
        debug_assert!(put.is_ok(), "this transaction is the only writer");
        Ok(())
    })
}

/// Ends the sandboxes that no row knows. Their rows would have been there before them, so this cannot meet one that is just starting.
async fn remove_strangers(rooms: &Rooms, sandboxes: impl Iterator<Item = &String>) -> Result<(), DriverError> {
    let known = rooms.store.read(|tx| {
        let ids = tx
            .all::<Instance>()
            .into_iter()
            .filter(|instance| instance.status.found != Found::Gone);
        Ok::<_, StoreError>(ids.map(|instance| instance.id.to_string()).collect::<Vec<_>>())
    })?;
    for stranger in sandboxes.filter(|id| id.starts_with(InstanceId::PREFIX) && !known.contains(id)) {
        tracing::info!(sandbox = %stranger, "no instance is called so: removed");
        rooms.compute.remove(stranger).await?;
    }
    Ok(())
}

async fn adopt_images(rooms: &Rooms) -> Result<(), DriverError> {
    let machine = rooms.images.observe().await?;
    let now = rooms.clock.now();
    let is_news = rooms.store.read(|tx| Ok::<_, StoreError>(image::adopt(tx, now, &machine)))?;
    if is_news {
        rooms.store.write(|tx| Ok::<_, StoreError>(image::adopt(tx, now, &machine)))?;
    }
    Ok(())
}
