//! What a balancer's node is told: one value that says everything, sent whole whenever anything of it changes.
//!
//! **Invariant**: plain data. Whoever makes it has checked it against AWS's rules; the node only refuses what it cannot do
//! (a port it cannot bind, a certificate that is none), and says so in its answer.

mod attributes;
mod listener;
mod target_group;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use attributes::{Attributes, DesyncMode, XffMode};
pub use listener::{
    Action, Certificate, Condition, FixedResponse, Forward, Listener, ListenerProtocol, QueryPair, Redirect, Rule, Tls, TlsVersion,
    WeightedGroup,
};
pub use target_group::{
    Algorithm, BackendProtocol, CheckProtocol, HealthCheck, HttpVersion, Matcher, ProxyProtocol, Stickiness, Target, TargetGroup,
};

/// A span of time in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// So many seconds, as AWS's API counts.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds * 1000)
    }

    /// The same span.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

/// The whole configuration of one balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Grows with every change; the node's answers name the one that they speak of.
    pub revision: u64,
    /// Which of AWS's balancers it behaves as.
    pub kind: Kind,
    /// As access logs name it: `app/NAME/ID`, or a Classic Load Balancer's name.
    pub name: String,
    /// Its own addresses, by Availability Zone. Where there are none, it listens on every address and knows no zones.
    #[serde(default)]
    pub zones: Vec<Zone>,
    /// The balancer's attributes.
    #[serde(default)]
    pub attributes: Attributes,
    /// What it listens on.
    #[serde(default)]
    pub listeners: Vec<Listener>,
    /// The target groups that its listeners name. A Classic Load Balancer has one for each instance protocol and port.
    #[serde(default)]
    pub groups: Vec<TargetGroup>,
    /// What makes its stickiness cookies its own: random, the same for as long as the balancer lives.
    pub cookie_key: String,
    /// Whether lines for access logs are kept until they are taken.
    #[serde(default)]
    pub access_log: bool,
}

/// Which of AWS's balancers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Application Load Balancer.
    Application,
    /// Classic Load Balancer.
    Classic,
}

/// The node's addresses in one Availability Zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// `us-east-1a`.
    pub name: String,
    /// Where clients reach it in this zone.
    pub addresses: Vec<IpAddr>,
}

/// Names a target group: its ARN, or what a Classic Load Balancer's owner likes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub String);

/// Names a target within its group: `i-0123456789abcdef0:80`, `10.0.1.7:80`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetId(pub String);
