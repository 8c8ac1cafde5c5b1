//! A target group made ready.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::target::Target;
use crate::balancer::config::{self, TargetGroup};
use crate::balancer::control::{Health, HealthState, TargetReport};
use crate::balancer::cookie::Token;
use crate::balancer::counters::{GroupCounts, GroupSums, Sums};
use crate::balancer::health;

/// A target group.
#[derive(Debug)]
pub struct Group {
    /// What was told, without the targets.
    pub spec: TargetGroup,
    /// Whether targets of all zones serve.
    pub cross_zone: bool,
    /// Names it in cookies.
    pub token: Token,
    /// Who serves.
    pub members: Vec<Member>,
    /// Its counters.
    pub sums: Arc<Sums<GroupSums>>,
    /// Whose turn it is, over all threads: people who try it with two targets expect one, then the other.
    turns: Arc<AtomicUsize>,
}

/// One thread's hold on a group: who names it once more asks no other thread.
#[derive(Debug)]
pub struct HeldGroup(pub(super) Arc<Group>);

impl Deref for HeldGroup {
    type Target = Group;

    fn deref(&self) -> &Group {
        &self.0
    }
}

/// A target's place in its group.
#[derive(Clone, Debug)]
pub struct Member {
    /// The target.
    pub target: Arc<Target>,
    /// Whether it is being deregistered.
    pub draining: bool,
}

impl Group {
    /// Makes a group ready. A target that was there before, at the same address, is the same.
    pub(super) fn new(mut spec: TargetGroup, key: &str, cross_zone: bool, before: Option<&Arc<Self>>, threads: usize) -> Self {
        let targets = std::mem::take(&mut spec.targets);
        let members = targets.into_iter().map(|target| Member {
            draining: target.draining,
            target: known(before, &target).unwrap_or_else(|| Arc::new(Target::new(&spec, target, key, threads))),
        });
        Self {
            cross_zone: spec.cross_zone.unwrap_or(cross_zone),
            token: Token::new(key, &[&spec.id.0]),
            members: members.collect(),
            turns: before.map_or_else(Arc::default, |before| Arc::clone(&before.turns)),
            sums: before.map_or_else(|| Arc::new(Sums::new(threads)), |before| Arc::clone(&before.sums)),
            spec,
        }
    }

    /// The next turn of the round.
    pub fn turn(&self) -> usize {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    /// The health of one of its members, as AWS words it.
    pub fn health(&self, member: &Member) -> Health {
        if member.draining {
            health::draining()
        } else if !self.spec.health_check.enabled {
            health::unchecked()
        } else {
            member.target.health()
        }
    }

    /// What is reported of a member.
    pub fn report(&self, member: &Member) -> TargetReport {
        TargetReport {
            health: self.health(member),
            outstanding: member.target.outstanding(),
        }
    }

    /// Its counters, with the hosts that are there now.
    pub fn counts(&self) -> GroupCounts {
        let mut counts = self.sums.total(GroupCounts::default(), GroupSums::add_to);
        let states: Vec<HealthState> = self.members.iter().map(|member| self.health(member).state).collect();
        let with = |wanted: HealthState| states.iter().filter(|state| **state == wanted).count() as u64;
        counts.healthy = with(HealthState::Healthy) + with(HealthState::Unavailable);
        counts.unhealthy = with(HealthState::Unhealthy) + with(HealthState::Initial);
        counts
    }
}

fn known(before: Option<&Arc<Group>>, target: &config::Target) -> Option<Arc<Target>> {
    let same = |member: &&Member| {
        let known = &member.target;
        known.id == target.id && known.address == target.address && known.zone == target.zone
    };
    before?.members.iter().find(same).map(|member| Arc::clone(&member.target))
}
