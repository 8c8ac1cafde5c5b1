//! Does what the plan says, and writes what came of it.

use tierra_core::reconcile::Next;
use tierra_core::{DriverError, Key, StoreError, Tx};
use tierra_dataplane::balancer::config::{Config, Kind};
use tierra_dataplane::balancer::control::Report;

use super::Balancers;
use super::plan::Step;
use crate::balancer::model::{Balancer, Drain, NodeStatus, ZoneNode};
use crate::balancer::{NodeCounts, lifecycle};
use crate::ec2::network_interface::{self, NetworkInterface};
use crate::{elb, elbv2, node};

impl Balancers {
    pub(super) async fn apply(&self, key: &Key<ZoneNode>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Configure(config) => self.configure(key, *config).await?,
            Step::Note { health, drained, failing } => self.note(key, |status| {
                status.health = health;
                status.drained = drained;
                status.failing = failing;
            })?,
            Step::Silent(trouble) => self.note(key, |status| {
                status.serves = false;
                status.trouble = trouble;
            })?,
            Step::Count(kind, report) => self.count(key, kind, &report)?,
            Step::Release(drain) => self.release(key, &drain)?,
            Step::BeginJournal(to) => self.begin_journal(key, to).await?,
            Step::Deliver(journal) => self.deliver_logs(key, *journal).await?,
            Step::EndJournal => self.journals.end(&key.id),
            Step::End => self.end(key)?,
            Step::Forget => self.forget(key)?,
            Step::Wait(time) => return Ok(Next::After(time)),
        }
        Ok(Next::Settled)
    }

    async fn configure(&self, key: &Key<ZoneNode>, config: Config) -> Result<(), DriverError> {
        let problems = self.links.configure(&self.rooms, &key.id, config).await?;
        let told: Vec<String> = problems
            .into_iter()
            .map(|one| format!("port {}: {}", one.port, one.problem))
            .collect();
        let trouble = (!told.is_empty()).then(|| told.join("; "));
        self.note(key, |status| {
            status.has_served = true;
            status.serves = true;
            status.trouble = trouble;
        })
    }

    /// Changes a node's status, where that is news.
    fn note(&self, key: &Key<ZoneNode>, change: impl FnOnce(&mut NodeStatus)) -> Result<(), DriverError> {
        let written = self.rooms.store.write(|tx: &mut Tx| {
            if let Some(mut node) = tx.get(key).map(|found| found.value) {
                let before = node.status.clone();
                change(&mut node.status);
                if node.status != before {
                    tx.save(node.clone());
                }
                let balancer = Balancer::named(tx, &node.place, &node.balancer);
                if let Some(balancer) = balancer.filter(|_| node.status.failing != before.failing) {
                    lifecycle::name(tx, &balancer);
                }
            }
            Ok::<_, StoreError>(())
        });
        Ok(written?)
    }

    fn count(&self, key: &Key<ZoneNode>, kind: Kind, report: &Report) -> Result<(), DriverError> {
        let node: Option<ZoneNode> = self.rooms.store.read(|tx| Ok::<_, StoreError>(tx.find(&key.place, &key.id)))?;
        let Some(node) = node else { return Ok(()) };
        let counts = NodeCounts {
            place: node.place,
            kind,
            balancer: node.balancer,
            zone: node.zone,
            life: report.life,
            counts: report.counts,
            groups: report.groups.clone(),
        };
        self.rooms.balancers.keep(&key.id, counts);
        Ok(())
    }

    fn release(&self, key: &Key<ZoneNode>, drain: &Drain) -> Result<(), DriverError> {
        let written = self.rooms.store.write(|tx: &mut Tx| {
            let node: Option<ZoneNode> = tx.find(&key.place, &key.id);
            match node.and_then(|node| Balancer::named(tx, &node.place, &node.balancer)) {
                Some(balancer) if balancer.kind == Kind::Application => elbv2::release(tx, &balancer, drain),
                Some(balancer) => elb::release(tx, &balancer, drain),
                None => {}
            }
            Ok::<_, StoreError>(())
        });
        Ok(written?)
    }

    fn end(&self, key: &Key<ZoneNode>) -> Result<(), DriverError> {
        self.journals.end(&key.id);
        let written = self.rooms.store.write(|tx: &mut Tx| {
            if let Some(row) = tx.get(key) {
                node::end(tx, &row.place, &row.id);
            }
            Ok::<_, StoreError>(())
        });
        Ok(written?)
    }

    fn forget(&self, key: &Key<ZoneNode>) -> Result<(), DriverError> {
        self.links.forget(&key.id);
        self.rooms.balancers.forget(&key.id);
        let written = self.rooms.store.write(|tx: &mut Tx| {
            let node: Option<ZoneNode> = tx.find(&key.place, &key.id);
            let interface = node.and_then(|node| tx.find::<NetworkInterface>(&node.place, &node.interface));
            if let Some(interface) = interface {
                network_interface::delete(tx, &interface);
            }
            tx.delete(key);
            Ok::<_, StoreError>(())
        });
        Ok(written?)
    }
}
