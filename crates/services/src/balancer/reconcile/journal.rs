//! Access logs on their way from nodes into buckets.
//!
//! **Invariant**: a node forgets lines once they lie in a bucket, not before. What cannot be delivered waits there, within its bound.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tierra_core::{AccountId, AwsError, Call, Caller, DriverError, Key, StoreError};
use tierra_model::Timestamp;

use super::Balancers;
use crate::balancer::access_log::{AccessLog, Source, UNIQUE};
use crate::balancer::model::{Balancer, ZoneNode};
use crate::ec2::network_interface::NetworkInterface;
use crate::s3::{Delivery, deliver};

/// As whom logs are delivered.
const PRINCIPAL: &str = "logdelivery.elasticloadbalancing.amazonaws.com";
/// Objects of one delivery; what is left goes with the next one.
const OBJECTS: usize = 32;

/// What is under way of a node's access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) to: AccessLog,
    /// The end of the interval.
    pub(super) due: Timestamp,
    /// Whose lines they are: known still when the balancer is gone.
    pub(super) from: Source,
}

/// The journals of all nodes that keep one.
#[derive(Default)]
pub(super) struct Journals(Mutex<BTreeMap<String, Journal>>);

impl Journals {
    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<String, Journal>) -> T) -> T {
        // Nothing in here panics half-way.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A node's.
    pub(super) fn of(&self, id: &str) -> Option<Journal> {
        self.with(|all| all.get(id).cloned())
    }

    fn put(&self, id: &str, journal: Journal) {
        self.with(|all| all.insert(id.to_owned(), journal));
    }

    /// Ends a node's.
    pub(super) fn end(&self, id: &str) {
        self.with(|all| all.remove(id));
    }
}

impl Balancers {
    /// Begins a node's journal. The first of a balancer's nodes says in the bucket that logs can be delivered.
    pub(super) async fn begin_journal(&self, key: &Key<ZoneNode>, to: AccessLog) -> Result<(), DriverError> {
        let Some((from, is_first)) = self.rooms.store.read(|tx| {
            let node: Option<ZoneNode> = tx.get(key).map(|found| found.value);
            Ok::<_, StoreError>(node.and_then(|node| {
                let balancer = Balancer::named(tx, &node.place, &node.balancer)?;
                let is_first = balancer.standing(tx).first().is_some_and(|first| first.id == node.id);
                Some((source(tx, &node, &balancer), is_first))
            }))
        })?
        else {
            return Ok(());
        };
        let now = self.rooms.clock.now();
        if is_first {
            self.put_object(key, to.test_file(&from.place, &from.balancer, now)).await;
        }
        let due = to.due(now);
        self.journals.put(&key.id, Journal { to, due, from });
        Ok(())
    }

    /// Delivers a node's lines; the next interval begins.
    pub(super) async fn deliver_logs(&self, key: &Key<ZoneNode>, journal: Journal) -> Result<(), DriverError> {
        let now = self.rooms.clock.now();
        let end = Timestamp(journal.due.0.min(now.0));
        let mut safe = 0;
        for _ in 0..OBJECTS {
            let batch = self.links.take_logs(&self.rooms, &key.id, safe).await?;
            if batch.lost > 0 {
                tracing::warn!(node = %key.id, lost = batch.lost, "lines of an access log were lost");
            }
            if batch.lines.is_empty() {
                break;
            }
            let unique = self.rooms.ids.alnum(UNIQUE);
            if !self
                .put_object(key, journal.to.object(&journal.from, end, &unique, &batch.lines))
                .await
            {
                break;
            }
            safe = batch.batch;
        }
        let due = journal.to.due(now);
        self.journals.put(&key.id, Journal { due, ..journal });
        Ok(())
    }

    /// Whether it lies in its bucket now. A bucket that went is its owner's matter, and no reason to leave the node alone.
    async fn put_object(&self, key: &Key<ZoneNode>, object: Delivery) -> bool {
        let name = format!("{}/{}", object.bucket, object.key);
        let delivered: Result<(), AwsError> = deliver(&self.rooms, &self.call(key), object).await;
        if let Err(error) = &delivered {
            tracing::warn!(object = %name, error = %error.message, "an access log was not delivered");
        }
        delivered.is_ok()
    }

    fn call(&self, key: &Key<ZoneNode>) -> Call {
        let account: AccountId = key.place.account.clone();
        Call {
            caller: Caller::Service {
                account,
                principal: PRINCIPAL.to_owned(),
            },
            place: key.place.clone(),
            now: self.rooms.clock.now(),
            ids: self.rooms.ids.clone(),
            request: self.rooms.ids.uuid(),
            source_ip: None,
            api_version: None,
        }
    }
}

fn source(tx: &tierra_core::Tx, node: &ZoneNode, balancer: &Balancer) -> Source {
    let interface: Option<NetworkInterface> = tx.find(&node.place, &node.interface);
    let address = interface.map(|interface| interface.public.map_or(interface.address, |public| public.address));
    Source {
        place: node.place.clone(),
        kind: balancer.kind,
        balancer: balancer.name.clone(),
        address: address.map(|address| address.to_string()).unwrap_or_default(),
    }
}
