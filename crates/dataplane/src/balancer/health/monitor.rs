//! From the outcomes of checks to AWS's word for a target's health: pure.

use crate::balancer::config::HealthCheck;
use crate::balancer::control::{Health, HealthState, Reason};

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Success,
    /// With a status that the matcher does not have.
    Status(u16),
    /// Not in time.
    Timeout,
    /// Without a connection, or without HTTP.
    Failed,
}

/// What is known of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    health: Health,
    successes: u32,
    failures: u32,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            health: health(
                HealthState::Initial,
                Reason::RegistrationInProgress,
                "Target registration is in progress",
            ),
            successes: 0,
            failures: 0,
        }
    }
}

fn health(state: HealthState, reason: Reason, description: &str) -> Health {
    Health {
        state,
        reason: Some(reason),
        description: Some(description.to_owned()),
    }
}

/// The health of a target that is being deregistered.
pub fn draining() -> Health {
    health(
        HealthState::Draining,
        Reason::DeregistrationInProgress,
        "Target deregistration is in progress",
    )
}

/// The health of a target whose health is not checked.
pub fn unchecked() -> Health {
    health(
        HealthState::Unavailable,
        Reason::HealthCheckDisabled,
        "Health checks are disabled for this target",
    )
}

impl Monitor {
    /// What is known.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Takes the end of a check in; `first` is how many successes make a target healthy that was not known before.
    pub fn note(&mut self, outcome: Outcome, check: &HealthCheck, first: u32) {
        if outcome == Outcome::Success {
            (self.successes, self.failures) = (self.successes.saturating_add(1), 0);
        } else {
            (self.successes, self.failures) = (0, self.failures.saturating_add(1));
        }
        let enough = match self.health.state {
            HealthState::Unhealthy => check.healthy_threshold,
            _ => first,
        };
        match self.health.state {
            HealthState::Healthy if self.failures < check.unhealthy_threshold => {}
            _ if outcome == Outcome::Success && self.successes >= enough => self.health = healthy(),
            _ if self.failures >= check.unhealthy_threshold => self.health = unhealthy(outcome),
            HealthState::Initial => self.health = waiting(),
            _ => {}
        }
    }
}

fn healthy() -> Health {
    Health {
        state: HealthState::Healthy,
        reason: None,
        description: None,
    }
}

fn waiting() -> Health {
    health(
        HealthState::Initial,
        Reason::InitialHealthChecking,
        "Initial health checks in progress",
    )
}

fn unhealthy(outcome: Outcome) -> Health {
    let state = HealthState::Unhealthy;
    match outcome {
        Outcome::Status(code) => health(
            state,
            Reason::ResponseCodeMismatch,
            &format!("Health checks failed with these codes: [{code}]"),
        ),
        Outcome::Timeout => health(state, Reason::Timeout, "Request timed out"),
        Outcome::Success | Outcome::Failed => health(state, Reason::FailedHealthChecks, "Health checks failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balancer::config::{CheckProtocol, HttpVersion, Matcher, Millis};

    fn check() -> HealthCheck {
        HealthCheck {
            enabled: true,
            protocol: CheckProtocol::Http,
            port: None,
            path: "/".to_owned(),
            version: HttpVersion::Http1,
            interval: Millis::seconds(30),
            timeout: Millis::seconds(5),
            healthy_threshold: 3,
            unhealthy_threshold: 2,
            matcher: Matcher::default(),
        }
    }

    #[test]
    fn the_words_follow_the_outcomes() {
        use Outcome::{Failed, Status, Success, Timeout};
        let cases: &[(&[Outcome], u32, &str)] = &[
            (&[], 1, "initial Elb.RegistrationInProgress"),
            (&[Success], 1, "healthy"),
            (&[Success], 2, "initial Elb.InitialHealthChecking"),
            (&[Success, Success], 2, "healthy"),
            (&[Failed], 1, "initial Elb.InitialHealthChecking"),
            (&[Failed, Failed], 1, "unhealthy Target.FailedHealthChecks"),
            (&[Success, Failed], 1, "healthy"),
            (&[Success, Failed, Success, Failed], 1, "healthy"),
            (&[Success, Failed, Status(500)], 1, "unhealthy Target.ResponseCodeMismatch"),
            (&[Failed, Failed, Timeout], 1, "unhealthy Target.Timeout"),
            (&[Failed, Failed, Success, Success], 1, "unhealthy Target.FailedHealthChecks"),
            (&[Failed, Failed, Success, Success, Success], 1, "healthy"),
            (
                &[Failed, Failed, Success, Success, Failed],
                1,
                "unhealthy Target.FailedHealthChecks",
            ),
        ];
        for (outcomes, first, wanted) in cases {
            let mut monitor = Monitor::default();
            for outcome in *outcomes {
                monitor.note(*outcome, &check(), *first);
            }
            let health = monitor.health();
            let said = format!("{} {}", health.state.word(), health.reason.map_or("", Reason::code));
            assert_eq!(said.trim_end(), *wanted, "{outcomes:?}");
        }
    }

    #[test]
    fn a_wrong_status_is_named() {
        let mut monitor = Monitor::default();
        monitor.note(Outcome::Status(500), &check(), 1);
        monitor.note(Outcome::Status(502), &check(), 1);
        let description = monitor.health().description.clone();
        assert_eq!(description.as_deref(), Some("Health checks failed with these codes: [502]"));
    }
}
