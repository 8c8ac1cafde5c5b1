//! Attributes: keys with values, as tables of what each may be. A row keeps what was changed; the rest is the default.
//! Follows "Load balancer attributes", "Target group attributes" and "HTTP header modification".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_model::Shape;

use super::errors::{Elbv2Error, configuration, invalid};

/// One attribute, as it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// What an attribute may be.
#[derive(Clone, Copy, Debug)]
enum May {
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds.
    Number(u64, u64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
    /// Its default only: what it would turn on is not built.
    Default,
}

type Entry = (&'static str, &'static str, May);

/// A table of attributes.
#[derive(Clone, Copy, Debug)]
pub struct Table(&'static [Entry]);

/// Attributes of Application Load Balancers.
pub const LOAD_BALANCER: Table = Table(&[
    ("access_logs.s3.enabled", "false", May::Boolean),
    ("access_logs.s3.bucket", "", May::Text),
    ("access_logs.s3.prefix", "", May::Text),
    ("client_keep_alive.seconds", "3600", May::Number(60, 604_800)),
    ("connection_logs.s3.enabled", "false", May::Default),
    ("connection_logs.s3.bucket", "", May::Default),
    ("connection_logs.s3.prefix", "", May::Default),
    ("deletion_protection.enabled", "false", May::Boolean),
    ("health_check_logs.s3.enabled", "false", May::Default),
    ("health_check_logs.s3.bucket", "", May::Default),
    ("health_check_logs.s3.prefix", "", May::Default),
    ("idle_timeout.timeout_seconds", "60", May::Number(1, 4000)),
    ("ipv6.deny_all_igw_traffic", "false", May::Default),
    ("load_balancing.cross_zone.enabled", "true", May::Default),
    (
        "routing.http.desync_mitigation_mode",
        "defensive",
        May::Word(&["monitor", "defensive", "strictest"]),
    ),
    ("routing.http.drop_invalid_header_fields.enabled", "false", May::Boolean),
    ("routing.http.preserve_host_header.enabled", "false", May::Boolean),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false", May::Boolean),
    ("routing.http.xff_client_port.enabled", "false", May::Boolean),
    (
        "routing.http.xff_header_processing.mode",
        "append",
        May::Word(&["append", "preserve", "remove"]),
    ),
    ("routing.http2.enabled", "true", May::Boolean),
    ("waf.fail_open.enabled", "false", May::Default),
    ("zonal_shift.config.enabled", "false", May::Default),
]);

/// Attributes of target groups of instances and addresses behind Application Load Balancers.
pub const TARGET_GROUP: Table = Table(&[
    ("deregistration_delay.timeout_seconds", "300", May::Number(0, 3600)),
    ("load_balancing.algorithm.anomaly_mitigation", "off", May::Default),
    (
        "load_balancing.algorithm.type",
        "round_robin",
        May::Word(&["round_robin", "least_outstanding_requests"]),
    ),
    (
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
        May::Word(&["true", "false", "use_load_balancer_configuration"]),
    ),
    ("slow_start.duration_seconds", "0", May::Number(0, 900)),
    ("stickiness.app_cookie.cookie_name", "", May::Text),
    ("stickiness.app_cookie.duration_seconds", "86400", May::Number(1, 604_800)),
    ("stickiness.enabled", "false", May::Boolean),
    ("stickiness.lb_cookie.duration_seconds", "86400", May::Number(1, 604_800)),
    ("stickiness.type", "lb_cookie", May::Word(&["lb_cookie", "app_cookie"])),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1", May::Default),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
        May::Default,
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
        May::Number(1, 1000),
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
        May::Default,
    ),
]);

/// Attributes of HTTP listeners.
pub const LISTENER: Table = Table(&[
    ("routing.http.response.access_control_allow_credentials.header_value", "", May::Text),
    ("routing.http.response.access_control_allow_headers.header_value", "", May::Text),
    ("routing.http.response.access_control_allow_methods.header_value", "", May::Text),
    ("routing.http.response.access_control_allow_origin.header_value", "", May::Text),
    ("routing.http.response.access_control_expose_headers.header_value", "", May::Text),
    ("routing.http.response.access_control_max_age.header_value", "", May::Text),
    ("routing.http.response.content_security_policy.header_value", "", May::Text),
    ("routing.http.response.server.enabled", "true", May::Boolean),
    ("routing.http.response.strict_transport_security.header_value", "", May::Text),
    ("routing.http.response.x_content_type_options.header_value", "", May::Text),
    ("routing.http.response.x_frame_options.header_value", "", May::Text),
]);

/// The attributes of one thing that are not the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// Takes changes.
    ///
    /// # Errors
    /// Where a key is unknown, or a value cannot be.
    pub fn change(&mut self, table: Table, changes: &[Attribute]) -> Result<(), Elbv2Error> {
        for Attribute { key, value } in changes {
            let (_, default, may) = table.entry(key)?;
            may.check(key, value, default)?;
            self.0.insert(key.clone(), value.clone());
        }
        Ok(())
    }

    /// Every attribute with its value, in the order of the table.
    pub fn list(&self, table: Table) -> Vec<Attribute> {
        let tell = |(key, default, _): &Entry| Attribute {
            key: (*key).to_owned(),
            value: self.0.get(*key).cloned().unwrap_or_else(|| (*default).to_owned()),
        };
        table.0.iter().map(tell).collect()
    }

    /// A value.
    pub fn text(&self, table: Table, key: &str) -> String {
        let default = table.entry(key).map_or("", |(_, default, _)| default);
        self.0.get(key).map_or(default, String::as_str).to_owned()
    }

    /// A value that is `true` or `false`.
    pub fn on(&self, table: Table, key: &str) -> bool {
        self.text(table, key) == "true"
    }

    /// A value that is a number.
    pub fn number(&self, table: Table, key: &str) -> u64 {
        self.text(table, key).parse().unwrap_or_default()
    }
}

impl Table {
    fn entry(self, key: &str) -> Result<Entry, Elbv2Error> {
        let found = self.0.iter().find(|(name, ..)| *name == key).copied();
        found.ok_or_else(|| invalid(format!("Attribute key '{key}' is not recognized")))
    }
}

impl May {
    fn check(self, key: &str, value: &str, default: &str) -> Result<(), Elbv2Error> {
        let fits = match self {
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Number(least, most) => value.parse().is_ok_and(|number: u64| (least..=most).contains(&number)),
            Self::Word(words) => words.contains(&value),
            Self::Text => true,
            Self::Default if value == default => true,
            Self::Default => {
                return Err(configuration(format!(
                    "Attribute '{key}' can only be '{default}' here, not '{value}'"
                )));
            }
        };
        if fits {
            return Ok(());
        }
        Err(invalid(format!("'{value}' is not a valid value for attribute '{key}'")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fit_their_own_table_and_wrong_values_do_not() {
        for table in [LOAD_BALANCER, TARGET_GROUP, LISTENER] {
            let mut attributes = Attributes::default();
            let defaults = attributes.list(table);
            assert_eq!(attributes.change(table, &defaults), Ok(()));
            assert_eq!(attributes.list(table), defaults);
        }
        for (table, key, value) in [
            (LOAD_BALANCER, "idle_timeout.timeout_seconds", "0"),
            (LOAD_BALANCER, "idle_timeout.timeout_seconds", "x"),
            (LOAD_BALANCER, "routing.http2.enabled", "yes"),
            (LOAD_BALANCER, "no.such.key", "1"),
            (LOAD_BALANCER, "connection_logs.s3.enabled", "true"),
            (TARGET_GROUP, "load_balancing.algorithm.type", "weighted_random"),
        ] {
            let change = [Attribute {
                key: key.into(),
                value: value.into(),
            }];
            assert!(Attributes::default().change(table, &change).is_err(), "{key}={value}");
        }
    }
}
