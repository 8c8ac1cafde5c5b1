//! What the service keeps, a file a noun. Rows are kept by their ARN.

mod listener;
mod load_balancer;
mod rule;
mod target;
mod target_group;

pub use listener::{Listener, ListenerProtocol};
pub use load_balancer::LoadBalancer;
pub use rule::Rule;
pub use target::Target;
pub use target_group::{HealthCheck, ProtocolVersion, TargetGroup, TargetGroupProtocol, TargetType};

use tierra_core::{Arn, Place};

/// Hexadecimal digits that end the service's ARNs.
pub const ID_DIGITS: usize = 16;

/// An ARN of the service.
pub fn arn(place: &Place, resource: impl Into<String>) -> String {
    Arn::regional("elasticloadbalancing", place, resource).to_string()
}

/// What stands behind the first of these words in an ARN: of `…:loadbalancer/app/web/0123` it is `app/web/0123`.
pub fn full_name<'a>(arn: &'a str, word: &str) -> &'a str {
    arn.split_once(&format!(":{word}/")).map_or(arn, |(_, rest)| rest)
}
