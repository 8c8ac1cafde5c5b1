//! The whole control plane in one thread: edge, store, reconcilers and CloudFormation's engine over a machine of words, under one
//! seed, a clock that jumps, faults and crashes.
//!
//! Map: `world` the cloud, its disk and its crashes · `machine` and `faulty` the drivers and what goes wrong on them · `balancer` what runs in balancers' nodes · `request`, `promise` and `client` who
//! asks · `actions/` what is asked, a table a service · `templates` of stacks · `chaos` what goes wrong meanwhile · `invariants` what
//! must hold when it is quiet.
//!
//! **Invariant**: nothing here reads a clock, draws chance or runs a thread of its own, so that a seed always gives the same history,
//! byte for byte. `TIERRA_SEED=7 cargo nextest run -p tierra simulation` plays one again; `TIERRA_SEEDS=500` plays that many;
//! `TIERRA_HISTORY=file` keeps the last one.

mod actions;
mod balancer;
mod chaos;
mod client;
mod dice;
mod faulty;
mod invariants;
mod machine;
mod promise;
mod request;
mod templates;
mod world;

use std::sync::Arc;
use std::time::Duration;

use client::Client;
use dice::Dice;
use tokio::task::JoinSet;
use tokio::time::Instant;
use world::World;

/// Seeds of a normal run.
const SEEDS: u64 = 4;
/// Clients at once.
const CLIENTS: u64 = 4;
/// How often the world comes to rest and is looked at.
const ROUNDS: u64 = 2;
/// How long the clients are busy in each round.
const BUSY: Duration = Duration::from_secs(40);

/// One history: what was asked and answered, and how often.
struct History {
    text: String,
    answers: usize,
}

fn play(seed: u64) -> History {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let told = Told(seed);
    let history = runtime.block_on(live(seed));
    std::mem::forget(told);
    history
}

/// Says the seed where a history does not end well.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        eprintln!("play it again: TIERRA_SEED={} cargo nextest run -p tierra simulation", self.0);
    }
}

async fn live(seed: u64) -> History {
    let world = Arc::new(World::new(seed));
    world.open().await;
    let mut clients: Vec<Client> = (0..CLIENTS).map(|n| Client::new(&world, seed, n)).collect();
    for _ in 0..ROUNDS {
        clients = busy(&world, clients, seed).await;
        world.come_to_rest().await;
        invariants::check(&world, &clients).await;
    }
    world.clear_up(&mut clients[0]).await;
    world.come_to_rest().await;
    invariants::check(&world, &clients).await;
    invariants::nothing_is_left(&world);
    world.close().await;
    let text = world.history();
    if let Ok(file) = std::env::var("TIERRA_HISTORY") {
        std::fs::write(file, &text).expect("the file for the history");
    }
    History {
        answers: text.lines().filter(|line| line.starts_with("< ")).count(),
        text,
    }
}

/// Everyone at work, while things go wrong.
async fn busy(world: &Arc<World>, clients: Vec<Client>, seed: u64) -> Vec<Client> {
    let until = Instant::now() + BUSY;
    let mut work = JoinSet::new();
    for client in clients {
        work.spawn(client.run(until));
    }
    chaos::rule(world, &Dice::new(seed, "chaos"), until).await;
    let mut clients = work.join_all().await;
    clients.sort_by_key(Client::number);
    clients
}

/// The seeds to play: one, or as many as asked for.
fn seeds() -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("TIERRA_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("TIERRA_SEEDS").unwrap_or(SEEDS)).collect(),
    }
}

#[test]
fn a_simulation_stays_true_whatever_goes_wrong() {
    for seed in seeds() {
        let history = play(seed);
        assert!(history.answers > 50, "seed {seed}: only {} answers", history.answers);
    }
}

#[test]
fn a_simulation_gives_the_same_history_byte_for_byte() {
    let seed = seeds()[0];
    let (first, again) = (play(seed), play(seed));
    let lines = first.text.lines().zip(again.text.lines());
    let differs = lines.enumerate().find(|(_, (a, b))| a != b);
    assert!(differs.is_none(), "seed {seed}, {differs:#?}");
    assert_eq!(first.text.len(), again.text.len(), "seed {seed}");
    assert_ne!(first.text, play(seed + 1).text);
}
