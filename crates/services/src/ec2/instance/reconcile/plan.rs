//! What to do about one instance. Pure.

use std::time::Duration;

use tierra_drivers::compute::{Phase, SandboxState};

use super::sandbox;
use crate::ec2::instance::model::{Cause, Found, Instance, Power};
use crate::ec2::network_interface::NetworkInterface;
use crate::machine::{Actual, IMAGE, NETWORK, elapsed, in_force};

/// How long a terminated instance can still be seen.
pub(super) const VISIBLE: Duration = Duration::from_secs(3600);

/// What is actual of one instance.
#[derive(Clone, Debug)]
pub struct Observed {
    pub(super) machine: Actual,
    /// The interfaces that this process last gave to its sandbox; a restart forgets them and gives them once more.
    pub(super) plugged: Option<Vec<String>>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Have the image built.
    Build(String),
    /// Say what it waits for.
    Say(&'static str),
    /// Start the sandbox, or restart it for a newer boot.
    Start,
    /// Give the running sandbox its interfaces.
    Plug,
    /// Stop the sandbox, its disk kept.
    Stop,
    /// Say what was found.
    Found(Found),
    /// Say that this boot ended by itself.
    Halt { boot: u64, cause: Cause },
    /// End the sandbox and its disk.
    Remove,
    /// Let go of interfaces and volumes, and say that the instance is gone.
    Release,
    /// Look again then.
    Wait(Duration),
    /// Forget the instance.
    Forget,
}

/// What it waits for while its disk is kept as an image.
pub(super) const DISK: &str = "its disk is being kept as an image";

/// `still`: its disk is to be kept while it does not run.
pub(super) fn steps(instance: &Instance, interfaces: &[NetworkInterface], still: bool, actual: &Observed) -> Vec<Step> {
    match instance.wish() {
        Power::Running if still => say(instance, DISK),
        Power::Running => run(instance, interfaces, actual),
        Power::Stopped => stop(instance, &actual.machine),
        Power::Terminated => end(instance, &actual.machine),
    }
}

fn run(instance: &Instance, interfaces: &[NetworkInterface], actual: &Observed) -> Vec<Step> {
    let boot = instance.spec.boot;
    match &actual.machine.sandbox {
        Some(SandboxState {
            phase: Phase::Running,
            boot: at,
        }) if *at == boot => plug(interfaces, actual)
            .into_iter()
            .chain(found(instance, Found::Running))
            .collect(),
        Some(SandboxState {
            phase: Phase::Exited { .. },
            boot: at,
        }) if *at == boot => vec![Step::Halt {
            boot,
            cause: Cause::Shutdown,
        }],
        _ if actual.machine.lacks(&instance.spec.machine_image) => say(instance, IMAGE)
            .into_iter()
            .chain([Step::Build(instance.spec.machine_image.clone())])
            .collect(),
        _ if !in_force(interfaces) => say(instance, NETWORK),
        _ => vec![Step::Start],
    }
}

/// Interfaces come and go while a sandbox runs.
fn plug(interfaces: &[NetworkInterface], actual: &Observed) -> Option<Step> {
    let ids = sandbox::interfaces(interfaces);
    (in_force(interfaces) && actual.plugged.as_ref() != Some(&ids)).then_some(Step::Plug)
}

fn stop(instance: &Instance, actual: &Actual) -> Vec<Step> {
    match &actual.sandbox {
        None | Some(SandboxState { phase: Phase::Stopped, .. }) => found(instance, Found::Stopped),
        Some(_) => vec![Step::Stop],
    }
}

fn end(instance: &Instance, actual: &Actual) -> Vec<Step> {
    let Some(ended) = instance.status.ended.filter(|_| instance.status.found == Found::Gone) else {
        return vec![Step::Remove, Step::Release];
    };
    match VISIBLE.checked_sub(elapsed(ended, actual.now)) {
        Some(left) if !left.is_zero() => vec![Step::Wait(left)],
        _ => vec![Step::Forget],
    }
}

/// Says what it waits for, where that is news.
fn say(instance: &Instance, what: &'static str) -> Vec<Step> {
    let told = instance.status.waits_for.as_deref() == Some(what);
    (!told).then_some(Step::Say(what)).into_iter().collect()
}

/// Says what was found, where that is news.
fn found(instance: &Instance, found: Found) -> Vec<Step> {
    let told = instance.status.found == found && instance.status.waits_for.is_none();
    (!told).then_some(Step::Found(found)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use tierra_model::Timestamp;

    use super::*;
    use crate::ec2::instance::model::Halt;
    use crate::ec2::instance::tests::{instance, interface};

    fn sandbox(phase: Phase, boot: u64) -> Option<SandboxState> {
        Some(SandboxState { phase, boot })
    }

    fn observed(sandbox: Option<SandboxState>, images: Vec<String>, plugged: Option<Vec<String>>, now: i64) -> Observed {
        let machine = Actual {
            sandbox,
            images,
            now: Timestamp(now),
        };
        Observed { machine, plugged }
    }

    fn exited() -> Phase {
        Phase::Exited { reason: "poweroff".into() }
    }

    #[test]
    fn the_machine_follows_the_wish() {
        let build = || Step::Build("debian-12".into());
        let halt = || Step::Halt {
            boot: 1,
            cause: Cause::Shutdown,
        };
        let have = || vec!["debian-12".to_owned()];
        let cases = [
            (
                "no image",
                Power::Running,
                Found::Nothing,
                None,
                vec![],
                true,
                vec![Step::Say(IMAGE), build()],
            ),
            (
                "no network",
                Power::Running,
                Found::Nothing,
                None,
                have(),
                false,
                vec![Step::Say(NETWORK)],
            ),
            ("ready", Power::Running, Found::Nothing, None, have(), true, vec![Step::Start]),
            (
                "lost with the machine",
                Power::Running,
                Found::Running,
                sandbox(Phase::Stopped, 1),
                vec![],
                true,
                vec![Step::Start],
            ),
            (
                "an older boot",
                Power::Running,
                Found::Running,
                sandbox(Phase::Running, 0),
                vec![],
                true,
                vec![Step::Start],
            ),
            (
                "an older boot's end",
                Power::Running,
                Found::Stopped,
                sandbox(exited(), 0),
                vec![],
                true,
                vec![Step::Start],
            ),
            (
                "adopted",
                Power::Running,
                Found::Nothing,
                sandbox(Phase::Running, 1),
                vec![],
                true,
                vec![Step::Found(Found::Running)],
            ),
            (
                "as it should be",
                Power::Running,
                Found::Running,
                sandbox(Phase::Running, 1),
                vec![],
                true,
                vec![],
            ),
            (
                "shut down from inside",
                Power::Running,
                Found::Running,
                sandbox(exited(), 1),
                vec![],
                true,
                vec![halt()],
            ),
            (
                "to stop",
                Power::Stopped,
                Found::Running,
                sandbox(Phase::Running, 1),
                vec![],
                true,
                vec![Step::Stop],
            ),
            (
                "stopped, not told",
                Power::Stopped,
                Found::Running,
                sandbox(Phase::Stopped, 1),
                vec![],
                true,
                vec![Step::Found(Found::Stopped)],
            ),
            (
                "stopped",
                Power::Stopped,
                Found::Stopped,
                sandbox(Phase::Stopped, 1),
                vec![],
                true,
                vec![],
            ),
            (
                "to end",
                Power::Terminated,
                Found::Running,
                sandbox(Phase::Running, 1),
                vec![],
                true,
                vec![Step::Remove, Step::Release],
            ),
            (
                "to end, never begun",
                Power::Terminated,
                Found::Nothing,
                None,
                vec![],
                false,
                vec![Step::Remove, Step::Release],
            ),
        ];
        for (what, power, found, sandbox, images, in_force, expected) in cases {
            let mut one = instance();
            one.spec.power = power;
            one.status.found = found;
            let actual = observed(sandbox, images, Some(vec!["eni-0123456789abcdef0".to_owned()]), 0);
            assert_eq!(steps(&one, &[interface(in_force)], false, &actual), expected, "{what}");
            if power == Power::Running {
                assert_eq!(
                    steps(&one, &[interface(in_force)], true, &actual),
                    [Step::Say(DISK)],
                    "{what}, still"
                );
            }
        }
    }

    #[test]
    fn a_running_sandbox_gets_and_loses_interfaces() {
        let mut one = instance();
        one.status.found = Found::Running;
        let mut second = interface(true);
        second.id = "eni-00000000000000002".parse().unwrap_or_default();
        let (first, ids) = (interface(true), |ids: &[&str]| Some(ids.iter().map(ToString::to_string).collect()));
        let has = ["eni-0123456789abcdef0", "eni-00000000000000002"];
        let cases = [
            ("as it is", vec![first.clone()], ids(&has[..1]), vec![]),
            ("adopted", vec![first.clone()], None, vec![Step::Plug]),
            ("one more", vec![first.clone(), second.clone()], ids(&has[..1]), vec![Step::Plug]),
            (
                "one more, not in force",
                vec![first.clone(), interface(false)],
                ids(&has[..1]),
                vec![],
            ),
            ("one less", vec![first], ids(&has), vec![Step::Plug]),
        ];
        for (what, interfaces, plugged, expected) in cases {
            let actual = observed(sandbox(Phase::Running, 1), vec![], plugged, 0);
            assert_eq!(steps(&one, &interfaces, false, &actual), expected, "{what}");
        }
    }

    #[test]
    fn an_end_by_itself_changes_the_wish_until_the_next_boot() {
        let failed = || Cause::Failed { reason: "no".into() };
        let stop = crate::ec2::instance::model::ShutdownBehavior::Stop;
        let terminate = crate::ec2::instance::model::ShutdownBehavior::Terminate;
        for (cause, behavior, has_run, boot, expected) in [
            (Cause::Shutdown, stop, true, 1, Power::Stopped),
            (Cause::Shutdown, terminate, true, 1, Power::Terminated),
            (Cause::Shutdown, terminate, true, 2, Power::Running),
            (failed(), stop, false, 1, Power::Terminated),
            (failed(), terminate, true, 1, Power::Stopped),
        ] {
            let mut one = instance();
            one.spec.shutdown_behavior = behavior;
            one.spec.boot = boot;
            one.status.has_run = has_run;
            one.status.halt = Some(Halt {
                boot: 1,
                cause: cause.clone(),
                at: Timestamp(0),
            });
            assert_eq!(one.wish(), expected, "{cause:?} {behavior} {has_run} {boot}");
        }
    }

    #[test]
    fn the_terminated_are_seen_for_an_hour() {
        let mut one = instance();
        one.spec.power = Power::Terminated;
        one.status.found = Found::Gone;
        one.status.ended = Some(Timestamp(0));
        let at = |now| steps(&one, &[], false, &observed(None, vec![], None, now));
        assert_eq!(at(60_000), [Step::Wait(Duration::from_secs(3540))]);
        assert_eq!(at(3_600_000), [Step::Forget]);
    }
}
