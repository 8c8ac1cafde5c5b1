//! A VPC's packet filter. A packet's way: is it from whom it says (`source`) · does it belong to a flow that was let in
//! (`forward`) · may its sender's groups send it (`out_…`) · is it for whom it goes to, and may it come in (`ingress`, `in_…`).
//!
//! **Invariant**: what no group lets pass is dropped, also within a subnet. Flows that were let in go on when a rule is
//! revoked, as AWS's tracked connections do ("Amazon EC2 security group connection tracking"); a revoke stops new ones.
//! Metadata, names and AWS endpoints are reached whatever the groups say ("Control traffic to your AWS resources using
//! security groups": such traffic is not filtered).

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use super::{Field, Hook, HookPoint, Line, Part, Ruleset, SetKind, Statement, Value};
use crate::network::service::{ServiceBox, Services};
use crate::network::{GroupId, GroupSpec, Peer, Rule, Traffic, VpcSpec, names};

/// The device and source address of every interface.
const SOURCES: &str = "sources";
/// The devices whose interfaces may send and be sent what is not their own.
const ROUTERS: &str = "routers";
/// Each device's chain for what it sends.
const EGRESS: &str = "egress";
/// Each device's chain for what it is sent.
const INGRESS: &str = "ingress";
/// Each device's mark: its subnet's routing table.
const TABLES: &str = "tables";
/// The private address of each transit address.
const INWARD: &str = "inward";
/// The transit address of each private address.
const OUTWARD: &str = "outward";

/// One side of a group.
#[derive(Clone, Copy)]
enum Side {
    In,
    Out,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    fn rules(self, group: &GroupSpec) -> &BTreeSet<Rule> {
        match self {
            Self::In => &group.ingress,
            Self::Out => &group.egress,
        }
    }

    /// The part of a packet that says who the other side is.
    fn peer(self) -> Part {
        match self {
            Self::In => Part::Source,
            Self::Out => Part::Destination,
        }
    }

    /// What becomes of a packet that a rule of this side names.
    fn passes(self) -> Statement {
        match self {
            Self::In => Statement::Accept,
            Self::Out => Statement::Goto(INGRESS.into()),
        }
    }
}

/// The packet filter that enforces a spec.
pub fn compile(spec: &VpcSpec) -> Ruleset {
    let mut rules = Ruleset::default();
    hooks(&mut rules);
    interfaces(spec, &mut rules);
    for (id, group) in &spec.groups {
        members(spec, id, &mut rules);
        side(Side::In, id, group, &mut rules);
        side(Side::Out, id, group, &mut rules);
    }
    rules.mark();
    rules
}

fn hook(at: HookPoint, priority: i32, drop: bool) -> Hook {
    Hook {
        nat: false,
        at,
        priority,
        drop,
    }
}

fn nat(at: HookPoint, priority: i32) -> Hook {
    Hook {
        nat: true,
        at,
        priority,
        drop: false,
    }
}

fn hooks(rules: &mut Ruleset) {
    use Statement::{Accept, Block, Device, Dispatch, Drop, Goto, In, Mark, Tracked, TranslateDestination, TranslateSource};
    let inner = || Device(Part::InDevice, format!("{}*", names::DEVICE_PREFIX));
    let uplink = |part| Device(part, names::UPLINK.into());
    let source = vec![
        vec![Mark(Part::InDevice, TABLES.into())],
        vec![In(vec![Part::InDevice, Part::Source], SOURCES.into()), Accept],
        vec![In(vec![Part::InDevice], ROUTERS.into()), Accept],
        vec![inner(), Drop],
    ];
    let forward = vec![
        vec![Tracked],
        vec![Dispatch(Part::InDevice, EGRESS.into())],
        vec![uplink(Part::InDevice), Goto(INGRESS.into())],
    ];
    let input = vec![
        vec![Tracked],
        vec![Device(Part::InDevice, "lo".into()), Accept],
        vec![inner(), Accept],
    ];
    let ingress = vec![
        vec![uplink(Part::OutDevice), Accept],
        vec![
            In(vec![Part::OutDevice, Part::Destination], SOURCES.into()),
            Dispatch(Part::OutDevice, INGRESS.into()),
        ],
        vec![In(vec![Part::OutDevice], ROUTERS.into()), Dispatch(Part::OutDevice, INGRESS.into())],
        vec![Drop],
    ];
    rules.base("source", hook(HookPoint::Prerouting, -300, false), source);
    rules.base("forward", hook(HookPoint::Forward, 0, true), forward);
    rules.base("input", hook(HookPoint::Input, 0, true), input);
    rules.base(
        "inward",
        nat(HookPoint::Prerouting, -100),
        vec![vec![uplink(Part::InDevice), TranslateDestination(INWARD.into())]],
    );
    rules.base(
        "outward",
        nat(HookPoint::Postrouting, 100),
        vec![vec![uplink(Part::OutDevice), TranslateSource(OUTWARD.into())]],
    );
    // Behind the translation: whoever has no public address has no way out.
    let unnamed = vec![vec![uplink(Part::OutDevice), Block(Part::Source, names::TRANSIT, false), Drop]];
    rules.base("public", hook(HookPoint::Postrouting, 110, false), unnamed);
    rules.chain(INGRESS, ingress);
}

fn interfaces(spec: &VpcSpec, rules: &mut Ruleset) {
    let all = || {
        spec.interfaces
            .iter()
            .map(|(id, interface)| (Field::Device(names::device(id)), interface))
    };
    let chain = |side: Side| all().map(move |(device, one)| (vec![device], Some(Value::Goto(combination(side, &one.groups)))));
    let public = || {
        spec.interfaces
            .values()
            .filter_map(|one| Some((one.address, names::transit(one.public?))))
    };
    let table = |subnet| spec.subnets.get(subnet).map(|subnet| Value::Mark(names::table(subnet.cidr)));
    rules.set(
        SOURCES,
        SetKind::DeviceAddresses,
        all().flat_map(|(device, one)| {
            one.addresses()
                .map(move |address| (vec![device.clone(), Field::Address(address)], None))
        }),
    );
    rules.set(
        ROUTERS,
        SetKind::Devices,
        all()
            .filter(|(_, one)| !one.source_dest_check)
            .map(|(device, _)| (vec![device], None)),
    );
    rules.set(
        TABLES,
        SetKind::DeviceMarks,
        all().map(|(device, one)| (vec![device], table(&one.subnet))),
    );
    rules.set(EGRESS, SetKind::DeviceVerdicts, chain(Side::Out));
    rules.set(INGRESS, SetKind::DeviceVerdicts, chain(Side::In));
    rules.set(
        INWARD,
        SetKind::AddressMap,
        public().map(|(private, transit)| (vec![Field::Address(transit)], Some(Value::Address(private)))),
    );
    rules.set(
        OUTWARD,
        SetKind::AddressMap,
        public().map(|(private, transit)| (vec![Field::Address(private)], Some(Value::Address(transit)))),
    );
    let lists: BTreeSet<_> = spec.interfaces.values().map(|one| &one.groups).collect();
    for groups in lists {
        for side in [Side::In, Side::Out] {
            let through = groups.iter().map(|group| vec![Statement::Jump(chain_of(side, group))]);
            rules.chain(combination(side, groups), through.chain([vec![Statement::Drop]]).collect());
        }
    }
}

/// The chain that goes through a list of groups.
fn combination(side: Side, groups: &BTreeSet<GroupId>) -> String {
    let list = groups.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    format!("{}_all_{:016x}", side.word(), names::digest(&list))
}

fn chain_of(side: Side, group: &str) -> String {
    format!("{}_{group}", side.word())
}

fn members_of(group: &str) -> String {
    format!("members_{group}")
}

fn members(spec: &VpcSpec, group: &str, rules: &mut Ruleset) {
    let addresses = spec
        .interfaces
        .values()
        .filter(|one| one.groups.contains(group))
        .flat_map(|one| one.addresses().map(|address| (vec![Field::Address(address)], None)));
    rules.set(members_of(group), SetKind::Addresses, addresses);
}

/// A group's rules of one side: a set of blocks and services, and one of services for each group that it names.
fn side(side: Side, id: &str, group: &GroupSpec, rules: &mut Ruleset) {
    const SERVICE: [Part; 3] = [Part::Protocol, Part::First, Part::Second];
    let name = chain_of(side, id);
    let mut lines: Vec<Line> = Vec::new();
    let mut blocks: BTreeMap<Ipv4Net, Vec<Traffic>> = BTreeMap::new();
    let mut groups: BTreeMap<&str, Vec<Traffic>> = BTreeMap::new();
    for rule in side.rules(group) {
        match &rule.peer {
            Peer::Cidr(block) => blocks.entry(*block).or_default().push(rule.traffic),
            Peer::Group(other) => groups.entry(other).or_default().push(rule.traffic),
        }
    }
    rules.set(
        &name,
        SetKind::BlockServices,
        disjoint(&blocks)
            .into_iter()
            .map(|(block, part)| (element(Some(block), part), None)),
    );
    let key = [&[side.peer()], &SERVICE[..]].concat();
    lines.push(vec![Statement::In(key, name.clone()), side.passes()]);
    for (other, traffic) in groups {
        let services = traffic.into_iter().collect::<Services>();
        let set = format!("{name}_{other}");
        rules.set(
            &set,
            SetKind::Services,
            services.boxes().into_iter().map(|part| (element(None, part), None)),
        );
        let (member, service) = (
            Statement::In(vec![side.peer()], members_of(other)),
            Statement::In(SERVICE.to_vec(), set),
        );
        lines.push(vec![member, service, side.passes()]);
        // A group that is named but has gone has no members.
        rules.sets.entry(members_of(other)).or_insert_with(|| super::Set {
            kind: SetKind::Addresses,
            elements: BTreeMap::new(),
        });
    }
    rules.chain(name, lines);
}

fn element(block: Option<Ipv4Net>, part: ServiceBox) -> Vec<Field> {
    let protocols = Field::Range(part.protocols.0.into(), part.protocols.1.into());
    let places = [
        protocols,
        Field::Range(part.first.0, part.first.1),
        Field::Range(part.second.0, part.second.1),
    ];
    block.map(Field::Block).into_iter().chain(places).collect()
}

/// Rules by block as elements of which no two overlap, since the kernel's sets take no others. Blocks nest or lie apart: each
/// keeps what no block around it lets pass already.
fn disjoint(blocks: &BTreeMap<Ipv4Net, Vec<Traffic>>) -> Vec<(Ipv4Net, ServiceBox)> {
    let around = |block: &Ipv4Net| -> Services {
        let supernets = (0..block.prefix_len()).filter_map(|length| Ipv4Net::new(block.network(), length).ok().map(|net| net.trunc()));
        supernets.filter_map(|net| blocks.get(&net)).flatten().copied().collect()
    };
    let own = |(block, traffic): (&Ipv4Net, &Vec<Traffic>)| {
        let left = traffic.iter().copied().collect::<Services>().minus(&around(block));
        left.boxes().into_iter().map(|part| (*block, part)).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(own).collect()
}
