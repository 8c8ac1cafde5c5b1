//! One moment, as AWS carries it: milliseconds since the epoch. Where it comes from (a clock) is not this crate's concern.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment in UTC, in milliseconds since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1000)
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment `millis` later (or earlier, where negative).
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + millis)
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Reads ISO 8601 as AWS writes it (`2026-11-21T03:53:00Z`, offsets and fractions allowed).
    ///
    /// # Errors
    /// `None` where the text is no moment.
    pub fn parse_iso8601(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }
}

/// ISO 8601 with milliseconds, as EC2 and CloudFormation print it: `2026-11-21T03:53:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.jiff().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}
