//! VPC networks. What a VPC should be is one value, [`VpcSpec`]; the driver applies the difference to what is there.
//! Addresses are routed as /32s, every packet passes the forward hook, and groups are enforced outside the guest.
//!
//! Inside a VPC: 169.254.169.254 is metadata, 169.254.169.253 and the third address of each block the resolver,
//! 169.254.169.250 the AWS endpoints; all interfaces reach them whatever their groups say. A client on the host comes as
//! 203.0.113.1, by a public address of 127.100.0.0/16 ([`names`] has them all). Revoking a rule stops new flows; those that
//! are under way go on, as AWS's tracked connections do. The cloud's own connections into a VPC ([`Sockets`]) pass no group.

pub mod check;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod names;
pub mod policy;
pub mod rules;
pub mod service;
pub mod sim;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;

use async_trait::async_trait;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::DriverError;

/// `vpc-0123…`
pub type VpcId = String;
/// `eni-0123…`
pub type InterfaceId = String;
/// `sg-0123…`
pub type GroupId = String;
/// `subnet-0123…`
pub type SubnetId = String;

/// What a VPC's network should be, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcSpec {
    /// Its address blocks.
    pub cidrs: BTreeSet<Ipv4Net>,
    /// Its subnets.
    pub subnets: BTreeMap<SubnetId, SubnetSpec>,
    /// Its interfaces.
    pub interfaces: BTreeMap<InterfaceId, InterfaceSpec>,
    /// The security groups that its interfaces name, and those that their rules name.
    pub groups: BTreeMap<GroupId, GroupSpec>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetSpec {
    /// Its block, /28 or larger; the first address is the gateway's, the first four and the last are no interface's.
    pub cidr: Ipv4Net,
    /// Its route table, longest prefix wins. The VPC's own blocks are always local.
    pub routes: BTreeMap<Ipv4Net, Target>,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The internet, for interfaces that have a public address.
    InternetGateway,
    /// An interface of this VPC (an instance that routes, a NAT gateway's node).
    Interface(InterfaceId),
    /// Nowhere: packets are dropped.
    Blackhole,
}

/// An elastic network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceSpec {
    /// The subnet that it lies in.
    pub subnet: SubnetId,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Further private addresses that lead to it. What is inside has to take them up itself, as on AWS.
    #[serde(default)]
    pub secondary: BTreeSet<Ipv4Addr>,
    /// Its hardware address.
    pub mac: [u8; 6],
    /// Its security groups.
    pub groups: BTreeSet<GroupId>,
    /// Its public address, of the host's loopback range (127.100.0.0/16).
    pub public: Option<Ipv4Addr>,
    /// Whether packets not from or to its own address are dropped.
    pub source_dest_check: bool,
}

impl InterfaceSpec {
    /// Every private address, the first one first.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        std::iter::once(self.address).chain(self.secondary.iter().copied())
    }
}

/// A security group. What no rule allows is dropped; answers to what was allowed always pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSpec {
    /// What may come in.
    pub ingress: BTreeSet<Rule>,
    /// What may go out.
    pub egress: BTreeSet<Rule>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// What kind of packet.
    pub traffic: Traffic,
    /// To or from whom.
    pub peer: Peer,
}

/// A kind of packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Traffic {
    /// All.
    Any,
    /// TCP to these ports, both ends included.
    Tcp(u16, u16),
    /// UDP to these ports, both ends included.
    Udp(u16, u16),
    /// ICMP of this type and code; `None` is every one.
    Icmp(Option<u8>, Option<u8>),
    /// Another protocol, by number.
    Protocol(u8),
}

/// The other side of a permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Peer {
    /// Addresses.
    Cidr(Ipv4Net),
    /// The members of a group, this one included where it names itself.
    Group(GroupId),
}

/// What of a VPC is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcState {
    /// The interfaces that its namespace routes to.
    pub interfaces: BTreeSet<InterfaceId>,
}

/// VPC networks, by three verbs. All are idempotent.
#[async_trait]
pub trait Network: Send + Sync {
    /// Every VPC network on the machine, whoever made it.
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError>;
    /// Makes it so, by the smallest change: what stays is never interrupted. In force when this returns.
    async fn ensure(&self, id: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError>;
    /// Takes the network and all in it away. Succeeds where there is nothing.
    async fn remove(&self, id: &VpcId) -> Result<(), DriverError>;
}

/// Sockets inside a VPC's network, for what the cloud itself serves there (metadata, names, AWS endpoints) or asks there.
#[async_trait]
pub trait Sockets: Send + Sync {
    /// Whether there are any: a network of words has none, and nothing can be served in it.
    fn are_real(&self) -> bool {
        true
    }
    /// A listening TCP socket (backlog set, non-blocking) on an address of the VPC's own namespace.
    async fn listen_tcp(&self, vpc: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError>;
    /// A bound UDP socket, non-blocking.
    async fn bind_udp(&self, vpc: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError>;
    /// A TCP connection begun from inside the VPC, non-blocking.
    async fn connect_tcp(&self, vpc: &VpcId, to: SocketAddrV4) -> Result<OwnedFd, DriverError>;
}

/// How the compute driver puts interfaces into a sandbox; both twins live in the agent.
pub trait Plug: Send + Sync {
    /// Makes the interface's veth with its guest end in the network namespace `netns`, named `device`, up, with its address,
    /// mask and default route, and routes its address to it. Replaces what an earlier sandbox left. Blocks for some
    /// milliseconds.
    ///
    /// # Errors
    /// `NotFound` where no VPC spec that was applied has this interface; `Failed` where the sandbox has another `device`.
    fn plug(&self, interface: &InterfaceId, netns: std::os::fd::BorrowedFd<'_>, device: &str) -> Result<(), DriverError>;

    /// Takes the interface's `device` out of the network namespace `netns`; one that was plugged in elsewhere since stays there.
    /// Succeeds where there is none.
    ///
    /// # Errors
    /// `Failed` where the kernel does not do it.
    fn unplug(&self, interface: &InterfaceId, netns: std::os::fd::BorrowedFd<'_>, device: &str) -> Result<(), DriverError>;
}
