//! Specs in few words.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use tierra_drivers::network::{GroupSpec, InterfaceSpec, Peer, Rule, SubnetSpec, Target, Traffic, VpcSpec};

/// The one VPC that most tests have.
pub const VPC: &str = "vpc-0a";
/// Everywhere.
pub const ANY: &str = "0.0.0.0/0";

pub fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a block")
}

pub fn rule(traffic: Traffic, peer: &str) -> Rule {
    let peer = if peer.starts_with("sg-") {
        Peer::Group(peer.into())
    } else {
        Peer::Cidr(net(peer))
    };
    Rule { traffic, peer }
}

/// A group that lets all out, and in what is given.
pub fn group(ingress: &[(Traffic, &str)]) -> GroupSpec {
    let ingress = ingress.iter().map(|(traffic, peer)| rule(*traffic, peer)).collect();
    GroupSpec {
        ingress,
        egress: [rule(Traffic::Any, ANY)].into(),
    }
}

/// `eni-0000000000000000n` in a subnet, with the n-th address behind its fourth.
pub fn eni(n: u8) -> String {
    format!("eni-{n:017x}")
}

pub fn interface(subnet: &str, base: &str, n: u8, groups: &[&str]) -> InterfaceSpec {
    let base: Ipv4Addr = base.parse().expect("an address");
    InterfaceSpec {
        subnet: subnet.into(),
        address: Ipv4Addr::from(u32::from(base) + 10 + u32::from(n)),
        secondary: Default::default(),
        mac: [2, 0, 0, 0, 0, n],
        groups: groups.iter().map(|group| (*group).into()).collect(),
        public: None,
        source_dest_check: true,
    }
}

/// 10.7.0.0/16 with `subnet-a` (10.7.1.0/24, to the internet) and `subnet-b` (10.7.2.0/24, private), and no interface.
pub fn vpc() -> VpcSpec {
    let subnet = |cidr: &str, routes: &[(&str, Target)]| SubnetSpec {
        cidr: net(cidr),
        routes: routes.iter().map(|(to, target)| (net(to), target.clone())).collect(),
    };
    VpcSpec {
        cidrs: [net("10.7.0.0/16")].into(),
        subnets: [
            ("subnet-a".into(), subnet("10.7.1.0/24", &[(ANY, Target::InternetGateway)])),
            ("subnet-b".into(), subnet("10.7.2.0/24", &[])),
        ]
        .into(),
        ..VpcSpec::default()
    }
}

/// [`vpc`] with interfaces 1 and 2 in `subnet-a` (1 with the public address 127.100.0.1) and 3 in `subnet-b`, in these groups.
pub fn three(one: &[&str], two: &[&str], three: &[&str]) -> VpcSpec {
    let mut spec = vpc();
    let mut first = interface("subnet-a", "10.7.1.0", 1, one);
    first.public = Some(Ipv4Addr::new(127, 100, 0, 1));
    spec.interfaces.insert(eni(1), first);
    spec.interfaces.insert(eni(2), interface("subnet-a", "10.7.1.0", 2, two));
    spec.interfaces.insert(eni(3), interface("subnet-b", "10.7.2.0", 3, three));
    spec
}
