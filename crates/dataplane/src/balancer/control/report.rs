//! What a node tells: health of targets, counters, log lines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::balancer::config::{GroupId, TargetId};
use crate::balancer::counters::{Counts, GroupCounts};

/// Health and counters at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The configuration that is served; 0 where there was none yet.
    pub revision: u64,
    /// Names this life of the node: counters begin at zero with each.
    pub life: u64,
    /// Grows whenever a target's health changes; see [`super::Order::Report`].
    pub health_revision: u64,
    /// The targets of each group.
    pub targets: BTreeMap<GroupId, BTreeMap<TargetId, TargetReport>>,
    /// The balancer's counters since its node began.
    pub counts: Counts,
    /// The groups' counters since the node began.
    pub groups: BTreeMap<GroupId, GroupCounts>,
    /// Lines for the access log that wait to be taken.
    #[serde(default)]
    pub log_lines: u64,
}

/// One target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetReport {
    /// Its health.
    pub health: Health,
    /// Requests and connections under way: a draining target that has none is done.
    pub outstanding: u64,
}

/// "Target health status" of AWS's user guides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The word.
    pub state: HealthState,
    /// Why, where it is not healthy.
    pub reason: Option<Reason>,
    /// AWS's sentence for it.
    pub description: Option<String>,
}

/// The words that a node can know; `unused` is the control plane's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Not known yet.
    Initial,
    /// Gets traffic.
    Healthy,
    /// Gets none, as long as others are healthy.
    Unhealthy,
    /// Is being deregistered.
    Draining,
    /// Its health is not checked.
    Unavailable,
}

impl HealthState {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
            Self::Unavailable => "unavailable",
        }
    }
}

/// AWS's reason codes (`TargetHealth` of the API reference) that a node can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No check has ended yet.
    RegistrationInProgress,
    /// Too few checks have ended.
    InitialHealthChecking,
    /// An answer with a status that the matcher does not have.
    ResponseCodeMismatch,
    /// No answer in time.
    Timeout,
    /// No connection, or no HTTP.
    FailedHealthChecks,
    /// It leaves.
    DeregistrationInProgress,
    /// Checks are off.
    HealthCheckDisabled,
}

impl Reason {
    /// As the API writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::RegistrationInProgress => "Elb.RegistrationInProgress",
            Self::InitialHealthChecking => "Elb.InitialHealthChecking",
            Self::ResponseCodeMismatch => "Target.ResponseCodeMismatch",
            Self::Timeout => "Target.Timeout",
            Self::FailedHealthChecks => "Target.FailedHealthChecks",
            Self::DeregistrationInProgress => "Target.DeregistrationInProgress",
            Self::HealthCheckDisabled => "Target.HealthCheckDisabled",
        }
    }
}

/// A listener that does not listen, or not as it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerProblem {
    /// Its port.
    pub port: u16,
    /// What is wrong.
    pub problem: String,
}

/// Lines of the access log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogBatch {
    /// Its number: acknowledge it once the lines are safe.
    pub batch: u64,
    /// In the order in which the requests ended.
    pub lines: Vec<String>,
    /// Lines that were lost since the batch before, since nobody took them.
    pub lost: u64,
}
