//! A reconciler over a world of numbers, under tokio's paused clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::*;
use crate::place::Place;
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Level {
    place: Place,
    name: String,
    wanted: u32,
}

impl Resource for Level {
    const KIND: &'static str = "test/level";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

/// A machine whose levels rise by one a step, and whose first steps fail.
#[derive(Default)]
struct Machine {
    levels: Mutex<BTreeMap<String, u32>>,
    failures_left: Mutex<u32>,
}

#[async_trait]
impl Reconciler for Arc<Machine> {
    const NAME: &'static str = "test/level";
    const PERIOD: Option<Duration> = Some(Duration::from_secs(5));
    type Root = Level;
    type Actual = u32;
    type Step = u32;

    async fn observe(&self, key: &Key<Level>) -> Result<u32, DriverError> {
        Ok(self.levels.lock().expect("levels").get(&key.id).copied().unwrap_or(0))
    }
    fn plan(&self, world: &Tx, key: &Key<Level>, actual: &u32) -> Vec<u32> {
        world.get(key).into_iter().flat_map(|level| *actual + 1..=level.wanted).collect()
    }
    async fn apply(&self, key: &Key<Level>, step: u32) -> Result<Next, DriverError> {
        let mut left = self.failures_left.lock().expect("failures");
        if *left > 0 {
            *left -= 1;
            return Err(DriverError::failed("raising", "stuck"));
        }
        self.levels.lock().expect("levels").insert(key.id.clone(), step);
        Ok(Next::Settled)
    }
}

fn want(store: &Store, name: &str, wanted: u32) {
    let level = Level {
        place: Place::default(),
        name: name.into(),
        wanted,
    };
    store
        .write(|tx| {
            tx.save(level);
            Ok::<_, StoreError>(())
        })
        .expect("write");
}

#[tokio::test(start_paused = true)]
async fn the_world_follows_the_store_through_failures_and_restarts() {
    let store = Store::in_memory().expect("store");
    let machine = Arc::new(Machine {
        failures_left: Mutex::new(5),
        ..Machine::default()
    });
    want(&store, "before", 2);
    let (stop, stopped) = watch::channel(false);
    let runtime = Runtime::new(Arc::new(Arc::clone(&machine)), store.clone(), Bounds { concurrency: 2 });
    let running = tokio::spawn(runtime.run(stopped));
    tokio::time::sleep(Duration::from_secs(1)).await;
    for n in 0..20 {
        want(&store, &format!("l{n}"), n);
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    let lost = machine.levels.lock().expect("levels").insert("before".into(), 0);
    assert_eq!(lost, Some(2));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let levels = machine.levels.lock().expect("levels").clone();
    assert_eq!(levels.get("before"), Some(&2), "what was lost without a word comes back");
    assert!((1..20).all(|n| levels.get(&format!("l{n}")) == Some(&n)), "{levels:?}");
    stop.send(true).expect("stop");
    running.await.expect("ends");
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_rings_while_there_is_no_room_does_not_ring_again() {
    let mut queue = super::queue::Queue::new();
    let now = tokio::time::Instant::now();
    queue.wake_at("later", now);
    queue.wake("first");
    assert_eq!(queue.take(), Some("first"));
    queue.ripen(now);
    assert_eq!(queue.next_timer(), None);
    assert_eq!(queue.take(), Some("later"));
}
