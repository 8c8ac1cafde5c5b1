//! Whether a VPC lets a packet pass, straight from its spec: the model that the packet filter is tested against, and what
//! the `sim` twin answers with.
//!
//! **Invariant**: pure, and written from AWS's description of security groups ("Control traffic to your AWS resources using
//! security groups"), not from the filter's rules.

use std::net::Ipv4Addr;

use crate::network::service::{ICMP, TCP, UDP};
use crate::network::{GroupSpec, InterfaceId, InterfaceSpec, Peer, Rule, Target, Traffic, VpcSpec};

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// An interface of the VPC, by its private address.
    Interface(InterfaceId),
    /// An address outside; as the receiver of an interface's packet, or the sender to an interface's public address.
    Internet(Ipv4Addr),
}

/// The first packet of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// TCP to this port.
    Tcp(u16),
    /// UDP to this port.
    Udp(u16),
    /// ICMP of this type and code.
    Icmp(u8, u8),
    /// Another protocol.
    Protocol(u8),
}

/// Whether the first packet of a flow from one end reaches the other. Answers follow it whatever the rules say.
pub fn allows(spec: &VpcSpec, from: &End, to: &End, probe: Probe) -> bool {
    match (from, to) {
        (End::Interface(from), End::Interface(to)) => match (spec.interfaces.get(from), spec.interfaces.get(to)) {
            (Some(from), Some(to)) => permitted(spec, from, to.address, probe, egress) && permitted(spec, to, from.address, probe, ingress),
            _ => false,
        },
        (End::Internet(from), End::Interface(to)) => spec
            .interfaces
            .get(to)
            .is_some_and(|to| public(spec, to, *from) && permitted(spec, to, *from, probe, ingress)),
        (End::Interface(from), End::Internet(to)) => spec
            .interfaces
            .get(from)
            .is_some_and(|from| public(spec, from, *to) && permitted(spec, from, *to, probe, egress)),
        (End::Internet(_), End::Internet(_)) => false,
    }
}

fn ingress(group: &GroupSpec) -> impl Iterator<Item = &Rule> {
    group.ingress.iter()
}

fn egress(group: &GroupSpec) -> impl Iterator<Item = &Rule> {
    group.egress.iter()
}

/// Whether any group of `interface` has a rule, of the side that `side` takes, for this packet and this other address.
fn permitted<'a, I: Iterator<Item = &'a Rule>>(
    spec: &'a VpcSpec,
    interface: &InterfaceSpec,
    other: Ipv4Addr,
    probe: Probe,
    side: impl Fn(&'a GroupSpec) -> I,
) -> bool {
    let groups = interface.groups.iter().filter_map(|id| spec.groups.get(id));
    groups
        .flat_map(side)
        .any(|rule| names(rule.traffic, probe) && is_peer(spec, &rule.peer, other))
}

fn is_peer(spec: &VpcSpec, peer: &Peer, address: Ipv4Addr) -> bool {
    match peer {
        Peer::Cidr(block) => block.contains(&address),
        Peer::Group(group) => spec
            .interfaces
            .values()
            .any(|one| one.groups.contains(group) && one.addresses().any(|one| one == address)),
    }
}

fn names(traffic: Traffic, probe: Probe) -> bool {
    match (traffic, probe) {
        (Traffic::Any, _) => true,
        (Traffic::Tcp(low, high), Probe::Tcp(port)) | (Traffic::Udp(low, high), Probe::Udp(port)) => (low..=high).contains(&port),
        (Traffic::Icmp(kind, code), Probe::Icmp(k, c)) => kind.is_none_or(|kind| kind == k && code.is_none_or(|code| code == c)),
        (Traffic::Protocol(number), probe) => number == protocol(probe),
        _ => false,
    }
}

fn protocol(probe: Probe) -> u8 {
    match probe {
        Probe::Tcp(_) => TCP,
        Probe::Udp(_) => UDP,
        Probe::Icmp(..) => ICMP,
        Probe::Protocol(number) => number,
    }
}

/// Whether `interface` has a public address, and its subnet's most specific route to `outside` leads to the internet gateway.
fn public(spec: &VpcSpec, interface: &InterfaceSpec, outside: Ipv4Addr) -> bool {
    if interface.public.is_none() || spec.cidrs.iter().any(|block| block.contains(&outside)) {
        return false;
    }
    let routes = spec.subnets.get(&interface.subnet).map(|subnet| &subnet.routes);
    let best = routes
        .into_iter()
        .flatten()
        .filter(|(block, _)| block.contains(&outside))
        .max_by_key(|(block, _)| block.prefix_len());
    matches!(best, Some((_, Target::InternetGateway)))
}
