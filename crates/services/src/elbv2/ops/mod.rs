//! The service's operations, a file a noun.

pub(super) mod account;
pub(super) mod attribute;
pub(super) mod capacity;
pub(super) mod certificate;
pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod rule;
pub(super) mod tag;
pub(super) mod target;
pub(super) mod target_group;

use tierra_core::Registry;

pub(super) use account::tls_versions;

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    account::register(registry);
    attribute::register(registry);
    capacity::register(registry);
    certificate::register(registry);
    listener::register(registry);
    load_balancer::register(registry);
    rule::register(registry);
    tag::register(registry);
    target::register(registry);
    target_group::register(registry);
}
