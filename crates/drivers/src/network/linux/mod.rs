//! VPC networks on Linux: a namespace a VPC, a veth an interface, nftables outside the guests, a veth to the host.
//!
//! Needs root and nft. **Invariant**: all verbs are idempotent and pick up whatever an earlier process left, at any point.
//! Calls for one VPC that wait for each other become one change, to the newest spec.

pub mod conntrack;
pub mod host;
pub mod links;
pub mod nft;
pub mod plug;
pub mod record;
pub mod sockets;
pub mod sysctl;
pub mod topology;
pub mod vpc;
pub mod worker;

use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::DriverError;
use crate::network::{InterfaceId, Network, Plug, Sockets, VpcId, VpcSpec, VpcState, check};
use host::Host;
use record::{Records, VpcRecord};
use vpc::Vpc;
use worker::Worker;

/// Characters of a cloud's short name: with `-up` and a number it must fit a device name.
const CLOUD_LENGTH: usize = 6;

/// Where a cloud's networks live.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// A short name, `[a-z][a-z0-9]{0,5}`, that its devices on the host begin with and its table ends with: several clouds
    /// share a machine.
    pub cloud: String,
    /// A directory of its own, kept from start to start (but not over a restart of the machine).
    pub run_dir: PathBuf,
}

/// The networks of one cloud.
#[derive(Debug)]
pub struct LinuxNetwork {
    records: Records,
    host: Host,
    slots: Mutex<BTreeMap<VpcId, Arc<Slot>>>,
}

/// A VPC's place. It stays when the VPC goes, so that all who wait for the VPC wait for the same lock.
#[derive(Debug, Default)]
struct Slot {
    newest: Mutex<Newest>,
    live: tokio::sync::Mutex<Live>,
    open: Mutex<Option<Open>>,
}

/// The last spec that was asked for, and how many were.
#[derive(Debug, Default)]
struct Newest {
    ticket: u64,
    spec: Arc<VpcSpec>,
}

/// What is there, and what became of the last change.
#[derive(Debug, Default)]
struct Live {
    vpc: Option<Vpc>,
    done: u64,
    outcome: Option<Result<VpcState, DriverError>>,
}

/// What sockets and plugs need of a VPC that is there.
#[derive(Clone, Debug)]
struct Open {
    worker: Worker,
    spec: Arc<VpcSpec>,
    index: u16,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Holders only copy and assign: a panic elsewhere leaves nothing half-done here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    /// Hands in a spec; the ticket says which changes will include it.
    fn submit(&self, spec: &VpcSpec) -> u64 {
        let mut newest = lock(&self.newest);
        newest.ticket += 1;
        newest.spec = Arc::new(spec.clone());
        newest.ticket
    }

    fn newest(&self) -> (u64, Arc<VpcSpec>) {
        let newest = lock(&self.newest);
        (newest.ticket, newest.spec.clone())
    }

    fn show(&self, vpc: &Vpc, spec: Arc<VpcSpec>) {
        *lock(&self.open) = Some(Open {
            worker: vpc.worker().clone(),
            spec,
            index: vpc.index(),
        });
    }

    fn open(&self) -> Option<Open> {
        lock(&self.open).clone()
    }
}

impl LinuxNetwork {
    /// Takes up what is there of a cloud. The caller's thread is in the host's namespace.
    ///
    /// # Errors
    /// `Refused` for a name that is none; `Failed` where the machine cannot be looked at.
    pub async fn new(config: NetworkConfig) -> Result<Self, DriverError> {
        let letters = config.cloud.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if config.cloud.is_empty()
            || config.cloud.len() > CLOUD_LENGTH
            || !letters
            || config.cloud.starts_with(|first: char| first.is_ascii_digit())
        {
            return Err(DriverError::Refused {
                reason: format!("{:?} is not a short name", config.cloud),
            });
        }
        let records = Records::open(config.run_dir)?;
        let mut slots = BTreeMap::new();
        let (mut indices, mut uplinks) = (BTreeMap::new(), BTreeMap::new());
        for (id, record) in records.vpcs()? {
            let Some(vpc) = Vpc::adopt(&records, &id, &record).await? else {
                records.forget_vpc(&id)?;
                continue;
            };
            indices.insert(id.clone(), record.index);
            uplinks.extend(vpc::uplink(&record.spec, record.index).map(|uplink| (id.clone(), uplink)));
            slots.insert(id, Arc::new(adopted(vpc, record.spec)));
        }
        for id in records.namespaces()?.into_iter().filter(|id| !slots.contains_key(id)) {
            vpc::unbind(&records.namespace(&id))?;
        }
        let host = Host::adopt(&config.cloud, records.clone(), indices, uplinks).await?;
        Ok(Self {
            records,
            host,
            slots: Mutex::new(slots),
        })
    }

    fn slot(&self, id: &VpcId) -> Arc<Slot> {
        lock(&self.slots).entry(id.clone()).or_default().clone()
    }

    fn opened(&self, id: &VpcId) -> Result<Open, DriverError> {
        let slot = lock(&self.slots).get(id).cloned();
        slot.and_then(|slot| slot.open())
            .ok_or_else(|| DriverError::NotFound { what: id.clone() })
    }

    async fn apply(&self, id: &VpcId, slot: &Slot, live: &mut Live, spec: Arc<VpcSpec>) -> Result<VpcState, DriverError> {
        let index = self.host.index(id).await?;
        self.records.put_vpc(
            id,
            &VpcRecord {
                index,
                spec: (*spec).clone(),
            },
        )?;
        // It stays in its place while it is changed: a caller that gives up half-way must not take it along.
        let made = if live.vpc.is_none() {
            Some(Vpc::make(&self.records, id, index).await?)
        } else {
            None
        };
        let vpc = match made {
            Some(made) => live.vpc.insert(made),
            None => live
                .vpc
                .as_mut()
                .ok_or_else(|| DriverError::failed("change a VPC", "it is not there"))?,
        };
        let outcome = vpc.apply(&self.records, &self.host, spec.clone()).await;
        if outcome.is_ok() {
            slot.show(vpc, spec);
        }
        outcome
    }
}

fn adopted(vpc: Vpc, spec: VpcSpec) -> Slot {
    let spec = Arc::new(spec);
    let slot = Slot {
        newest: Mutex::new(Newest {
            ticket: 0,
            spec: spec.clone(),
        }),
        ..Slot::default()
    };
    slot.show(&vpc, spec);
    Slot {
        live: tokio::sync::Mutex::new(Live {
            vpc: Some(vpc),
            ..Live::default()
        }),
        ..slot
    }
}

#[async_trait]
impl Network for LinuxNetwork {
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError> {
        let slots: Vec<_> = lock(&self.slots).iter().map(|(id, slot)| (id.clone(), slot.clone())).collect();
        let mut states = Vec::new();
        for (id, slot) in slots {
            if let Some(vpc) = &slot.live.lock().await.vpc {
                states.push((id, vpc.state(slot.newest().1).await?));
            }
        }
        Ok(states)
    }

    async fn ensure(&self, id: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError> {
        check::id(id)?;
        check::spec(spec)?;
        let slot = self.slot(id);
        let ticket = slot.submit(spec);
        let mut live = slot.live.lock().await;
        if let (true, Some(outcome)) = (live.done >= ticket, &live.outcome) {
            return outcome.clone();
        }
        let (newest, spec) = slot.newest();
        let outcome = self.apply(id, &slot, &mut live, spec).await;
        live.done = newest;
        live.outcome = Some(outcome.clone());
        outcome
    }

    async fn remove(&self, id: &VpcId) -> Result<(), DriverError> {
        check::id(id)?;
        let slot = self.slot(id);
        let mut live = slot.live.lock().await;
        *lock(&slot.open) = None;
        self.host.disconnect(id).await?;
        if let Some(vpc) = &mut live.vpc {
            vpc.clear().await?;
        }
        *live = Live {
            done: live.done,
            ..Live::default()
        };
        vpc::unbind(&self.records.namespace(id))?;
        self.records.forget_vpc(id)?;
        self.host.forget(id).await;
        Ok(())
    }
}

#[async_trait]
impl Sockets for LinuxNetwork {
    async fn listen_tcp(&self, vpc: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.opened(vpc)?.worker.run(move |_| async move { sockets::listen_tcp(at) }).await
    }

    async fn bind_udp(&self, vpc: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.opened(vpc)?.worker.run(move |_| async move { sockets::bind_udp(at) }).await
    }

    async fn connect_tcp(&self, vpc: &VpcId, to: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.opened(vpc)?.worker.run(move |_| async move { sockets::connect_tcp(to) }).await
    }
}

fn owned(netns: BorrowedFd<'_>) -> Result<OwnedFd, DriverError> {
    netns
        .try_clone_to_owned()
        .map_err(|error| DriverError::failed("copy a namespace's descriptor", error))
}

impl Plug for LinuxNetwork {
    fn plug(&self, interface: &InterfaceId, netns: BorrowedFd<'_>, device: &str) -> Result<(), DriverError> {
        let open: Vec<Open> = lock(&self.slots).values().filter_map(|slot| slot.open()).collect();
        let found = open.into_iter().find(|open| open.spec.interfaces.contains_key(interface));
        let vpc = found.ok_or_else(|| DriverError::NotFound { what: interface.clone() })?;
        plug::plug(&vpc.worker, &vpc.spec, vpc.index, interface, owned(netns)?, device)
    }

    fn unplug(&self, _: &InterfaceId, netns: BorrowedFd<'_>, device: &str) -> Result<(), DriverError> {
        plug::unplug(owned(netns)?, device)
    }
}
