//! What the cloud measures of itself, once a minute: instances, databases, balancers.
//!
//! Map: `instance.rs`, `database.rs`, `balancer.rs` what two looks make of each (pure) · here the looks, and when.
//!
//! **Invariant**: a value is the difference of two looks of this process, so a restart makes a gap and never a wrong number.

mod balancer;
mod database;
mod instance;

use std::collections::BTreeMap;
use std::time::Duration;

use tierra_core::{Place, StoreError, Tx};
use tierra_drivers::compute::SandboxId;
use tierra_drivers::compute::usage::{Disk, Traffic, Used};
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::limits::MINUTE_SECONDS;
use super::metric::{Metric, Unit};
use super::series::{Resolution, floor, record};
use super::stats::Stats;
use crate::Rooms;
use crate::balancer::NodeCounts;

/// One value that was measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub place: Place,
    pub metric: Metric,
    pub unit: Unit,
    pub stats: Stats,
}

/// How a number that was counted is told: its metric's name, its unit, where it is.
pub(super) type Told<T> = (&'static str, Unit, fn(&T) -> u64);

/// What was seen at one time.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub at: Timestamp,
    pub used: BTreeMap<SandboxId, Used>,
    pub balancers: BTreeMap<String, NodeCounts>,
}

/// What lies between two looks.
pub(super) struct Between {
    /// Microseconds.
    pub elapsed: f64,
    /// What running sandboxes used.
    pub used: BTreeMap<SandboxId, Used>,
}

/// Starts the sampling; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let (rooms, mut stop) = (rooms.clone(), stop.clone());
    tasks.spawn(async move {
        let mut before: Option<Look> = None;
        while !*stop.borrow() {
            match look(&rooms).await {
                Ok(now) => {
                    let earlier = before.replace(now.clone());
                    if let Some(earlier) = earlier
                        && let Err(error) = keep(&rooms, earlier, now).await
                    {
                        tracing::warn!(%error, "a minute's metrics were lost");
                    }
                }
                Err(error) => tracing::warn!(%error, "a minute was not measured"),
            }
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                () = sleep(to_minute(rooms.clock.now())) => {}
            }
        }
    });
}

/// How long it is until the next minute begins.
fn to_minute(now: Timestamp) -> Duration {
    let next = (floor(now.secs(), MINUTE_SECONDS) + MINUTE_SECONDS) * 1000 - now.0;
    Duration::from_millis(next.unsigned_abs().max(1))
}

async fn look(rooms: &Rooms) -> Result<Look, tierra_core::DriverError> {
    Ok(Look {
        used: rooms.usage.used().await?,
        balancers: rooms.balancers.all(),
        at: rooms.clock.now(),
    })
}

async fn keep(rooms: &Rooms, before: Look, now: Look) -> Result<(), StoreError> {
    let samples = rooms.store.read(|tx| Ok::<_, StoreError>(samples(tx, &before, &now)))?;
    if samples.is_empty() {
        return Ok(());
    }
    // A minute's values are dated to its beginning.
    let at = before.at;
    let kept = rooms.store.commit(move |tx| {
        for sample in &samples {
            record(
                tx,
                &sample.place,
                &sample.metric,
                sample.unit,
                at,
                Resolution::Minute,
                &sample.stats,
            );
        }
        Ok::<_, StoreError>(())
    });
    kept.await
}

/// What two looks make of everything that there is.
pub(super) fn samples(tx: &Tx, before: &Look, now: &Look) -> Vec<Sample> {
    let between = Between::of(before, now);
    [
        instance::samples(tx, &between),
        database::samples(tx, &between),
        balancer::samples(&before.balancers, &now.balancers),
    ]
    .concat()
}

impl Between {
    fn of(before: &Look, now: &Look) -> Self {
        // What was not there at the first look began at zero since.
        let begun = Used::default();
        let since = |(id, used): (&SandboxId, &Used)| (id.clone(), difference(before.used.get(id).unwrap_or(&begun), used));
        Self {
            elapsed: (now.at.0 - before.at.0).max(1) as f64 * 1000.0,
            used: now.used.iter().map(since).collect(),
        }
    }

    /// The part of so many thousandths of a CPU that was used, in percent.
    fn cpu_percent(&self, used: &Used, cpu_millis: u32) -> f64 {
        let available = self.elapsed * f64::from(cpu_millis) / 1000.0;
        (used.cpu_micros as f64 / available * 100.0).min(100.0)
    }

    /// Something of the whole time by the second.
    fn per_second(&self, number: u64) -> f64 {
        number as f64 / (self.elapsed / 1e6)
    }
}

/// What was used since; a counter that is smaller than it was began again at zero.
fn difference(before: &Used, now: &Used) -> Used {
    let since = |before: u64, now: u64| now.checked_sub(before).unwrap_or(now);
    Used {
        cpu_micros: since(before.cpu_micros, now.cpu_micros),
        memory_bytes: now.memory_bytes,
        disk: Disk {
            read_bytes: since(before.disk.read_bytes, now.disk.read_bytes),
            written_bytes: since(before.disk.written_bytes, now.disk.written_bytes),
            reads: since(before.disk.reads, now.disk.reads),
            writes: since(before.disk.writes, now.disk.writes),
        },
        network: Traffic {
            received_bytes: since(before.network.received_bytes, now.network.received_bytes),
            received_packets: since(before.network.received_packets, now.network.received_packets),
            sent_bytes: since(before.network.sent_bytes, now.network.sent_bytes),
            sent_packets: since(before.network.sent_packets, now.network.sent_packets),
        },
    }
}
