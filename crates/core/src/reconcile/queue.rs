//! Which keys are due: each at most once, none while it is worked on, later ones by time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

/// Backoff after the first failure; it doubles with each further one.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
/// Backoff at the most.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The keys that a runtime knows. Not thread-safe: one loop owns it.
pub(super) struct Queue<K> {
    due: BTreeSet<K>,
    later: BTreeMap<K, Instant>,
    working: BTreeSet<K>,
    failures: BTreeMap<K, u32>,
}

impl<K: Ord + Clone> Queue<K> {
    pub(super) fn new() -> Self {
        Self {
            due: BTreeSet::new(),
            later: BTreeMap::new(),
            working: BTreeSet::new(),
            failures: BTreeMap::new(),
        }
    }

    /// Something changed: look at it as soon as there is room.
    pub(super) fn wake(&mut self, key: K) {
        self.later.remove(&key);
        self.due.insert(key);
    }

    /// Look at it at `when`, unless it is woken sooner.
    pub(super) fn wake_at(&mut self, key: K, when: Instant) {
        if !self.due.contains(&key) {
            let at = self.later.entry(key).or_insert(when);
            *at = (*at).min(when);
        }
    }

    /// What became due by time is due, whether there is room for it or not: no timer that has rung is left to ring again.
    pub(super) fn ripen(&mut self, now: Instant) {
        let ripe: Vec<K> = self
            .later
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(key, _)| key.clone())
            .collect();
        ripe.into_iter().for_each(|key| self.wake(key));
    }

    /// The next key to work on.
    pub(super) fn take(&mut self) -> Option<K> {
        let key = self.due.iter().find(|key| !self.working.contains(key))?.clone();
        self.due.remove(&key);
        self.working.insert(key.clone());
        Some(key)
    }

    /// It went well.
    pub(super) fn done(&mut self, key: &K) {
        self.working.remove(key);
        self.failures.remove(key);
    }

    /// It failed: it comes back by itself.
    pub(super) fn failed(&mut self, key: &K, now: Instant) {
        self.working.remove(key);
        let failures = self.failures.entry(key.clone()).or_default();
        let backoff = FIRST_BACKOFF.saturating_mul(1 << (*failures).min(16)).min(LONGEST_BACKOFF);
        *failures += 1;
        self.wake_at(key.clone(), now + backoff);
    }

    /// When the earliest later key becomes due.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.later.values().min().copied()
    }

    pub(super) fn working(&self) -> usize {
        self.working.len()
    }
}
