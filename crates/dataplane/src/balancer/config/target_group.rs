//! Target groups: who serves, how one of them is chosen, and how their health is known.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{GroupId, Millis, TargetId};

/// A target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// Its ARN.
    pub id: GroupId,
    /// What is spoken with its targets.
    pub protocol: BackendProtocol,
    /// The HTTP version that is spoken with them.
    #[serde(default)]
    pub version: HttpVersion,
    /// Whether a connection begins with who the client is (a Classic Load Balancer's `ProxyProtocolPolicyType`).
    #[serde(default)]
    pub proxy_protocol: Option<ProxyProtocol>,
    /// How a target is chosen.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// Whether a client stays with its target.
    #[serde(default)]
    pub stickiness: Option<Stickiness>,
    /// `slow_start.duration_seconds`: how long a target that became healthy is given less than its share. 0 is off.
    #[serde(default)]
    pub slow_start: Millis,
    /// Whether targets of all zones serve; absent, the balancer's attribute decides.
    #[serde(default)]
    pub cross_zone: Option<bool>,
    /// `target_group_health.unhealthy_state_routing.minimum_healthy_targets.count`: with fewer, all targets serve.
    #[serde(default = "one")]
    pub minimum_healthy_targets: u32,
    /// How health is checked.
    pub health_check: HealthCheck,
    /// Who serves. A target that is being deregistered is listed, as draining, until its delay is over.
    pub targets: Vec<Target>,
}

fn one() -> u32 {
    1
}

/// What is spoken with targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendProtocol {
    /// HTTP.
    Http,
    /// HTTP over TLS; the target's certificate is not verified, as AWS does.
    Https,
    /// Bytes.
    Tcp,
    /// Bytes over TLS.
    Tls,
}

/// The version of HTTP that targets are spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpVersion {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, for clients that speak it too.
    Http2,
}

/// A version of the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProxyProtocol {
    /// One line of text.
    V1,
}

/// `load_balancing.algorithm.type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// One after the other.
    #[default]
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastOutstandingRequests,
}

/// "Sticky sessions".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stickiness {
    /// By a cookie of the balancer's own: AWSALB, a Classic Load Balancer's AWSELB.
    LbCookie {
        /// How long it is good; a Classic Load Balancer may leave it out, and then it is as long as the browser's session.
        expires: Option<Millis>,
    },
    /// For as long as the application's cookie is there: AWSALBAPP-0, a Classic Load Balancer's AWSELB.
    AppCookie {
        /// The application's cookie.
        name: String,
        /// How long it is good; a Classic Load Balancer has none.
        expires: Option<Millis>,
    },
}

/// How targets are asked whether they are well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Whether they are asked at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What is spoken.
    pub protocol: CheckProtocol,
    /// The port, where it is not the one that gets traffic.
    #[serde(default)]
    pub port: Option<u16>,
    /// The path with its query; nothing for TCP and TLS.
    #[serde(default)]
    pub path: String,
    /// The version of HTTP that is spoken.
    #[serde(default)]
    pub version: HttpVersion,
    /// Between two checks.
    pub interval: Millis,
    /// How long an answer may take.
    pub timeout: Millis,
    /// Consecutive successes that make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// Consecutive failures that make a target unhealthy.
    pub unhealthy_threshold: u32,
    /// The answers that are a success.
    #[serde(default)]
    pub matcher: Matcher,
}

fn yes() -> bool {
    true
}

/// What a health check speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckProtocol {
    /// A GET.
    Http,
    /// A GET over TLS.
    Https,
    /// A connection is enough.
    Tcp,
    /// A TLS handshake is enough; a Classic Load Balancer calls it SSL.
    Tls,
}

/// Status codes, as ranges with both ends: "200,202" is `[(200, 200), (202, 202)]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Matcher(pub Vec<(u16, u16)>);

impl Default for Matcher {
    fn default() -> Self {
        Self(vec![(200, 200)])
    }
}

impl Matcher {
    /// Whether the code is a success.
    pub fn holds(&self, status: u16) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }
}

/// One that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its name within the group.
    pub id: TargetId,
    /// Where it is.
    pub address: SocketAddr,
    /// Its Availability Zone; absent for an address outside the VPC (AWS's `all`).
    #[serde(default)]
    pub zone: Option<String>,
    /// It is being deregistered: gets no new requests, and finishes those under way.
    #[serde(default)]
    pub draining: bool,
}
