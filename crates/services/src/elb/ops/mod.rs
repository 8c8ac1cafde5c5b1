//! The service's operations, a file a noun.

pub(super) mod account;
pub(super) mod attribute;
pub(super) mod instance;
pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod placement;
pub(super) mod policy;
pub(super) mod tag;

use tierra_core::{Arn, Call, Registry};

use super::model;

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    account::register(registry);
    attribute::register(registry);
    instance::register(registry);
    listener::register(registry);
    load_balancer::register(registry);
    placement::register(registry);
    policy::register(registry);
    tag::register(registry);
}

/// What IAM decides on: the load balancer of this name.
fn on(call: &Call, name: &str) -> Vec<Arn> {
    vec![model::arn(&call.place, name)]
}
