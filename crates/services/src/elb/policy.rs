//! Policies: what a listener or an instance port is told to do beside passing on. Follows "CreateLoadBalancerPolicy".

use serde::{Deserialize, Serialize};
use tierra_model::text_enum;

use super::errors::{ElbError, configuration, invalid};

text_enum! {
    /// The types of policies that are honoured.
    pub enum PolicyType {
        LbCookie = "LBCookieStickinessPolicyType",
        AppCookie = "AppCookieStickinessPolicyType",
        ProxyProtocol = "ProxyProtocolPolicyType",
        SslNegotiation = "SSLNegotiationPolicyType",
    }
}

/// A policy of a load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub name: String,
    pub kind: PolicyType,
    /// As they were given.
    pub attributes: Vec<(String, String)>,
}

/// What one attribute of a type may be: name, kind, default, description, cardinality.
pub type AttributeType = (&'static str, &'static str, &'static str, &'static str, &'static str);

impl PolicyType {
    /// What AWS says that it is for.
    pub fn description(self) -> &'static str {
        match self {
            Self::LbCookie => {
                "Stickiness policy with session lifetimes controlled by the browser (user-agent) or a specified expiration period. This policy can be associated only with HTTP/HTTPS listeners."
            }
            Self::AppCookie => {
                "Stickiness policy with session lifetimes controlled by the lifetime of the application-generated cookie. This policy can be associated only with HTTP/HTTPS listeners."
            }
            Self::ProxyProtocol => {
                "Policy that controls whether to include the IP address and port of the originating request for TCP messages. This policy operates on TCP/SSL listeners only"
            }
            Self::SslNegotiation => {
                "Listener policy that defines the ciphers and protocols that will be accepted by the load balancer. This policy can be associated only with HTTPS/SSL listeners."
            }
        }
    }

    /// Its attributes.
    pub fn attributes(self) -> &'static [AttributeType] {
        match self {
            Self::LbCookie => &[("CookieExpirationPeriod", "Long", "", "", "ZERO_OR_ONE")],
            Self::AppCookie => &[("CookieName", "String", "", "", "ONE")],
            Self::ProxyProtocol => &[("ProxyProtocol", "Boolean", "", "", "ONE")],
            Self::SslNegotiation => &[
                ("Protocol-TLSv1.2", "Boolean", "true", "", "ZERO_OR_ONE"),
                ("Server-Defined-Cipher-Order", "Boolean", "true", "", "ZERO_OR_ONE"),
                ("Reference-Security-Policy", "String", "", "", "ZERO_OR_ONE"),
            ],
        }
    }
}

impl Policy {
    /// A policy, checked.
    ///
    /// # Errors
    /// Where its name cannot be, or an attribute is unknown or cannot be.
    pub fn checked(name: &str, kind: PolicyType, attributes: Vec<(String, String)>) -> Result<Self, ElbError> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            return Err(invalid(format!(
                "Policy name '{name}' must be alphanumeric, hyphens and underscores allowed"
            )));
        }
        for (attribute, value) in &attributes {
            let known = kind.attributes().iter().find(|(known, ..)| known == attribute);
            let fits = known.is_some_and(|(_, kind, ..)| match *kind {
                "Long" => value.parse::<u64>().is_ok(),
                "Boolean" => matches!(value.as_str(), "true" | "false"),
                _ => !value.is_empty(),
            });
            if !fits {
                return Err(configuration(format!(
                    "Policy attribute '{attribute}' with value '{value}' is not supported for {kind}"
                )));
            }
        }
        for (attribute, .., cardinality) in kind.attributes() {
            if *cardinality == "ONE" && !attributes.iter().any(|(name, _)| name == attribute) {
                return Err(configuration(format!(
                    "Policy attribute '{attribute}' must be specified for {kind}"
                )));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            attributes,
        })
    }

    /// The value of an attribute.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name == attribute);
        found.map(|(_, value)| value.as_str())
    }
}
