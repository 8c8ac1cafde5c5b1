//! What to do about one instance. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use tierra_core::Tx;

use super::wanted;
use crate::node::{self, Found, Node};
use crate::rds::model::{Applied, ApplyMethod, DbInstance, DbParameterGroup, Power, Told};
use crate::rds::parameters;

/// How soon an engine is asked again that does not answer yet.
const SOON: Duration = Duration::from_millis(100);

/// What is actual of an instance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Actual {
    /// Its engine answers; false too where it was not asked.
    pub(super) answers: bool,
}

/// Dynamic parameters that changed; `None`: the engine's default again.
pub(super) type Changes = BTreeMap<String, Option<String>>;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Make its data and its node.
    Make,
    /// Tell its node what it should be, and have it started anew for that.
    Tell,
    /// Stop its node.
    Stop,
    /// Say that it has stopped.
    Stopped,
    /// Say that its engine does not answer any more.
    Down,
    /// Give its master user the password where that is news, and say that it is up.
    Up,
    /// Have these parameters be in force, which are those of this revision of its group.
    Set { changes: Changes, revision: u64 },
    /// End its node.
    End,
    /// Delete its data and forget it.
    Forget,
    /// Look again then.
    Wait(Duration),
}

pub(super) fn steps(world: &Tx, instance: &DbInstance, actual: &Actual) -> Vec<Step> {
    let node = wanted::node_of(world, instance);
    let is_kept = wanted::is_being_kept(world, instance);
    if instance.spec.deletion.is_some() {
        return if is_kept { Vec::new() } else { end(node.as_ref()) };
    }
    let Some(node) = node else { return vec![Step::Make] };
    match instance.spec.power {
        Power::Off if is_kept => Vec::new(),
        Power::Off => stop(instance, &node),
        // A copy of data whose writer stands still must not have the writer start meanwhile.
        Power::On if is_kept && node.spec.power == node::Power::Off => Vec::new(),
        Power::On => run(world, instance, &node, actual),
    }
}

fn end(node: Option<&Node>) -> Vec<Step> {
    match node {
        None => vec![Step::Forget],
        Some(node) if node.spec.power == node::Power::Gone => Vec::new(),
        Some(_) => vec![Step::End],
    }
}

fn stop(instance: &DbInstance, node: &Node) -> Vec<Step> {
    if node.spec.power == node::Power::On {
        return vec![Step::Stop];
    }
    let has_stopped = node.status.found == Found::Stopped && instance.status.running;
    has_stopped.then_some(Step::Stopped).into_iter().collect()
}

fn run(world: &Tx, instance: &DbInstance, node: &Node, actual: &Actual) -> Vec<Step> {
    let Some(told) = is_told(instance, node) else {
        return vec![Step::Tell];
    };
    if is_up(instance, node, told) {
        return set(world, instance, told).into_iter().collect();
    }
    if node.runs() && actual.answers {
        return vec![Step::Up];
    }
    // One that is being started anew on purpose is not down.
    let is_down = instance.status.running && is_of(instance, told) && !stays_up(instance, node, told);
    let down = is_down.then_some(Step::Down);
    let look = node.runs().then_some(Step::Wait(SOON));
    down.into_iter().chain(look).collect()
}

/// What the node was told, where that is what it should be told.
fn is_told<'a>(instance: &'a DbInstance, node: &Node) -> Option<&'a Told> {
    let spec = &instance.spec;
    let told = instance.status.told.as_ref()?;
    let is_news = (told.boot, told.revision) != (spec.boot, spec.revision) || node.spec.power != node::Power::On;
    (!is_news).then_some(told)
}

/// Whether what is in force is of what the node was told last.
fn is_of(instance: &DbInstance, told: &Told) -> bool {
    let same = |applied: &Applied| (applied.boot, applied.revision) == (told.boot, told.revision);
    instance.status.applied.as_ref().is_some_and(same)
}

/// Whether the engine that was found up is the one that runs now.
fn stays_up(instance: &DbInstance, node: &Node, told: &Told) -> bool {
    let status = &instance.status;
    status.running && is_of(instance, told) && node.runs() && status.deaths == node.status.restarts
}

/// Whether all is in force that takes an answer of the engine.
fn is_up(instance: &DbInstance, node: &Node, told: &Told) -> bool {
    let has_password = |applied: &Applied| applied.password == instance.spec.master.revision;
    stays_up(instance, node, told) && instance.status.applied.as_ref().is_some_and(has_password)
}

/// Whether an answer of the engine decides something.
pub(super) fn is_to_be_asked(instance: &DbInstance, node: &Node) -> bool {
    let spec = &instance.spec;
    let wanted = spec.deletion.is_none() && spec.power == Power::On && node.runs();
    wanted && is_told(instance, node).is_some_and(|told| !is_up(instance, node, told))
}

/// What changed in its group since the engine was told, of what comes into force at once. Another group waits for a reboot.
fn set(world: &Tx, instance: &DbInstance, told: &Told) -> Option<Step> {
    let group = DbParameterGroup::named(world, &instance.place, &instance.spec.parameter_group)?;
    let applied = instance.status.applied.as_ref()?;
    if group.name != told.parameter_group || applied.parameters >= group.revision {
        return None;
    }
    let now = wanted::told(world, instance, false).values;
    let mut changes: Changes = now.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    changes.extend(
        told.values
            .keys()
            .filter(|name| !now.contains_key(*name))
            .map(|name| (name.clone(), None)),
    );
    changes.retain(|name, value| told.values.get(name) != value.as_ref() && is_dynamic(&group, name));
    Some(Step::Set {
        changes,
        revision: group.revision,
    })
}

fn is_dynamic(group: &DbParameterGroup, name: &str) -> bool {
    let waits = group
        .values
        .get(name)
        .is_some_and(|setting| setting.method == ApplyMethod::PendingReboot);
    !waits && parameters::find(group.family, name).is_some_and(|known| known.dynamic)
}
