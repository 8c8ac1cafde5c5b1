//! What runs in balancers' nodes: it takes every configuration, and finds every target well. A node that dies forgets what it was
//! told, and its conversations break off.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tierra_dataplane::balancer::config::{Config, TargetGroup};
use tierra_dataplane::balancer::control::{Health, HealthState, Order, Reason, Reply, Report, TargetReport, read, write};
use tierra_drivers::compute::inside::{Command, Output};
use tierra_drivers::compute::sim::Inhabitant;
use tokio::net::UnixStream;

/// Every balancer's node of the machine. Clones share them.
#[derive(Clone, Default)]
pub struct Nodes(Arc<Mutex<Lives>>);

#[derive(Default)]
struct Lives {
    begun: u64,
    by_node: BTreeMap<String, Life>,
}

/// A node from its start to its end.
struct Life {
    number: u64,
    config: Option<Config>,
}

impl Nodes {
    fn with<T>(&self, look: impl FnOnce(&mut Lives) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The node dies.
    pub fn die(&self, id: &str) {
        self.with(|lives| lives.by_node.remove(id));
    }

    /// All die.
    pub fn die_all(&self) {
        self.with(|lives| lives.by_node.clear());
    }

    /// What a node serves.
    pub fn config(&self, id: &str) -> Option<Config> {
        self.with(|lives| lives.by_node.get(id)?.config.clone())
    }

    /// The life that a node is in: the one that it was in, or a new one.
    fn life(&self, id: &str) -> u64 {
        self.with(|lives| {
            let number = lives.begun + 1;
            let life = lives.by_node.entry(id.to_owned()).or_insert(Life { number, config: None });
            lives.begun = lives.begun.max(life.number);
            life.number
        })
    }

    fn answer(&self, id: &str, number: u64, order: Order) -> Option<Reply> {
        self.with(|lives| {
            let life = lives.by_node.get_mut(id).filter(|life| life.number == number)?;
            Some(match order {
                Order::Configure(config) => {
                    let revision = config.revision;
                    life.config = Some(*config);
                    let problems = Vec::new();
                    Reply::Configured { revision, problems }
                }
                Order::Report { .. } => Reply::Report(Box::new(life.report())),
                Order::TakeLogs { .. } => Reply::Logs(Default::default()),
                Order::End => Reply::Ending,
            })
        })
    }

    async fn converse(self, id: String, number: u64, mut stream: UnixStream) {
        while let Ok(Some(order)) = read::<Order>(&mut stream).await {
            let Some(reply) = self.answer(&id, number, order) else { return };
            if write(&mut stream, &reply).await.is_err() {
                return;
            }
        }
    }
}

impl Life {
    fn report(&self) -> Report {
        let groups = self.config.iter().flat_map(|config| &config.groups);
        Report {
            revision: self.config.as_ref().map_or(0, |config| config.revision),
            life: self.number,
            targets: groups.map(|group| (group.id.clone(), targets(group))).collect(),
            ..Report::default()
        }
    }
}

fn targets(group: &TargetGroup) -> BTreeMap<tierra_dataplane::balancer::config::TargetId, TargetReport> {
    let health = |draining| Health {
        state: if draining { HealthState::Draining } else { HealthState::Healthy },
        reason: draining.then_some(Reason::DeregistrationInProgress),
        description: None,
    };
    let told = group.targets.iter().map(|target| {
        let report = TargetReport {
            health: health(target.draining),
            outstanding: 0,
        };
        (target.id.clone(), report)
    });
    told.collect()
}

impl Inhabitant for Nodes {
    fn run(&self, _: &str, _: &Command) -> Output {
        Output::default()
    }

    fn serve(&self, id: &str, _: &str, stream: UnixStream) -> bool {
        let number = self.life(id);
        tokio::spawn(self.clone().converse(id.to_owned(), number, stream));
        true
    }
}
