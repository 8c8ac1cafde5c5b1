//! When health is checked: one task a target, for as long as the target and its group's check stay as they are.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::sleep;

use super::probe::{Asker, probe};
use crate::balancer::config::{HealthCheck, Kind};
use crate::balancer::live::{Live, Target};
use crate::balancer::local::Task;
use crate::balancer::tls::ClientTls;

/// The checks under way. Dropped, they end.
#[derive(Debug)]
pub struct Checks {
    tasks: HashMap<u64, (HealthCheck, Task)>,
    changes: watch::Sender<u64>,
    tls: ClientTls,
}

impl Checks {
    /// No checks yet.
    pub fn new() -> Self {
        Self {
            tasks: HashMap::new(),
            changes: watch::channel(0).0,
            tls: ClientTls::new(),
        }
    }

    /// Counts the changes of health.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Checks what a configuration says, and nothing else. Health is news by that alone: targets come and go.
    pub fn follow(&mut self, live: &Live) {
        let mut before = std::mem::take(&mut self.tasks);
        for group in live.groups.values().filter(|group| group.spec.health_check.enabled) {
            let check = &group.spec.health_check;
            for member in group.members.iter().filter(|member| !member.draining) {
                let target = &member.target;
                let kept = before.remove(&target.serial).filter(|(known, _)| known == check);
                let entry = kept.unwrap_or_else(|| (check.clone(), self.begin(target, check, live.kind)));
                self.tasks.insert(target.serial, entry);
            }
        }
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn begin(&self, target: &Arc<Target>, check: &HealthCheck, kind: Kind) -> Task {
        let (target, check) = (Arc::clone(target), check.clone());
        let (changes, tls) = (self.changes.clone(), self.tls.clone());
        Task::spawn(async move { keep_checking(&target, &check, kind, &changes, &tls).await })
    }
}

async fn keep_checking(target: &Target, check: &HealthCheck, kind: Kind, changes: &watch::Sender<u64>, tls: &ClientTls) {
    // "Each target must pass one health check to be considered healthy" holds for target groups; a Classic Load Balancer's
    // instance begins out of service.
    let (user_agent, first) = match kind {
        Kind::Application => ("ELB-HealthChecker/2.0", 1),
        Kind::Classic => ("ELB-HealthChecker/1.0", check.healthy_threshold),
    };
    let mut address = target.address;
    address.set_port(check.port.unwrap_or(address.port()));
    loop {
        let outcome = probe(address, check, Asker { user_agent }, tls).await;
        if target.note(outcome, check, first) {
            changes.send_modify(|changes| *changes += 1);
        }
        sleep(check.interval.duration()).await;
    }
}
