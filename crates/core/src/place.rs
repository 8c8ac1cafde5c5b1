//! Where a resource lives: an account and a region.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A 12-digit account id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// A region's code: `us-east-1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(pub String);

impl Region {
    /// Where resources of global services (IAM, Route 53) are kept.
    pub fn global() -> Self {
        Self("aws-global".to_owned())
    }

    /// The name of the availability zone with this letter.
    pub fn zone(&self, letter: char) -> String {
        format!("{}{letter}", self.0)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account and a region: the scope in which an id is unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Place {
    /// The same account's place for global services.
    #[must_use]
    pub fn global(&self) -> Self {
        Self {
            account: self.account.clone(),
            region: Region::global(),
        }
    }
}
