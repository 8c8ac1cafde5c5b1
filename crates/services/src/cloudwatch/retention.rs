//! Data grow coarse and go as they age, as the page "Metrics retention" says; so does the history of alarms.

use std::time::Duration;

use tierra_core::{Key, Resource, Store, StoreError, Tx};
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::alarm::model::Event;
use super::limits::{HISTORY_SECONDS, HOUR_SECONDS, RETENTION};
use super::series::{Hour, Series, forget};
use crate::Rooms;

/// How often it is looked for what is old.
const ROUND: Duration = Duration::from_secs(HOUR_SECONDS as u64);

/// Starts the sweeping; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let (rooms, mut stop) = (rooms.clone(), stop.clone());
    tasks.spawn(async move {
        while !*stop.borrow() {
            let (store, now) = (rooms.store.clone(), rooms.clock.now());
            if let Ok(Err(error)) = rooms.store.blocking().run(move || sweep(&store, now)).await {
                tracing::warn!(%error, "old metrics stay");
            }
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                () = sleep(ROUND) => {}
            }
        }
    });
}

/// Lets go of what is old, a series at a time: whoever waits to write waits no longer than for one.
pub(super) fn sweep(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    for series in store.read(|tx| Ok::<_, StoreError>(tx.all::<Series>()))? {
        let due = store.read(|tx| Ok::<_, StoreError>(aged(tx, &series, now)))?;
        if !due.is_empty() {
            store.write(|tx| {
                due.into_iter().for_each(|(old, new)| replace(tx, &old, new));
                if tx.range::<Hour>(&series.place, &format!("{}@", series.id()), None, 1).is_empty() {
                    forget(tx, &series);
                }
                Ok::<_, StoreError>(())
            })?;
        }
    }
    let before = now.secs() - HISTORY_SECONDS;
    let events = store.read(|tx| Ok::<_, StoreError>(tx.all::<Event>()))?;
    let old: Vec<Event> = events.into_iter().filter(|event| event.at.secs() < before).collect();
    if old.is_empty() {
        return Ok(());
    }
    store.write(|tx| {
        old.iter().for_each(|event| event.forget(tx));
        Ok(())
    })
}

/// The hours of a series that are kept too finely, or too long, with what they become.
fn aged(tx: &Tx, series: &Series, now: Timestamp) -> Vec<(Hour, Option<Hour>)> {
    let hours = tx.range::<Hour>(&series.place, &format!("{}@", series.id()), None, usize::MAX);
    let changed = hours.into_iter().filter_map(|hour| {
        let new = kept(&hour, now);
        (new.as_ref() != Some(&hour)).then_some((hour, new))
    });
    changed.collect()
}

/// What is kept of an hour; nothing where it is too old.
fn kept(hour: &Hour, now: Timestamp) -> Option<Hour> {
    let age = now.secs() - (hour.start() + HOUR_SECONDS);
    let due = RETENTION.iter().rev().find(|(oldest, _)| age > *oldest);
    match due {
        None => Some(hour.clone()),
        Some((_, 0)) => None,
        Some((_, period)) => Some(hour.coarser(*period)),
    }
}

fn replace(tx: &mut Tx, old: &Hour, new: Option<Hour>) {
    match new {
        Some(new) => tx.save(new),
        None => tx.delete(&Key::<Hour>::new(&old.place, old.id())),
    }
}
