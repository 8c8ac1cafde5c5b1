//! How a node is told and asked: the control plane connects to its Unix socket, sends one [`Order`] at a time and reads one
//! [`Reply`] to each.
//!
//! **Invariant**: the node keeps its configuration and goes on when nobody is connected; counters only grow while it lives;
//! log lines are kept, within a bound, until they are acknowledged.

mod client;
mod frame;
mod report;

use serde::{Deserialize, Serialize};

use super::config::Config;

pub use client::{Client, ControlError};
pub use frame::{read, write};
pub use report::{Health, HealthState, ListenerProblem, LogBatch, Reason, Report, TargetReport};

/// What the control plane says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Serve so from now on. Connections whose listener stays live on.
    Configure(Box<Config>),
    /// Tell health and counters.
    Report {
        /// Wait, within [`REPORT_WAIT`], until health is newer than this.
        seen: Option<u64>,
    },
    /// Hand out log lines.
    TakeLogs {
        /// The batch that was kept safe last; it is forgotten now.
        acknowledged: u64,
    },
    /// Finish what is under way, within a bound, and end.
    End,
}

/// What the node answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// To `Configure`: which revision is served, and what of it could not be done.
    Configured {
        /// The revision.
        revision: u64,
        /// The listeners that do not listen, or not as they should.
        problems: Vec<ListenerProblem>,
    },
    /// To `Report`.
    Report(Box<Report>),
    /// To `TakeLogs`.
    Logs(LogBatch),
    /// To `End`.
    Ending,
}

/// How long a `Report` may wait for news.
pub const REPORT_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
