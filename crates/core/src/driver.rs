//! What can go wrong when the machine is asked for something. Lives here because the reconcile runtime decides on it; drivers make it.

use serde::{Deserialize, Serialize};

/// Why a driver could not do what it was told. It crosses the agent's socket, so it is data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum DriverError {
    /// A host tool or kernel feature is missing; `hint` is the command or setting that brings it.
    #[error("{what} is missing; {hint}")]
    Missing {
        /// The tool or feature.
        what: String,
        /// What the operator can do.
        hint: String,
    },
    /// The machine is out of something (disk, memory, ids, addresses).
    #[error("out of {what}")]
    Exhausted {
        /// What ran out.
        what: String,
    },
    /// What was asked for does not exist (an image, a sandbox to look into).
    #[error("{what} does not exist")]
    NotFound {
        /// The thing.
        what: String,
    },
    /// The spec can never be met: trying again is useless.
    #[error("refused: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// It failed this time; the reconciler tries again with backoff.
    #[error("{context}: {cause}")]
    Failed {
        /// What was being done.
        context: String,
        /// What the kernel or the tool said.
        cause: String,
    },
}

impl DriverError {
    /// A failure that may pass, with what was being done.
    pub fn failed(context: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::Failed {
            context: context.into(),
            cause: cause.to_string(),
        }
    }

    /// Whether another try could succeed without anything else changing.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Exhausted { .. })
    }
}
