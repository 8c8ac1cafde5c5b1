//! What to do about one node. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use tierra_core::{Key, Tx};
use tierra_dataplane::balancer::config::{Config, Kind, Target, TargetGroup, Zone};
use tierra_dataplane::balancer::control::{Health, HealthState, Report};
use tierra_model::Timestamp;

use super::journal::Journal;
use crate::balancer::AccessLog;
use crate::balancer::model::{Balancer, Drain, ZoneNode};
use crate::ec2::network_interface::NetworkInterface;
use crate::node::{Node, Power};
use crate::{elb, elbv2};

/// How often a node that serves is asked how its targets are.
pub(super) const PERIOD: Duration = Duration::from_secs(1);
/// Lines of an access log that are delivered before it is time.
const DELIVERY: u64 = 10_000;
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
    /// Its access log, where one is kept.
    pub(super) journal: Option<Journal>,
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
        failing: bool,
    },
    /// Write down that it does not serve, and why.
    Silent(Option<String>),
    /// Keep its counters.
    Count(Kind, Box<Report>),
    /// A target has finished.
    Release(Drain),
    /// Begin its access log.
    BeginJournal(AccessLog),
    /// Deliver the lines of its access log.
    Deliver(Box<Journal>),
    /// Keep no access log any more.
    EndJournal,
    /// End it.
    End,
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
        return leaves(world.find(&key.place, &key.id), actual);
    }
    let Some(balancer) = Balancer::named(world, &node.place, &node.balancer) else {
        return Vec::new();
    };
    match &actual.report {
        Some(report) => served(world, &node, &balancer, actual, report),
        None => silent(&node, actual),
    }
}

/// A node that leaves hands over its logs, and ends.
fn leaves(node: Option<Node>, actual: &Actual) -> Vec<Step> {
    match node {
        None => vec![Step::Forget],
        Some(node) if node.spec.power == Power::Gone => Vec::new(),
        Some(_) => {
            let logs = actual.journal.clone().filter(|_| actual.report.is_some());
            logs.map(|journal| Step::Deliver(Box::new(journal)))
                .into_iter()
                .chain([Step::End])
                .collect()
        }
    }
}

/// What to do about its access log.
fn logs(wanted: Option<AccessLog>, actual: &Actual, lines: u64) -> Vec<Step> {
    match (&actual.journal, wanted) {
        (None, None) => Vec::new(),
        (None, Some(to)) => vec![Step::BeginJournal(to)],
        (Some(journal), Some(to)) if to == journal.to => {
            let is_time = lines >= DELIVERY || journal.due <= actual.now;
            is_time.then(|| Step::Deliver(Box::new(journal.clone()))).into_iter().collect()
        }
        (Some(journal), _) => vec![Step::Deliver(Box::new(journal.clone())), Step::EndJournal],
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
    let mut steps = vec![Step::Count(balancer.kind, Box::new(report.clone()))];
    let (health, drained) = heard(report);
    let mut failing = node.status.failing;
    if let Some(mut config) = wanted(world, node, balancer) {
        failing = is_failing(&config, &node.zone, &health);
        let told = actual.told.as_ref().map_or(0, |told| told.revision);
        config.revision = told;
        if actual.told.as_ref() != Some(&config) || report.revision != told {
            config.revision = told.max(report.revision) + 1;
            steps.push(Step::Configure(Box::new(config)));
        }
    }
    if node.status.health != health || node.status.drained != drained || node.status.failing != failing {
        steps.push(Step::Note {
            health,
            drained: drained.clone(),
            failing,
        });
    }
    steps.extend(logs(access_log(world, balancer), actual, report.log_lines));
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

/// Whether a group has targets, and none that a node in this zone may use is well.
fn is_failing(config: &Config, zone: &str, health: &HealthByGroup) -> bool {
    let lacks = |group: &TargetGroup| {
        let cross_zone = group.cross_zone.unwrap_or(config.attributes.cross_zone);
        let told = health.get(&group.id.0);
        let state = |target: &Target| told?.get(&target.id.0).map(|health| health.state);
        let serves = |target: &Target| {
            let near = cross_zone || target.zone.as_deref().is_none_or(|own| own == zone);
            near && matches!(state(target), Some(HealthState::Healthy | HealthState::Unavailable))
        };
        !group.targets.is_empty() && !group.targets.iter().any(serves)
    };
    config.groups.iter().any(lacks)
}

fn access_log(world: &Tx, balancer: &Balancer) -> Option<AccessLog> {
    match balancer.kind {
        Kind::Application => elbv2::access_log(world, balancer),
        Kind::Classic => elb::access_log(world, balancer),
    }
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
