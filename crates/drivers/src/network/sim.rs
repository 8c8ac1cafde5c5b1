//! The network driver's `sim` twin: VPCs in memory, which can be asked whether a packet would pass.
//!
//! **Invariant**: it refuses what the `linux` twin refuses, and lets pass what that one lets pass; it touches no machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::DriverError;
use crate::network::policy::{self, End, Probe};
use crate::network::{InterfaceId, Network, Plug, Sockets, VpcId, VpcSpec, VpcState, check};

/// Networks in memory.
#[derive(Debug, Default)]
pub struct SimNetwork {
    vpcs: Mutex<BTreeMap<VpcId, SimVpc>>,
}

#[derive(Debug, Default)]
struct SimVpc {
    spec: VpcSpec,
    plugged: BTreeSet<InterfaceId>,
}

impl SimVpc {
    fn state(&self) -> VpcState {
        VpcState {
            interfaces: self.plugged.clone(),
        }
    }
}

impl SimNetwork {
    /// No VPC at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the first packet of a flow would reach its receiver. Interfaces that are not plugged send and receive nothing.
    pub fn passes(&self, vpc: &VpcId, from: &End, to: &End, probe: Probe) -> bool {
        let vpcs = self.lock();
        let Some(vpc) = vpcs.get(vpc) else { return false };
        let there = |end: &End| matches!(end, End::Internet(_)) || matches!(end, End::Interface(id) if vpc.plugged.contains(id));
        there(from) && there(to) && policy::allows(&vpc.spec, from, to, probe)
    }

    /// What a VPC's network was last told to be.
    pub fn spec(&self, vpc: &str) -> Option<VpcSpec> {
        self.lock().get(vpc).map(|vpc| vpc.spec.clone())
    }

    /// Which interface has this public address.
    pub fn by_public(&self, public: Ipv4Addr) -> Option<(VpcId, InterfaceId)> {
        let vpcs = self.lock();
        vpcs.iter().find_map(|(vpc, one)| {
            let interface = one.spec.interfaces.iter().find(|(_, interface)| interface.public == Some(public))?;
            Some((vpc.clone(), interface.0.clone()))
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<VpcId, SimVpc>> {
        // No holder can panic half-way through a change: each is one insertion or removal.
        self.vpcs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn no_sockets() -> DriverError {
        DriverError::Missing {
            what: "a network with sockets".into(),
            hint: "the simulated one only answers whether packets pass".into(),
        }
    }
}

#[async_trait]
impl Network for SimNetwork {
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError> {
        Ok(self.lock().iter().map(|(id, vpc)| (id.clone(), vpc.state())).collect())
    }

    async fn ensure(&self, id: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError> {
        check::id(id)?;
        check::spec(spec)?;
        let mut vpcs = self.lock();
        let vpc = vpcs.entry(id.clone()).or_default();
        vpc.plugged.retain(|interface| spec.interfaces.contains_key(interface));
        vpc.spec = spec.clone();
        Ok(vpc.state())
    }

    async fn remove(&self, id: &VpcId) -> Result<(), DriverError> {
        self.lock().remove(id);
        Ok(())
    }
}

#[async_trait]
impl Sockets for SimNetwork {
    fn are_real(&self) -> bool {
        false
    }

    async fn listen_tcp(&self, _: &VpcId, _: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        Err(Self::no_sockets())
    }

    async fn bind_udp(&self, _: &VpcId, _: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        Err(Self::no_sockets())
    }

    async fn connect_tcp(&self, _: &VpcId, _: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        Err(Self::no_sockets())
    }
}

impl Plug for SimNetwork {
    fn plug(&self, interface: &InterfaceId, _: BorrowedFd<'_>, _: &str) -> Result<(), DriverError> {
        let mut vpcs = self.lock();
        let vpc = vpcs.values_mut().find(|vpc| vpc.spec.interfaces.contains_key(interface));
        let vpc = vpc.ok_or_else(|| DriverError::NotFound { what: interface.clone() })?;
        vpc.plugged.insert(interface.clone());
        Ok(())
    }

    fn unplug(&self, interface: &InterfaceId, _: BorrowedFd<'_>, _: &str) -> Result<(), DriverError> {
        for vpc in self.lock().values_mut() {
            vpc.plugged.remove(interface);
        }
        Ok(())
    }
}
