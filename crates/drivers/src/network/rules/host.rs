//! The host's part: public addresses lead into their VPCs, and what comes out of a VPC leaves as the host.
//!
//! **Invariant**: only 127.100.0.0/16 is turned aside, only towards VPCs; nothing that a VPC begins reaches the host itself.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::{Field, Hook, HookPoint, Part, Ruleset, SetKind, Statement, Value};
use crate::network::names;

/// What the host's packet filter should do for all VPCs of a cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostRules {
    /// The host's ends of the veths to VPCs.
    pub uplinks: BTreeSet<String>,
    /// The public addresses in use.
    pub publics: BTreeSet<Ipv4Addr>,
    /// Devices on which forwarding was switched on for the VPCs' sake: nothing else shall be forwarded from there.
    pub guarded: BTreeSet<String>,
}

/// The host's packet filter for a cloud.
pub fn compile(wanted: &HostRules) -> Ruleset {
    use Statement::{Accept, Block, Drop, In, Masquerade, New, Source, TranslateDestination};
    let mut rules = Ruleset::default();
    let devices = |names: &BTreeSet<String>| {
        names
            .iter()
            .map(|name| (vec![Field::Device(name.clone())], None))
            .collect::<Vec<_>>()
    };
    let public = |&public: &Ipv4Addr| (vec![Field::Address(public)], Some(Value::Address(names::transit(public))));
    rules.set("uplinks", SetKind::Devices, devices(&wanted.uplinks));
    rules.set("guarded", SetKind::Devices, devices(&wanted.guarded));
    rules.set("public", SetKind::AddressMap, wanted.publics.iter().map(public));
    let hook = |nat, at, priority| Hook {
        nat,
        at,
        priority,
        drop: false,
    };
    let from_vpc = || In(vec![Part::InDevice], "uplinks".into());
    let to_vpc = || In(vec![Part::OutDevice], "uplinks".into());
    let loopback = ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    rules.base(
        "output",
        hook(true, HookPoint::Output, -100),
        vec![vec![
            Block(Part::Destination, names::PUBLIC, true),
            TranslateDestination("public".into()),
        ]],
    );
    rules.base(
        "postrouting",
        hook(true, HookPoint::Postrouting, 100),
        vec![
            vec![to_vpc(), Block(Part::Source, loopback, true), Source(names::CLIENT)],
            vec![to_vpc(), Accept],
            vec![from_vpc(), Masquerade],
        ],
    );
    rules.base("input", hook(false, HookPoint::Input, 0), vec![vec![from_vpc(), New, Drop]]);
    rules.base(
        "forward",
        hook(false, HookPoint::Forward, 0),
        vec![
            vec![from_vpc(), Accept],
            vec![to_vpc(), New, Drop],
            vec![In(vec![Part::InDevice], "guarded".into()), New, Drop],
        ],
    );
    rules.mark();
    rules
}
