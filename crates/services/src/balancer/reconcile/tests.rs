//! Plans, as tables: rows and what is actual in, steps out.

use tierra_core::{Key, Tx};
use tierra_dataplane::balancer::config::{Config, GroupId, Kind, TargetId};
use tierra_dataplane::balancer::control::{Health, HealthState, Report, TargetReport};

use super::journal::Journal;
use super::plan::{Actual, Step, steps};
use crate::balancer::access_log::{AccessLog, Source};
use crate::balancer::{self, NewBalancer, Scheme, ZoneNode};
use crate::ec2::network_interface;
use crate::ec2::testing::World;
use crate::elb::model::{Attributes, HealthCheck, Listener, LoadBalancer, Protocol, Registration};
use crate::node::Node;

/// A Classic balancer with one node and one instance that leaves.
fn world() -> (World, Key<ZoneNode>) {
    let world = World::new();
    let make = |tx: &mut Tx| {
        crate::ec2::vpc::default::lay_out_once(tx, world.place());
        let new = NewBalancer {
            name: "web".into(),
            kind: Kind::Classic,
            arn: "arn".into(),
            scheme: Scheme::InternetFacing,
            subnets: network_interface::default_subnet(tx, world.place(), None).into_iter().collect(),
            groups: Vec::new(),
            dns_name: "web.test".into(),
        };
        tx.save(row(&world));
        balancer::create(tx, &world.call, new)
    };
    world.change(make).expect("made");
    let node = world.see(|tx| tx.all::<ZoneNode>()).remove(0);
    (world, Key::new(&node.place, &node.id))
}

fn row(world: &World) -> LoadBalancer {
    LoadBalancer {
        place: world.place().clone(),
        name: "web".into(),
        listeners: vec![Listener {
            protocol: Protocol::Http,
            port: 80,
            instance_protocol: Protocol::Http,
            instance_port: 80,
            certificate: None,
            policies: Vec::new(),
        }],
        health_check: HealthCheck::of_port(80),
        instances: vec![Registration {
            instance: "i-1".into(),
            leaving: Some(world.call.now),
        }],
        policies: Vec::new(),
        proxied_ports: Vec::new(),
        attributes: Attributes {
            draining: Some(60),
            ..Attributes::default()
        },
        tags: Default::default(),
    }
}

fn words(world: &World, key: &Key<ZoneNode>, actual: &Actual) -> Vec<&'static str> {
    let word = |step: &Step| match step {
        Step::Configure(_) => "configure",
        Step::Note { .. } => "note",
        Step::Silent(_) => "silent",
        Step::Count(..) => "count",
        Step::BeginJournal(_) => "begin journal",
        Step::Deliver(_) => "deliver",
        Step::EndJournal => "end journal",
        Step::End => "end",
        Step::Release(_) => "release",
        Step::Forget => "forget",
        Step::Wait(_) => "wait",
    };
    world.see(|tx| steps(tx, key, actual)).iter().map(word).collect()
}

fn configured(world: &World, key: &Key<ZoneNode>, actual: &Actual) -> Config {
    let planned = world.see(|tx| steps(tx, key, actual));
    let config = planned.into_iter().find_map(|step| match step {
        Step::Configure(config) => Some(*config),
        _ => None,
    });
    config.expect("a configuration")
}

fn report(state: HealthState, outstanding: u64) -> Report {
    let told = TargetReport {
        health: Health {
            state,
            reason: None,
            description: None,
        },
        outstanding,
    };
    Report {
        targets: [(GroupId("HTTP:80:".into()), [(TargetId("i-1".into()), told)].into())].into(),
        ..Report::default()
    }
}

#[test]
fn a_node_is_told_once_and_again_where_it_forgot() {
    let (world, key) = world();
    let quiet = Actual {
        now: world.call.now,
        ..Actual::default()
    };
    assert_eq!(words(&world, &key, &quiet), Vec::<&str>::new(), "its sandbox does not run yet");
    let starting = Actual {
        runs: true,
        trouble: Some("refused".into()),
        ..quiet.clone()
    };
    assert_eq!(
        words(&world, &key, &starting),
        ["wait"],
        "that one that starts does not answer is no news"
    );
    let first = Actual {
        runs: true,
        report: Some(Report::default()),
        ..quiet
    };
    assert_eq!(words(&world, &key, &first), ["count", "configure", "wait"]);
    let config = configured(&world, &key, &first);
    assert_eq!((config.revision, config.listeners.len(), config.zones.len()), (1, 1, 1));
    let settled = Actual {
        told: Some(config.clone()),
        report: Some(Report {
            revision: 1,
            ..Report::default()
        }),
        ..first.clone()
    };
    assert_eq!(words(&world, &key, &settled), ["count", "wait"]);
    let restarted = Actual {
        told: Some(config),
        ..first.clone()
    };
    assert_eq!(configured(&world, &key, &restarted).revision, 2, "a new life is told anew");
    let adopted = Actual {
        report: Some(Report {
            revision: 7,
            ..Report::default()
        }),
        ..first
    };
    assert_eq!(
        configured(&world, &key, &adopted).revision,
        8,
        "so is one that an earlier process told"
    );
}

fn journal(world: &World) -> Journal {
    let to = AccessLog {
        bucket: "logs".into(),
        prefix: String::new(),
        interval: 5,
    };
    Journal {
        due: to.due(world.call.now),
        to,
        from: Source {
            place: world.place().clone(),
            kind: Kind::Classic,
            balancer: "web".into(),
            address: "10.0.0.5".into(),
        },
    }
}

#[test]
fn access_logs_are_delivered_when_it_is_time() {
    let (world, key) = world();
    let begun = journal(&world);
    let other = AccessLog {
        bucket: "other".into(),
        ..begun.to.clone()
    };
    for (what, wanted, journal, lines, later, expected) in [
        ("off", None, None, 0, 0, vec![]),
        ("turned on", Some(&begun.to), None, 0, 0, vec!["begin journal"]),
        ("under way", Some(&begun.to), Some(&begun), 9_999, 0, vec![]),
        ("much", Some(&begun.to), Some(&begun), 10_000, 0, vec!["deliver"]),
        ("time", Some(&begun.to), Some(&begun), 0, 300_000, vec!["deliver"]),
        ("elsewhere", Some(&other), Some(&begun), 1, 0, vec!["deliver", "end journal"]),
        ("turned off", None, Some(&begun), 1, 0, vec!["deliver", "end journal"]),
    ] {
        let log = |tx: &mut Tx| {
            let mut row = row(&world);
            row.attributes.access_log = wanted.cloned();
            tx.save(row);
            Ok(())
        };
        world.change(log).expect("saved");
        let actual = Actual {
            now: world.call.now.plus_millis(later),
            runs: true,
            report: Some(Report {
                log_lines: lines,
                ..Report::default()
            }),
            journal: journal.cloned(),
            ..Actual::default()
        };
        let planned = words(&world, &key, &actual);
        let about_logs: Vec<&str> = planned
            .into_iter()
            .filter(|word| word.contains("journal") || *word == "deliver")
            .collect();
        assert_eq!(about_logs, expected, "{what}");
    }
}

#[test]
fn a_target_that_leaves_is_released_when_it_is_idle_or_had_its_time() {
    let (world, key) = world();
    for (state, outstanding, later, released) in [
        (HealthState::Draining, 1, 0, false),
        (HealthState::Draining, 0, 0, true),
        (HealthState::Draining, 1, 60_000, true),
        (HealthState::Healthy, 0, 0, false),
    ] {
        let actual = Actual {
            now: world.call.now.plus_millis(later),
            runs: true,
            report: Some(report(state, outstanding)),
            ..Actual::default()
        };
        let planned = words(&world, &key, &actual);
        assert_eq!(
            planned.contains(&"release"),
            released,
            "{state:?} {outstanding} {later}: {planned:?}"
        );
        assert!(planned.contains(&"note"));
    }
}

#[test]
fn a_node_that_leaves_is_forgotten_when_nothing_of_it_is_left() {
    let (world, key) = world();
    let end = |tx: &mut Tx| {
        let balancer = balancer::Balancer::named(tx, world.place(), "web").expect("balancer");
        balancer::delete(tx, &balancer);
        Ok(())
    };
    world.change(end).expect("deleted");
    assert_eq!(words(&world, &key, &Actual::default()), ["end"]);
    let logging = Actual {
        report: Some(Report::default()),
        journal: Some(journal(&world)),
        ..Actual::default()
    };
    assert_eq!(words(&world, &key, &logging), ["deliver", "end"]);
    let gone = |tx: &mut Tx| {
        tx.delete(&Key::<Node>::new(world.place(), &key.id));
        Ok(())
    };
    world.change(gone).expect("gone");
    assert_eq!(words(&world, &key, &Actual::default()), ["forget"]);
}
