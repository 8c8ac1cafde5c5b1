//! The host's own namespace: a veth to each VPC that has an internet gateway, public addresses led into them, and egress.
//!
//! **Invariant**: every setting that was changed on the host is on record before it is changed, and set back when the last
//! VPC is disconnected. Devices of this cloud are known by their name's beginning, so that none is left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, OwnedFd};

use ipnet::Ipv4Net;
use tokio::sync::Mutex;

use super::links::{Links, MAIN, Routes, Veth, Via};
use super::nft::Firewall;
use super::record::{HostRecord, Records};
use super::sysctl;
use super::topology::{host_net, link_net};
use super::worker::{Place, Worker};
use crate::DriverError;
use crate::network::rules::host::{self, HostRules};
use crate::network::{VpcId, names};

/// How many clouds share the range of veth addresses before they begin to search each other's part of it.
const CLOUDS: u64 = 64;

/// A VPC's connection to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uplink {
    /// Which veth is its own.
    pub index: u16,
    /// The public addresses that lead to it.
    pub publics: BTreeSet<Ipv4Addr>,
}

/// The host's side of a cloud.
#[derive(Debug)]
pub struct Host {
    cloud: String,
    worker: Worker,
    records: Records,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Each VPC's index, connected or not.
    indices: BTreeMap<VpcId, u16>,
    uplinks: BTreeMap<VpcId, Uplink>,
    firewall: Firewall,
    record: HostRecord,
}

impl Host {
    /// Takes up what an earlier process left: `indices` and `uplinks` are those on record. Veths of no VPC are deleted.
    pub async fn adopt(
        cloud: &str,
        records: Records,
        indices: BTreeMap<VpcId, u16>,
        uplinks: BTreeMap<VpcId, Uplink>,
    ) -> Result<Self, DriverError> {
        let worker = Worker::start(Place::Here).await?;
        let record = records.host()?;
        let mut firewall = Firewall::new(format!("tierra_{cloud}"));
        let known: BTreeSet<String> = uplinks.values().map(|one| names::uplink(cloud, one.index)).collect();
        let prefix = format!("{cloud}-up");
        worker
            .run(move |links| async move { drop_strangers(&links, &prefix, &known).await })
            .await?;
        if uplinks.is_empty() {
            restore(&worker, &records, record.clone()).await?;
            if nft_is_there() {
                firewall.remove(&worker).await?;
            }
        }
        let record = if uplinks.is_empty() { HostRecord::default() } else { record };
        if !uplinks.is_empty() {
            firewall.adopt(&worker, host::compile(&rules(cloud, &uplinks, &record))).await?;
        }
        let inner = Mutex::new(Inner {
            indices,
            uplinks,
            firewall,
            record,
        });
        Ok(Self {
            cloud: cloud.to_owned(),
            worker,
            records,
            inner,
        })
    }

    /// The index of a VPC's veth, whether or not it has one yet.
    pub async fn index(&self, vpc: &VpcId) -> Result<u16, DriverError> {
        let mut inner = self.inner.lock().await;
        if let Some(index) = inner.indices.get(vpc) {
            return Ok(*index);
        }
        let there = self.worker.run(|links| async move { links.addresses().await }).await?;
        let mut taken: BTreeSet<Ipv4Addr> = there.iter().map(|(_, net)| net.addr()).collect();
        taken.extend(inner.indices.values().map(|index| names::link(*index).0));
        let first = (names::digest(&self.cloud) % CLOUDS) as u16 * (names::LINK_COUNT / CLOUDS as u16);
        let candidates = (0..names::LINK_COUNT).map(|n| (first + n) % names::LINK_COUNT);
        let free = candidates.into_iter().find(|index| !taken.contains(&names::link(*index).0));
        let index = free.ok_or_else(|| DriverError::Exhausted {
            what: "addresses between host and VPCs".into(),
        })?;
        inner.indices.insert(vpc.clone(), index);
        Ok(index)
    }

    /// Joins a VPC to the host, and leads just these public addresses to it.
    pub async fn connect(&self, vpc: &VpcId, uplink: Uplink, namespace: OwnedFd) -> Result<(), DriverError> {
        let mut inner = self.inner.lock().await;
        let (device, index) = (names::uplink(&self.cloud, uplink.index), uplink.index);
        self.worker
            .run(move |links| async move { join(&links, &device, index, &namespace).await })
            .await?;
        inner.uplinks.insert(vpc.clone(), uplink);
        self.settle(&mut inner).await
    }

    /// Parts a VPC from the host.
    pub async fn disconnect(&self, vpc: &VpcId) -> Result<(), DriverError> {
        let mut inner = self.inner.lock().await;
        let Some(uplink) = inner.uplinks.remove(vpc) else { return Ok(()) };
        let device = names::uplink(&self.cloud, uplink.index);
        self.worker.run(move |links| async move { delete(&links, &device).await }).await?;
        self.settle(&mut inner).await
    }

    /// Lets another VPC have the index.
    pub async fn forget(&self, vpc: &VpcId) {
        self.inner.lock().await.indices.remove(vpc);
    }

    /// Brings the packet filter, the routes and the settings to what the connected VPCs need.
    async fn settle(&self, inner: &mut Inner) -> Result<(), DriverError> {
        if inner.uplinks.is_empty() {
            restore(&self.worker, &self.records, std::mem::take(&mut inner.record)).await?;
            return inner.firewall.remove(&self.worker).await;
        }
        let egress = self.worker.run(|links| async move { egress_device(&links).await }).await?;
        if let Some(device) = egress {
            self.forward_from(inner, device).await?;
        }
        inner
            .firewall
            .apply(&self.worker, host::compile(&rules(&self.cloud, &inner.uplinks, &inner.record)))
            .await?;
        let (cloud, uplinks) = (self.cloud.clone(), inner.uplinks.clone());
        self.worker
            .run(move |links| async move { lead(&links, &cloud, &uplinks).await })
            .await
    }

    /// Lets answers from outside be forwarded, by switching forwarding on where they arrive.
    async fn forward_from(&self, inner: &mut Inner, device: String) -> Result<(), DriverError> {
        let records = self.records.clone();
        let mut record = inner.record.clone();
        inner.record = self
            .worker
            .run(move |_| async move {
                let setting = forwarding(&device);
                if sysctl::get(&setting).is_some_and(|value| value == "0") {
                    record.forwarding.insert(device);
                    records.put_host(&record)?;
                    sysctl::set(&setting, "1")?;
                }
                // Someone switched forwarding on for all: it is theirs now, and nothing is held back.
                if forwards_anyway() {
                    record.forwarding.clear();
                    records.put_host(&record)?;
                }
                Ok(record)
            })
            .await?;
        Ok(())
    }
}

fn forwarding(device: &str) -> String {
    format!("ipv4/conf/{device}/forwarding")
}

fn forwards_anyway() -> bool {
    sysctl::get("ipv4/ip_forward").is_some_and(|value| value == "1")
}

fn nft_is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("nft").exists())
}

fn rules(cloud: &str, uplinks: &BTreeMap<VpcId, Uplink>, record: &HostRecord) -> HostRules {
    HostRules {
        uplinks: uplinks.values().map(|one| names::uplink(cloud, one.index)).collect(),
        publics: uplinks.values().flat_map(|one| one.publics.iter().copied()).collect(),
        guarded: record.forwarding.clone(),
    }
}

async fn restore(worker: &Worker, records: &Records, record: HostRecord) -> Result<(), DriverError> {
    if record.forwarding.is_empty() {
        return Ok(());
    }
    let records = records.clone();
    worker
        .run(move |_| async move {
            for setting in record
                .forwarding
                .iter()
                .map(|device| forwarding(device))
                .filter(|_| !forwards_anyway())
            {
                sysctl::set_present(&[(setting.as_str(), "0")])?;
            }
            records.put_host(&HostRecord::default())
        })
        .await
}

async fn drop_strangers(links: &Links, prefix: &str, known: &BTreeSet<String>) -> Result<(), DriverError> {
    for (name, index) in links.devices().await? {
        if name.starts_with(prefix) && !known.contains(&name) {
            links.delete(index).await?;
        }
    }
    Ok(())
}

async fn delete(links: &Links, device: &str) -> Result<(), DriverError> {
    match links.device(device).await? {
        Some(index) => links.delete(index).await,
        None => Ok(()),
    }
}

async fn join(links: &Links, device: &str, index: u16, namespace: &OwnedFd) -> Result<(), DriverError> {
    if links.device(device).await?.is_none() {
        let veth = Veth {
            name: device,
            peer: names::UPLINK,
            peer_namespace: namespace.as_fd(),
            peer_mac: None,
        };
        if !links.add_veth(veth).await? {
            return Err(DriverError::failed(
                "join a VPC to the host",
                format!("the other end of {device} is there already"),
            ));
        }
    }
    let of = |setting: &str| format!("ipv4/conf/{device}/{setting}");
    // Answers to 127.0.0.1 come in by this device, and by no other.
    sysctl::set(&of("route_localnet"), "1")?;
    sysctl::set(&of("forwarding"), "1")?;
    sysctl::set(&of("rp_filter"), "0")?;
    sysctl::set_present(&[(&format!("ipv6/conf/{device}/disable_ipv6"), "1")])?;
    let found = links
        .device(device)
        .await?
        .ok_or_else(|| DriverError::failed("join a VPC to the host", "its veth has gone"))?;
    links.add_address(found, link_net(names::link(index).0)).await
}

/// The device by which the host reaches the world.
async fn egress_device(links: &Links) -> Result<Option<String>, DriverError> {
    let routes = links.routes().await?;
    let Some(Via::Gateway(_, index) | Via::Device(index)) = routes.get(&(MAIN, Ipv4Net::default())).copied() else {
        return Ok(None);
    };
    Ok(links
        .devices()
        .await?
        .into_iter()
        .find(|(_, device)| *device == index)
        .map(|(name, _)| name))
}

/// Leads each public address's transit address to its VPC.
async fn lead(links: &Links, cloud: &str, uplinks: &BTreeMap<VpcId, Uplink>) -> Result<(), DriverError> {
    let devices = links.devices().await?;
    let mut wanted = Routes::new();
    let mut ours = BTreeSet::new();
    for uplink in uplinks.values() {
        let Some(device) = devices.get(&names::uplink(cloud, uplink.index)) else {
            continue;
        };
        let via = Via::Gateway(names::link(uplink.index).1, *device);
        wanted.extend(uplink.publics.iter().map(|public| ((MAIN, host_net(names::transit(*public))), via)));
        ours.insert(*device);
    }
    let there = links.routes().await?;
    for ((table, to), via) in wanted.iter().filter(|(key, via)| there.get(*key) != Some(via)) {
        links.set_route(*table, *to, *via, 0).await?;
    }
    let stale =
        |key: &(u32, Ipv4Net), via: &Via| !wanted.contains_key(key) && matches!(via, Via::Gateway(_, device) if ours.contains(device));
    for ((table, to), via) in there.iter().filter(|(key, via)| stale(key, via)) {
        links.delete_route(*table, *to, *via).await?;
    }
    Ok(())
}
