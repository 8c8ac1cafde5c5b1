//! What a VPC's network should be: a pure function of the store.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use tierra_core::{Place, Tx};
use tierra_drivers::network::{GroupSpec, InterfaceSpec, Peer as PeerSpec, Rule, SubnetSpec, Target as TargetSpec, Traffic, VpcSpec};

use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::route_table::{Route, RouteState, RouteTable, Target};
use crate::ec2::security_group::{Direction, Peer, Permission, Protocol, SecurityGroup};
use crate::ec2::subnet::Subnet;
use crate::ec2::vpc::{Vpc, VpcId};

/// The whole network of a VPC; `None` where there is no such VPC.
pub fn vpc_spec(tx: &Tx, place: &Place, id: &VpcId) -> Option<VpcSpec> {
    let vpc: Vpc = tx.find(place, id)?;
    let subnets = tx.by_index::<Subnet>(place, "vpc", id.as_str());
    let interfaces = tx.by_index::<NetworkInterface>(place, "vpc", id.as_str());
    let spec = VpcSpec {
        cidrs: BTreeSet::from([vpc.cidr]),
        subnets: subnets
            .iter()
            .map(|subnet| (subnet.id.to_string(), subnet_spec(tx, subnet)))
            .collect(),
        groups: groups(tx, place, &interfaces),
        interfaces: interfaces
            .iter()
            .map(|interface| (interface.id.to_string(), interface_spec(interface)))
            .collect(),
    };
    Some(spec)
}

fn subnet_spec(tx: &Tx, subnet: &Subnet) -> SubnetSpec {
    let table = RouteTable::of_subnet(tx, &subnet.place, &subnet.id, &subnet.vpc);
    let routes = table.iter().flat_map(|table| &table.routes);
    SubnetSpec {
        cidr: subnet.cidr,
        routes: routes.filter_map(|route| route_spec(tx, subnet, route)).collect(),
    }
}

/// Local routes are the driver's own business.
fn route_spec(tx: &Tx, subnet: &Subnet, route: &Route) -> Option<(Ipv4Net, TargetSpec)> {
    let target = match (route.state(tx, &subnet.place, &subnet.vpc), &route.target) {
        (_, Target::Local) => return None,
        (RouteState::Blackhole, _) => TargetSpec::Blackhole,
        (RouteState::Active, Target::InternetGateway(_)) => TargetSpec::InternetGateway,
        (RouteState::Active, Target::Interface(id)) => TargetSpec::Interface(id.to_string()),
    };
    Some((route.destination, target))
}

fn interface_spec(interface: &NetworkInterface) -> InterfaceSpec {
    InterfaceSpec {
        subnet: interface.subnet.to_string(),
        address: interface.address,
        secondary: interface.secondary.iter().copied().collect(),
        mac: interface.mac,
        groups: interface.groups.iter().map(ToString::to_string).collect(),
        public: interface.public.as_ref().map(|public| public.address),
        source_dest_check: interface.source_dest_check,
    }
}

/// The groups that interfaces name, and those that their rules name. A group without members needs no rules of its own.
fn groups(tx: &Tx, place: &Place, interfaces: &[NetworkInterface]) -> BTreeMap<String, GroupSpec> {
    let in_use: BTreeSet<_> = interfaces.iter().flat_map(|interface| &interface.groups).collect();
    let mut specs = BTreeMap::new();
    for group in in_use.into_iter().filter_map(|id| tx.find::<SecurityGroup>(place, id)) {
        for named in group.named_groups() {
            specs.entry(named.to_string()).or_default();
        }
        specs.insert(group.id.to_string(), group_spec(&group));
    }
    specs
}

fn group_spec(group: &SecurityGroup) -> GroupSpec {
    let rules = |direction| group.rules(direction).filter_map(|rule| rule_spec(&rule.permission)).collect();
    GroupSpec {
        ingress: rules(Direction::Ingress),
        egress: rules(Direction::Egress),
    }
}

/// `None` for what no packet of an IPv4 network can be.
fn rule_spec(permission: &Permission) -> Option<Rule> {
    let traffic = match (permission.protocol, permission.ports) {
        (Protocol::All, _) => Traffic::Any,
        (Protocol::ICMPV6, _) => return None,
        (Protocol::TCP, ports) => port_range(ports).map(|(from, to)| Traffic::Tcp(from, to))?,
        (Protocol::UDP, ports) => port_range(ports).map(|(from, to)| Traffic::Udp(from, to))?,
        (Protocol::ICMP, ports) => {
            let (kind, code) = ports.unwrap_or((-1, -1));
            Traffic::Icmp(u8::try_from(kind).ok(), u8::try_from(code).ok())
        }
        (Protocol::Number(number), _) => Traffic::Protocol(number),
    };
    let peer = match &permission.peer {
        Peer::Cidr(cidr) => PeerSpec::Cidr(*cidr),
        Peer::Cidr6(_) => return None,
        Peer::Group(id) => PeerSpec::Group(id.to_string()),
    };
    Some(Rule { traffic, peer })
}

/// A port range as stored was checked; -1 to -1 is every port.
fn port_range(ports: Option<(i32, i32)>) -> Option<(u16, u16)> {
    match ports {
        None | Some((-1, _)) => Some((0, u16::MAX)),
        Some((from, to)) => Some((u16::try_from(from).ok()?, u16::try_from(to).ok()?)),
    }
}
