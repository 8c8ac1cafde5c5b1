//! What to do about one node. Pure.

use std::time::Duration;

use tierra_drivers::compute::{Phase, SandboxState};

use crate::ec2::network_interface::NetworkInterface;
use crate::machine::{Actual, IMAGE, NETWORK, elapsed, in_force};
use crate::node::model::{End, Found, Node, Power};

/// How long a node that ended waits for its next start: this for the first time …
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// … twice as long each time after, and this at the most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A node that ran for this long and then ends has not failed to start: its pauses begin anew.
const STEADY: Duration = Duration::from_secs(60);

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Have the image built.
    Build(String),
    /// Say what it waits for.
    Say(&'static str),
    /// Start the sandbox, or restart it for a newer boot.
    Start,
    /// Stop the sandbox, its disk kept.
    Stop,
    /// Say what was found.
    Found(Found),
    /// Say that it ended by itself.
    Ended(End),
    /// Have it started again.
    Restart,
    /// End the sandbox and its disk.
    Remove,
    /// Look again then.
    Wait(Duration),
    /// Forget the node.
    Forget,
}

pub(super) fn steps(node: &Node, interfaces: &[NetworkInterface], actual: &Actual) -> Vec<Step> {
    match node.spec.power {
        Power::On => run(node, interfaces, actual),
        Power::Off => stop(node, actual),
        Power::Gone => vec![Step::Remove, Step::Forget],
    }
}

fn run(node: &Node, interfaces: &[NetworkInterface], actual: &Actual) -> Vec<Step> {
    let at_boot = actual.sandbox.as_ref().filter(|state| state.boot == node.boot());
    match at_boot.map(|state| &state.phase) {
        Some(Phase::Running) if node.runs() && node.status.waits_for.is_none() => Vec::new(),
        Some(Phase::Running) => vec![Step::Found(Found::Running)],
        Some(Phase::Exited { reason }) => again(node, reason, actual),
        _ if actual.lacks(&node.spec.image) => say(node, IMAGE).into_iter().chain([Step::Build(node.spec.image.clone())]).collect(),
        _ if interfaces.len() < node.spec.interfaces.len() || !in_force(interfaces) => say(node, NETWORK),
        _ => vec![Step::Start],
    }
}

/// What to do about a boot that ended by itself: written down first, so that a restart of the control plane does not forget how
/// often it was tried.
fn again(node: &Node, reason: &str, actual: &Actual) -> Vec<Step> {
    let noted = node.status.end.as_ref().filter(|end| end.boot == node.boot());
    let Some(end) = noted else {
        return vec![Step::Ended(ended(node, reason, actual))];
    };
    match pause(end.streak).checked_sub(elapsed(end.at, actual.now)) {
        Some(left) if !left.is_zero() => vec![Step::Wait(left)],
        _ => vec![Step::Restart],
    }
}

/// This boot's end, as one of those in a row.
pub(super) fn ended(node: &Node, reason: &str, actual: &Actual) -> End {
    let before = node.status.end.as_ref().map_or(0, |end| end.streak);
    let steady = node.status.since.is_some_and(|since| elapsed(since, actual.now) >= STEADY);
    End {
        boot: node.boot(),
        reason: reason.to_owned(),
        at: actual.now,
        streak: if steady { 1 } else { before.saturating_add(1) },
    }
}

fn pause(streak: u32) -> Duration {
    let doubled = 2u32.checked_pow(streak.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

fn stop(node: &Node, actual: &Actual) -> Vec<Step> {
    match &actual.sandbox {
        None | Some(SandboxState { phase: Phase::Stopped, .. }) => {
            let told = node.status.found == Found::Stopped && node.status.waits_for.is_none();
            (!told).then_some(Step::Found(Found::Stopped)).into_iter().collect()
        }
        Some(_) => vec![Step::Stop],
    }
}

/// Says what it waits for, where that is news.
fn say(node: &Node, what: &'static str) -> Vec<Step> {
    let told = node.status.waits_for.as_deref() == Some(what);
    (!told).then_some(Step::Say(what)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use tierra_model::Timestamp;

    use super::*;
    use crate::node::tests::{interface, node};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn actual(sandbox: Option<(Phase, u64)>, has_image: bool) -> Actual {
        Actual {
            sandbox: sandbox.map(|(phase, boot)| SandboxState { phase, boot }),
            images: has_image.then(|| "debian-12".to_owned()).into_iter().collect(),
            now: NOW,
        }
    }

    fn exited() -> Phase {
        Phase::Exited { reason: "killed".into() }
    }

    fn end(boot: u64, ago: i64, streak: u32) -> End {
        End {
            boot,
            reason: "killed".into(),
            at: Timestamp(NOW.0 - ago),
            streak,
        }
    }

    #[test]
    fn the_machine_follows_the_spec() {
        let build = || Step::Build("debian-12".into());
        for (what, power, sandbox, has_image, in_force, expected) in [
            ("no image", Power::On, None, false, true, vec![Step::Say(IMAGE), build()]),
            ("no network", Power::On, None, true, false, vec![Step::Say(NETWORK)]),
            ("ready", Power::On, None, true, true, vec![Step::Start]),
            (
                "lost with the machine",
                Power::On,
                Some((Phase::Stopped, 1)),
                false,
                true,
                vec![Step::Start],
            ),
            (
                "an older boot",
                Power::On,
                Some((Phase::Running, 0)),
                false,
                true,
                vec![Step::Start],
            ),
            (
                "an older boot's end",
                Power::On,
                Some((exited(), 0)),
                false,
                true,
                vec![Step::Start],
            ),
            (
                "adopted",
                Power::On,
                Some((Phase::Running, 1)),
                false,
                true,
                vec![Step::Found(Found::Running)],
            ),
            ("died", Power::On, Some((exited(), 1)), false, true, vec![Step::Ended(end(1, 0, 1))]),
            ("to stop", Power::Off, Some((Phase::Running, 1)), false, true, vec![Step::Stop]),
            ("to stop, dead", Power::Off, Some((exited(), 1)), false, true, vec![Step::Stop]),
            (
                "stopped",
                Power::Off,
                Some((Phase::Stopped, 1)),
                false,
                true,
                vec![Step::Found(Found::Stopped)],
            ),
            (
                "to end",
                Power::Gone,
                Some((Phase::Running, 1)),
                false,
                true,
                vec![Step::Remove, Step::Forget],
            ),
            (
                "to end, never begun",
                Power::Gone,
                None,
                false,
                false,
                vec![Step::Remove, Step::Forget],
            ),
        ] {
            let mut one = node();
            one.spec.power = power;
            assert_eq!(steps(&one, &[interface(in_force)], &actual(sandbox, has_image)), expected, "{what}");
        }
        assert_eq!(
            steps(&node(), &[], &actual(None, true)),
            [Step::Say(NETWORK)],
            "an interface is missing"
        );
    }

    #[test]
    fn what_is_as_it_should_be_is_left_alone() {
        let mut one = node();
        one.status.found = Found::Running;
        one.status.booted = Some(1);
        assert_eq!(steps(&one, &[interface(true)], &actual(Some((Phase::Running, 1)), false)), []);
        one.status.restarts = 2;
        assert_eq!(steps(&one, &[interface(true)], &actual(Some((Phase::Running, 3)), false)), []);
        one.spec.power = Power::Off;
        one.status.found = Found::Stopped;
        assert_eq!(steps(&one, &[interface(true)], &actual(Some((Phase::Stopped, 3)), false)), []);
    }

    #[test]
    fn the_dead_are_started_again_later_each_time() {
        for (ago, streak, expected) in [
            (0, 1, Step::Wait(FIRST_PAUSE)),
            (100, 1, Step::Restart),
            (100, 3, Step::Wait(FIRST_PAUSE * 3)),
            (400, 3, Step::Restart),
            (10_000, 64, Step::Wait(LONGEST_PAUSE - Duration::from_secs(10))),
            (-5000, 1, Step::Wait(FIRST_PAUSE)),
        ] {
            let mut one = node();
            one.status.end = Some(end(1, ago, streak));
            let plan = steps(&one, &[interface(true)], &actual(Some((exited(), 1)), false));
            assert_eq!(plan, [expected], "{ago} {streak}");
        }
    }

    #[test]
    fn a_long_life_ends_a_streak() {
        for (lived, expected) in [(59_000, 5), (60_000, 1)] {
            let mut one = node();
            one.status.since = Some(Timestamp(NOW.0 - lived));
            one.status.end = Some(end(0, 100_000, 4));
            assert_eq!(ended(&one, "killed", &actual(None, false)).streak, expected, "{lived}");
        }
    }
}
