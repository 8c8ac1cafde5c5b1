//! What to do about one node. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use tierra_core::{Key, Tx};
use tierra_dataplane::balancer::config::{Config, Kind, Zone};
use tierra_dataplane::balancer::control::{Health, HealthState, Report};
use tierra_model::Timestamp;

use crate::balancer::model::{Balancer, Drain, ZoneNode};
use crate::ec2::network_interface::NetworkInterface;
use crate::node::Node;
use crate::{elb, elbv2};

/// How often a node that serves is asked how its targets are.
pub(super) const PERIOD: Duration = Duration::from_secs(1);
/// How soon one is asked again that runs and does not answer yet.
const SOON: Duration = Duration::from_millis(100);

/// What is actual of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Actual {
    pub(super) now: Timestamp,
    /// Its sandbox runs.
    pub(super) runs: bool,
    /// What it reports.
    pub(super) report: Option<Report>,
    /// Why it does not.
    pub(super) trouble: Option<String>,
    /// What this process told it last.
    pub(super) told: Option<Config>,
}

/// Health by group and target.
pub(super) type HealthByGroup = BTreeMap<String, BTreeMap<String, Health>>;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Tell it this.
    Configure(Box<Config>),
    /// Write down what it told.
    Note {
        health: HealthByGroup,
        drained: BTreeSet<(String, String)>,
    },
    /// Write down that it does not serve, and why.
    Silent(Option<String>),
    /// Keep its counters.
    Count(Box<Report>),
    /// A target has finished.
    Release(Drain),
    /// Nothing of it is left on the machine: end its interface and its row.
    Forget,
    /// Look again then.
    Wait(Duration),
}

pub(super) fn steps(world: &Tx, key: &Key<ZoneNode>, actual: &Actual) -> Vec<Step> {
    let Some(node) = world.get(key).map(|found| found.value) else {
        return Vec::new();
    };
    if node.leaving {
        let there = world.find::<Node>(&key.place, &key.id).is_some();
        return if there { Vec::new() } else { vec![Step::Forget] };
    }
    let Some(balancer) = Balancer::named(world, &node.place, &node.balancer) else {
        return Vec::new();
    };
    match &actual.report {
        Some(report) => served(world, &node, &balancer, actual, report),
        None => silent(&node, actual),
    }
}

/// A node that was never heard of is only starting; one that was is in trouble.
fn silent(node: &ZoneNode, actual: &Actual) -> Vec<Step> {
    let trouble = actual.trouble.clone().filter(|_| node.status.has_served);
    let news = node.status.serves || node.status.trouble != trouble;
    let mut steps: Vec<Step> = news.then_some(Step::Silent(trouble)).into_iter().collect();
    if actual.runs {
        steps.push(Step::Wait(SOON));
    }
    steps
}

fn served(world: &Tx, node: &ZoneNode, balancer: &Balancer, actual: &Actual, report: &Report) -> Vec<Step> {
    let mut steps = vec![Step::Count(Box::new(report.clone()))];
    if let Some(mut config) = wanted(world, node, balancer) {
        let told = actual.told.as_ref().map_or(0, |told| told.revision);
        config.revision = told;
        if actual.told.as_ref() != Some(&config) || report.revision != told {
            config.revision = told.max(report.revision) + 1;
            steps.push(Step::Configure(Box::new(config)));
        }
    }
    let (health, drained) = heard(report);
    if node.status.health != health || node.status.drained != drained {
        steps.push(Step::Note {
            health,
            drained: drained.clone(),
        });
    }
    let finished = drains(world, balancer)
        .into_iter()
        .filter(|drain| is_over(world, node, balancer, actual, &drained, drain));
    steps.extend(finished.map(Step::Release));
    steps.push(Step::Wait(PERIOD));
    steps
}

/// The configuration of this node: its balancer's, at its own address.
fn wanted(world: &Tx, node: &ZoneNode, balancer: &Balancer) -> Option<Config> {
    let mut config = match balancer.kind {
        Kind::Application => elbv2::config(world, balancer)?,
        Kind::Classic => elb::config(world, balancer)?,
    };
    let interface: NetworkInterface = world.find(&node.place, &node.interface)?;
    config.zones = vec![Zone {
        name: node.zone.clone(),
        addresses: vec![IpAddr::V4(interface.address)],
    }];
    Some(config)
}

fn drains(world: &Tx, balancer: &Balancer) -> Vec<Drain> {
    match balancer.kind {
        Kind::Application => elbv2::drains(world, balancer),
        Kind::Classic => elb::drains(world, balancer),
    }
}

fn heard(report: &Report) -> (HealthByGroup, BTreeSet<(String, String)>) {
    let mut drained = BTreeSet::new();
    let mut health = HealthByGroup::new();
    for (group, targets) in &report.targets {
        for (target, told) in targets {
            if told.health.state == HealthState::Draining && told.outstanding == 0 {
                drained.insert((group.0.clone(), target.0.clone()));
            }
            health
                .entry(group.0.clone())
                .or_default()
                .insert(target.0.clone(), told.health.clone());
        }
    }
    (health, drained)
}

/// Whether a target has had its time, or has nothing under way at any node.
fn is_over(world: &Tx, node: &ZoneNode, balancer: &Balancer, actual: &Actual, own: &BTreeSet<(String, String)>, drain: &Drain) -> bool {
    let allowed = i64::try_from(drain.seconds).unwrap_or(i64::MAX / 1000) * 1000;
    if drain.since.plus_millis(allowed) <= actual.now {
        return true;
    }
    let nodes = balancer.standing(world);
    drain.groups.iter().all(|group| {
        let pair = (group.clone(), drain.target.clone());
        nodes.iter().all(|other| {
            let drained = if other.id == node.id { own } else { &other.status.drained };
            drained.contains(&pair)
        })
    })
}
