//! What every network driver does.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tierra_drivers::DriverError;
use tierra_drivers::network::policy::{End, Probe, allows};
use tierra_drivers::network::sim::SimNetwork;
use tierra_drivers::network::{GroupSpec, Peer, Rule, Traffic, VpcSpec, names};

use crate::machine::Machine;
use crate::spec::{ANY, VPC, eni, group, net, three, vpc};
use crate::world::{Try, World};

fn inside(n: u8) -> End {
    End::Interface(eni(n))
}

/// Where [`Machine`]'s stand-in for the internet is.
fn outside() -> End {
    End::Internet(Ipv4Addr::new(198, 51, 100, 10))
}

/// A client on the host, who comes by the public address.
fn client() -> End {
    End::Internet(names::CLIENT)
}

/// A step: what the spec is changed to, and which packets then pass.
type Step = (&'static str, VpcSpec, Vec<(End, End, Probe, bool)>);

fn with(mut spec: VpcSpec, groups: &[(&str, GroupSpec)]) -> VpcSpec {
    spec.groups = groups.iter().map(|(id, group)| ((*id).into(), group.clone())).collect();
    spec
}

const WEB: Traffic = Traffic::Tcp(80, 80);

/// Interface 1 in `sg-web`, 2 and 3 in `sg-app`, and these groups.
fn open(groups: &[(&str, GroupSpec)]) -> VpcSpec {
    with(three(&["sg-web"], &["sg-app"], &["sg-app"]), groups)
}

fn app() -> (&'static str, GroupSpec) {
    ("sg-app", group(&[]))
}

fn steps() -> Vec<Step> {
    [by_block(), by_kind(), from_outside(), going_out()].into_iter().flatten().collect()
}

/// Who may come in.
fn by_block() -> Vec<Step> {
    vec![
        (
            "nothing is open at first",
            open(&[("sg-web", group(&[])), app()]),
            vec![
                (inside(2), inside(1), Probe::Tcp(80), false),
                (inside(1), inside(2), Probe::Udp(53), false),
                (client(), inside(1), Probe::Tcp(80), false),
                (inside(1), outside(), Probe::Tcp(443), true),
                (inside(2), outside(), Probe::Tcp(443), false),
                (inside(3), outside(), Probe::Tcp(443), false),
            ],
        ),
        (
            "a group is let in, from its own subnet and from another",
            open(&[("sg-web", group(&[(WEB, "sg-app")])), app()]),
            vec![
                (inside(2), inside(1), Probe::Tcp(80), true),
                (inside(3), inside(1), Probe::Tcp(80), true),
                (inside(2), inside(1), Probe::Tcp(81), false),
                (inside(2), inside(1), Probe::Udp(80), false),
                (client(), inside(1), Probe::Tcp(80), false),
            ],
        ),
        (
            "blocks within blocks",
            open(&[
                (
                    "sg-web",
                    group(&[
                        (WEB, "10.7.2.0/24"),
                        (Traffic::Tcp(80, 90), "10.7.0.0/16"),
                        (Traffic::Udp(7, 9), "10.7.2.13/32"),
                    ]),
                ),
                app(),
            ]),
            vec![
                (inside(3), inside(1), Probe::Tcp(80), true),
                (inside(3), inside(1), Probe::Tcp(90), true),
                (inside(3), inside(1), Probe::Udp(8), true),
                (inside(2), inside(1), Probe::Udp(8), false),
                (inside(2), inside(1), Probe::Tcp(85), true),
                (client(), inside(1), Probe::Tcp(85), false),
            ],
        ),
    ]
}

/// Groups by themselves, and kinds of packet.
fn by_kind() -> Vec<Step> {
    vec![
        (
            "a group that names itself",
            open(&[("sg-web", group(&[])), ("sg-app", group(&[(Traffic::Any, "sg-app")]))]),
            vec![
                (inside(2), inside(3), Probe::Tcp(5432), true),
                (inside(3), inside(2), Probe::Icmp(8, 0), true),
                (inside(2), inside(3), Probe::Protocol(253), true),
                (inside(1), inside(2), Probe::Tcp(5432), false),
            ],
        ),
        (
            "pings",
            open(&[
                ("sg-web", group(&[(Traffic::Icmp(Some(8), None), ANY)])),
                ("sg-app", group(&[(Traffic::Icmp(Some(13), Some(0)), ANY)])),
            ]),
            vec![
                (inside(2), inside(1), Probe::Icmp(8, 0), true),
                (inside(2), inside(1), Probe::Icmp(13, 0), false),
                (inside(1), inside(2), Probe::Icmp(13, 0), true),
                (inside(1), inside(2), Probe::Icmp(8, 0), false),
                (client(), inside(1), Probe::Icmp(8, 0), true),
                (inside(2), inside(1), Probe::Tcp(80), false),
            ],
        ),
    ]
}

/// Clients on the host.
fn from_outside() -> Vec<Step> {
    vec![
        (
            "all the world",
            open(&[("sg-web", group(&[(WEB, ANY)])), app()]),
            vec![
                (client(), inside(1), Probe::Tcp(80), true),
                (client(), inside(1), Probe::Tcp(22), false),
                (client(), inside(2), Probe::Tcp(80), false),
                (inside(3), inside(1), Probe::Tcp(80), true),
            ],
        ),
        (
            "just the client",
            open(&[("sg-web", group(&[(WEB, "203.0.113.1/32")])), app()]),
            vec![
                (client(), inside(1), Probe::Tcp(80), true),
                (inside(2), inside(1), Probe::Tcp(80), false),
            ],
        ),
    ]
}

/// What may leave, and several groups at once.
fn going_out() -> Vec<Step> {
    vec![
        (
            "nothing may go out",
            open(&[("sg-web", group(&[(WEB, ANY)])), ("sg-app", GroupSpec::default())]),
            vec![
                (inside(2), inside(1), Probe::Tcp(80), false),
                (client(), inside(1), Probe::Tcp(80), true),
            ],
        ),
        (
            "some may go out",
            open(&[
                ("sg-web", group(&[(Traffic::Any, ANY)])),
                (
                    "sg-app",
                    only_out(&[(Traffic::Tcp(80, 80), "sg-web"), (Traffic::Udp(53, 53), "10.7.1.11/32")]),
                ),
            ]),
            vec![
                (inside(2), inside(1), Probe::Tcp(80), true),
                (inside(2), inside(1), Probe::Tcp(81), false),
                (inside(3), inside(1), Probe::Udp(53), true),
            ],
        ),
        (
            "in two groups",
            with(
                three(&["sg-web", "sg-app"], &["sg-app"], &[]),
                &[
                    ("sg-web", group(&[(WEB, ANY)])),
                    ("sg-app", group(&[(Traffic::Tcp(22, 22), "sg-app")])),
                ],
            ),
            vec![
                (client(), inside(1), Probe::Tcp(80), true),
                (inside(2), inside(1), Probe::Tcp(22), true),
                (inside(1), inside(2), Probe::Tcp(22), true),
                (inside(3), inside(1), Probe::Tcp(80), false),
            ],
        ),
    ]
}

fn only_out(egress: &[(Traffic, &str)]) -> GroupSpec {
    GroupSpec {
        egress: egress.iter().map(|(traffic, peer)| crate::spec::rule(*traffic, peer)).collect(),
        ..GroupSpec::default()
    }
}

async fn groups_decide(world: &dyn World) {
    let mut plugged = false;
    for (name, spec, tries) in steps() {
        world.network().ensure(&VPC.into(), &spec).await.expect(name);
        if !plugged {
            for n in 1..=3 {
                world.plug(&eni(n)).await;
            }
            plugged = true;
        }
        let packets: Vec<Try> = tries
            .iter()
            .map(|(from, to, probe, _)| (from.clone(), to.clone(), *probe))
            .collect();
        let passed = world.pass(&packets).await;
        for ((from, to, probe, expected), passed) in tries.into_iter().zip(passed) {
            assert_eq!(passed, expected, "{name}: {probe:?} from {from:?} to {to:?}");
            assert_eq!(
                allows(&spec, &from, &to, probe),
                expected,
                "the model on {name}: {probe:?} from {from:?} to {to:?}"
            );
        }
    }
}

async fn verbs_repeat(world: &dyn World) {
    let network = world.network();
    let vpc_id = VPC.to_owned();
    network.remove(&vpc_id).await.expect("removing nothing");
    assert!(network.observe().await.expect("observe").is_empty());
    let mut spec = with(three(&[], &[], &[]), &[]);
    assert!(network.ensure(&vpc_id, &spec).await.expect("ensure").interfaces.is_empty());
    network.ensure(&vpc_id, &spec).await.expect("ensure again");
    for n in [1, 2, 3] {
        world.plug(&eni(n)).await;
    }
    let state = network.ensure(&vpc_id, &spec).await.expect("ensure plugged");
    assert_eq!(state.interfaces, [eni(1), eni(2), eni(3)].into());
    assert_eq!(network.observe().await.expect("observe"), [(vpc_id.clone(), state)]);
    spec.interfaces.remove(&eni(2));
    assert_eq!(
        network.ensure(&vpc_id, &spec).await.expect("less").interfaces,
        [eni(1), eni(3)].into()
    );
    network.remove(&vpc_id).await.expect("remove");
    network.remove(&vpc_id).await.expect("remove again");
    assert!(network.observe().await.expect("observe").is_empty());
}

/// Each is refused, with a reason that holds this.
fn refusals() -> Vec<(VpcSpec, &'static str)> {
    let change = |change: fn(&mut VpcSpec)| {
        let mut spec = with(three(&["sg-a"], &[], &[]), &[("sg-a", group(&[]))]);
        change(&mut spec);
        spec
    };
    let first =
        |spec: &mut VpcSpec, edit: fn(&mut tierra_drivers::network::InterfaceSpec)| edit(spec.interfaces.get_mut(&eni(1)).expect("there"));
    vec![
        (change(|spec| spec.groups.clear()), "is in sg-a, which is not there"),
        (
            change(|spec| drop(spec.subnets.remove("subnet-b"))),
            "is in subnet-b, which is not there",
        ),
        (change(|spec| spec.cidrs = [net("10.8.0.0/16")].into()), "lies outside the VPC"),
        (
            {
                let mut s = change(|_| ());
                first(&mut s, |one| one.address = Ipv4Addr::new(10, 7, 1, 3));
                s
            },
            "is not an address of 10.7.1.0/24",
        ),
        (
            {
                let mut s = change(|_| ());
                first(&mut s, |one| one.address = Ipv4Addr::new(10, 7, 1, 12));
                s
            },
            "have the same address",
        ),
        (
            {
                let mut s = change(|_| ());
                first(&mut s, |one| one.public = Some(Ipv4Addr::new(127, 0, 0, 1)));
                s
            },
            "is not of 127.100.0.0/16",
        ),
        (
            {
                let mut s = change(|_| ());
                first(&mut s, |one| one.mac[0] = 1);
                s
            },
            "multicast",
        ),
        (
            change(|spec| spec.groups = [("sg-a".into(), group(&[(Traffic::Tcp(9, 1), ANY)]))].into()),
            "has the ports 9-1",
        ),
        (change(|spec| spec.groups = [("sg-a; flush".into(), group(&[]))].into()), "is not"),
    ]
}

async fn nonsense_is_refused(world: &dyn World) {
    for (spec, reason) in refusals() {
        match world.network().ensure(&VPC.into(), &spec).await {
            Err(DriverError::Refused { reason: given }) if given.contains(reason) => {}
            other => panic!("{reason}: {other:?}"),
        }
    }
    assert!(matches!(
        world.network().ensure(&"../vpc".into(), &vpc()).await,
        Err(DriverError::Refused { .. })
    ));
}

const GROUPS: [&str; 3] = ["sg-a", "sg-b", "sg-c"];

fn random_rule() -> impl Strategy<Value = Rule> {
    let traffic = prop_oneof![
        1 => Just(Traffic::Any),
        4 => (78u16..84, 0u16..4).prop_map(|(low, more)| Traffic::Tcp(low, low + more)),
        2 => (78u16..84, 0u16..4).prop_map(|(low, more)| Traffic::Udp(low, low + more)),
        1 => proptest::option::of(prop_oneof![Just(8u8), Just(13)]).prop_map(|kind| Traffic::Icmp(kind, None)),
        1 => prop_oneof![Just(6u8), Just(17), Just(253)].prop_map(Traffic::Protocol),
    ];
    let block = prop_oneof![
        Just("0.0.0.0/0"),
        Just("10.0.0.0/8"),
        Just("10.7.1.0/24"),
        Just("10.7.2.0/24"),
        Just("10.7.1.12/32"),
        Just("203.0.113.0/24")
    ];
    let peer = prop_oneof![
        block.prop_map(|block| Peer::Cidr(net(block))),
        (0usize..3).prop_map(|n| Peer::Group(GROUPS[n].into()))
    ];
    (traffic, peer).prop_map(|(traffic, peer)| Rule { traffic, peer })
}

fn random_spec() -> impl Strategy<Value = VpcSpec> {
    let rules = || proptest::collection::btree_set(random_rule(), 0..5);
    let some = || proptest::sample::subsequence(GROUPS.to_vec(), 0..3);
    let groups = proptest::collection::vec((rules(), rules()), 3);
    (groups, some(), some(), some()).prop_map(|(groups, a, b, c)| {
        let mut spec = three(&a, &b, &c);
        spec.groups = GROUPS
            .iter()
            .zip(groups)
            .map(|(id, (ingress, egress))| ((*id).into(), GroupSpec { ingress, egress }))
            .collect();
        spec
    })
}

fn every_packet() -> Vec<Try> {
    let probes = [
        Probe::Tcp(80),
        Probe::Tcp(83),
        Probe::Udp(80),
        Probe::Udp(85),
        Probe::Icmp(8, 0),
        Probe::Icmp(13, 0),
        Probe::Protocol(253),
    ];
    let ends = [inside(1), inside(2), inside(3)];
    let within = ends
        .iter()
        .flat_map(|from| ends.iter().filter(move |to| *to != from).map(move |to| (from.clone(), to.clone())));
    let pairs: Vec<_> = within
        .chain([(client(), inside(1)), (inside(1), outside()), (inside(2), outside())])
        .collect();
    pairs
        .iter()
        .flat_map(|(from, to)| probes.map(|probe| (from.clone(), to.clone(), probe)))
        .collect()
}

/// Random specs, one after the other on the same VPC, so that each change is a small one.
async fn packets_go_as_the_model_says(world: &dyn World, specs: usize) {
    let seed = [7; 32];
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let packets = every_packet();
    for round in 0..specs {
        let spec = random_spec().new_tree(&mut runner).expect("a spec").current();
        world.network().ensure(&VPC.into(), &spec).await.expect("ensure");
        for n in (1..=3).filter(|_| round == 0) {
            world.plug(&eni(n)).await;
        }
        let passed = world.pass(&packets).await;
        for ((from, to, probe), passed) in packets.iter().zip(passed) {
            assert_eq!(
                passed,
                allows(&spec, from, to, *probe),
                "round {round} of seed {seed:?}: {probe:?} from {from:?} to {to:?} under {spec:#?}"
            );
        }
    }
}

macro_rules! contract {
    ($($name:ident($($argument:expr),*);)*) => {
        mod sim {
            use super::*;
            $(#[tokio::test] async fn $name() { super::$name(&SimNetwork::new() $(, $argument)*).await; })*
        }
        mod linux {
            use super::*;
            $(#[tokio::test] async fn $name() {
                if let Some(machine) = Machine::new().await {
                    super::$name(&machine $(, $argument)*).await;
                }
            })*
        }
    };
}

contract! {
    groups_decide();
    verbs_repeat();
    nonsense_is_refused();
    packets_go_as_the_model_says(6);
}
