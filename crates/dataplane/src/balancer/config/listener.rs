//! Listeners, their rules and what these do.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{GroupId, Millis};

/// A port that clients connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The port.
    pub port: u16,
    /// What is spoken on it.
    pub protocol: ListenerProtocol,
    /// Needed by HTTPS and TLS.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// In the order of their priority; the first that matches acts.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What is done where no rule matches. A TCP or TLS listener only forwards.
    pub default_action: Action,
    /// Headers that every response gets (`routing.http.response.*.header_value`).
    #[serde(default)]
    pub response_headers: BTreeMap<String, String>,
    /// `routing.http.response.server.enabled`: whether the balancer's own responses say `Server: awselb/2.0`.
    #[serde(default = "yes")]
    pub server_header: bool,
}

fn yes() -> bool {
    true
}

/// What is spoken with clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenerProtocol {
    /// HTTP/1.1.
    Http,
    /// HTTP/1.1 or HTTP/2 over TLS.
    Https,
    /// Bytes.
    Tcp,
    /// Bytes over TLS; a Classic Load Balancer calls it SSL.
    Tls,
}

/// How TLS is spoken on a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// The default certificate, then those that SNI chooses.
    pub certificates: Vec<Certificate>,
    /// What the security policy allows.
    #[serde(default = "TlsVersion::all")]
    pub versions: Vec<TlsVersion>,
}

/// A version of TLS. Older ones are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl TlsVersion {
    fn all() -> Vec<Self> {
        vec![Self::V1_2, Self::V1_3]
    }
}

/// A server certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its ARN, as access logs name it.
    pub arn: String,
    /// The certificate and what it was signed by, PEM.
    pub chain_pem: String,
    /// Its private key, PEM.
    pub key_pem: String,
    /// The names that it is chosen for; `*.example.com` stands for one label.
    pub names: Vec<String>,
}

/// A listener rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// From 1 on; access logs name it.
    pub priority: u32,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// What is done.
    pub action: Action,
}

/// "Condition types for listener rules": it holds where any of its values does. `*` stands for any characters, `?` for one,
/// except in methods and source addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The `Host` header without its port; case does not matter.
    HostHeader(Vec<String>),
    /// The path without its query; case matters.
    PathPattern(Vec<String>),
    /// A header's value; case does not matter.
    HttpHeader {
        /// The header's name.
        name: String,
        /// Patterns.
        values: Vec<String>,
    },
    /// The method, exactly.
    HttpRequestMethod(Vec<String>),
    /// A pair of the query, or a value whatever its key; case does not matter.
    QueryString(Vec<QueryPair>),
    /// The address that the connection came from.
    SourceIp(Vec<IpNet>),
}

/// One pattern for pairs of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryPair {
    /// Any key where it is absent.
    #[serde(default)]
    pub key: Option<String>,
    /// A pattern of the value.
    pub value: String,
}

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// To a target.
    Forward(Forward),
    /// To another address.
    Redirect(Redirect),
    /// Answered here.
    FixedResponse(FixedResponse),
}

/// To a target of one of some groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// The groups with their weights.
    pub groups: Vec<WeightedGroup>,
    /// "Target group stickiness": how long a client stays with the group that it was given.
    #[serde(default)]
    pub stickiness: Option<Millis>,
}

/// A group and its share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightedGroup {
    /// The group.
    pub group: GroupId,
    /// 0 to 999; 0 gets nothing.
    pub weight: u32,
}

/// "Redirect actions": each part may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` where AWS allows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// 301 or 302.
    pub status: u16,
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    pub protocol: String,
    /// `#{host}` by default.
    pub host: String,
    /// `#{port}` by default.
    pub port: String,
    /// `/#{path}` by default.
    pub path: String,
    /// `#{query}` by default.
    pub query: String,
}

/// "Fixed-response actions".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedResponse {
    /// 2XX, 4XX or 5XX.
    pub status: u16,
    /// Where there is a body.
    #[serde(default)]
    pub content_type: Option<String>,
    /// At most 1,024 bytes.
    #[serde(default)]
    pub body: String,
}
