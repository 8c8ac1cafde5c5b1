//! Names and quotas. Follows "Quotas for your Classic Load Balancer".

use super::errors::{ElbError, invalid};
use super::model::{HealthCheck, Protocol};

pub const LOAD_BALANCERS: usize = 20;
pub const LISTENERS: usize = 100;
pub const INSTANCES: usize = 1000;
pub const POLICIES: usize = 100;
const NAME_LENGTH: usize = 32;

/// The quotas as `DescribeAccountLimits` tells them.
pub const TOLD: [(&str, usize); 3] = [
    ("classic-listeners", LISTENERS),
    ("classic-load-balancers", LOAD_BALANCERS),
    ("classic-registered-instances", INSTANCES),
];

/// Checks the name of a load balancer.
pub(super) fn name(name: &str) -> Result<(), ElbError> {
    let formed = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !name.starts_with('-') && !name.ends_with('-');
    if formed && (1..=NAME_LENGTH).contains(&name.len()) {
        return Ok(());
    }
    if name.len() > NAME_LENGTH {
        return Err(invalid(format!("LoadBalancer name cannot be longer than {NAME_LENGTH} characters")));
    }
    Err(invalid(
        "LoadBalancer name must contain only alphanumeric characters or hyphen and cannot begin or end with hyphen",
    ))
}

/// Checks a port.
pub(super) fn port(value: i32) -> Result<u16, ElbError> {
    let port = u16::try_from(value).ok().filter(|port| *port > 0);
    port.ok_or_else(|| invalid(format!("Port {value} must be between 1 and 65535")))
}

/// A protocol as callers write it: case does not matter.
pub(super) fn protocol(text: &str) -> Result<Protocol, ElbError> {
    let found = text.to_ascii_uppercase().parse();
    found.map_err(|_| ElbError::Protocol { protocol: text.to_owned() })
}

/// Reads a health check's target: `HTTP:80/index.html`, `TCP:22`.
pub(super) fn target(text: &str, check: &mut HealthCheck) -> Result<(), ElbError> {
    let wrong = || invalid(format!("HealthCheck target is not valid: {text}"));
    let (word, rest) = text.split_once(':').ok_or_else(wrong)?;
    check.protocol = protocol(word).map_err(|_| wrong())?;
    let at = rest.find('/').unwrap_or(rest.len());
    let (digits, path) = rest.split_at(at);
    check.port = digits.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
    let by_path = matches!(check.protocol, Protocol::Http | Protocol::Https);
    if by_path != path.starts_with('/') {
        return Err(invalid(if by_path {
            "HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path"
        } else {
            "HealthCheck TCP Target must specify a port and no path. e.g. TCP:80"
        }));
    }
    check.path = by_path.then(|| path.to_owned());
    Ok(())
}
