//! A target: where it is, how it is, and how much it has to do.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::balancer::config::{self, HealthCheck, TargetGroup, TargetId};
use crate::balancer::control::{Health, HealthState};
use crate::balancer::cookie::Token;
use crate::balancer::counters::{Sum, Sums};
use crate::balancer::health::{Monitor, Outcome};

/// Numbers targets over the life of the process.
static SERIAL: AtomicU64 = AtomicU64::new(1);

/// A target, the same for as long as it is in its group.
#[derive(Debug)]
pub struct Target {
    /// No other target of this process has it.
    pub serial: u64,
    /// Its name within the group.
    pub id: TargetId,
    /// Where it is.
    pub address: SocketAddr,
    /// Its zone.
    pub zone: Option<String>,
    /// Names it in cookies.
    pub token: Token,
    made: Instant,
    healthy: AtomicBool,
    /// Milliseconds from `made` to when it became healthy.
    healthy_since: AtomicU64,
    monitor: Mutex<Monitor>,
    loads: Sums<Sum>,
}

impl Target {
    pub(super) fn new(group: &TargetGroup, target: config::Target, key: &str, threads: usize) -> Self {
        Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            token: Token::new(key, &[&group.id.0, &target.id.0]),
            id: target.id,
            address: target.address,
            zone: target.zone,
            made: Instant::now(),
            healthy: AtomicBool::new(false),
            healthy_since: AtomicU64::new(0),
            monitor: Mutex::default(),
            loads: Sums::new(threads),
        }
    }

    /// Whether its checks say that it is well.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// How long it has been healthy.
    pub fn healthy_for(&self) -> Duration {
        let since = Duration::from_millis(self.healthy_since.load(Ordering::Relaxed));
        self.made.elapsed().saturating_sub(since)
    }

    /// Its health by its checks.
    pub fn health(&self) -> Health {
        self.monitor.lock().unwrap_or_else(PoisonError::into_inner).health().clone()
    }

    /// Takes the end of a check in; says whether its health changed.
    pub fn note(&self, outcome: Outcome, check: &HealthCheck, first: u32) -> bool {
        let mut monitor = self.monitor.lock().unwrap_or_else(PoisonError::into_inner);
        let before = monitor.health().clone();
        monitor.note(outcome, check, first);
        let healthy = monitor.health().state == HealthState::Healthy;
        if healthy && before.state != HealthState::Healthy {
            let since = self.made.elapsed().as_millis() as u64;
            self.healthy_since.store(since, Ordering::Relaxed);
        }
        self.healthy.store(healthy, Ordering::Relaxed);
        before != *monitor.health()
    }

    /// Requests and connections under way, over all threads.
    pub fn outstanding(&self) -> u64 {
        self.loads.total(0, |load, sum| *sum += load.get())
    }

    /// The requests and connections under way that one thread counts.
    pub fn load(&self, thread: usize) -> &Sum {
        self.loads.of(thread)
    }
}
