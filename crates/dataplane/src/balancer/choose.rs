//! Which target serves: a choice among a group's members, by health, zone, stickiness and algorithm.

use std::sync::Arc;

use super::chance::Chance;
use super::config::Algorithm;
use super::cookie::Value;
use super::live::{Group, Member, Target};

/// The least share that a target in its slow start is given, of 1,000.
const SLOWEST: u64 = 50;
/// A whole share.
const WHOLE: u64 = 1000;

/// Who asks for a target.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The zone in which the balancer was reached.
    pub zone: Option<&'a str>,
    /// The target that a cookie names.
    pub sticky: Option<Value>,
    /// Targets that have been tried for the same request.
    pub tried: &'a [u64],
}

/// Chooses. `None` where nobody is left.
pub fn choose<'a>(group: &'a Group, asking: &Asking<'_>, chance: &Chance) -> Option<&'a Arc<Target>> {
    let able = able(group, asking);
    let stays = |value| able.iter().find(|member| member.target.token.is(value));
    if let Some(member) = asking.sticky.and_then(stays) {
        return Some(&member.target);
    }
    let turn = group.turn();
    let mut round = (0..able.len()).map(|step| able[turn.wrapping_add(step) % able.len()]);
    let chosen = match group.spec.algorithm {
        // A target that is starting slowly passes some of its turns on.
        Algorithm::RoundRobin => {
            let next = round.clone().next();
            round.find(|member| chance.below(WHOLE) < share(group, member)).or(next)
        }
        Algorithm::LeastOutstandingRequests => round.min_by_key(|member| load(group, member)),
    };
    chosen.map(|member| &member.target)
}

/// Who may serve at all: the healthy, or everybody where these are fewer than the group needs ("fail open").
fn able<'a>(group: &'a Group, asking: &Asking<'_>) -> Vec<&'a Member> {
    let there = |member: &&Member| {
        let near =
            group.cross_zone || asking.zone.is_none() || member.target.zone.is_none() || member.target.zone.as_deref() == asking.zone;
        !member.draining && near
    };
    let here = || group.members.iter().filter(there);
    let well = |member: &Member| !group.spec.health_check.enabled || member.target.is_healthy();
    let healthy = here().filter(|member| well(member)).count();
    let open = healthy < group.spec.minimum_healthy_targets as usize;
    let able = here().filter(|member| (open || well(member)) && !asking.tried.contains(&member.target.serial));
    able.collect()
}

/// "Slow start mode": the share grows in a line.
fn share(group: &Group, member: &Member) -> u64 {
    let whole = group.spec.slow_start.0;
    if whole == 0 {
        return WHOLE; // Without a look at the clock.
    }
    let healthy_for = member.target.healthy_for().as_millis() as u64;
    (healthy_for.min(whole) * WHOLE / whole).max(SLOWEST)
}

fn load(group: &Group, member: &Member) -> u64 {
    (member.target.outstanding() + 1) * WHOLE / share(group, member)
}
