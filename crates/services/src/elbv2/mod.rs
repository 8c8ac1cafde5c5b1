//! Elastic Load Balancing v2: Application Load Balancers, their listeners and rules, and target groups.
//!
//! Map: `api.rs` shapes that several operations speak · `model/` the rows, a file a noun · `attribute.rs` attributes as tables ·
//! `action.rs`, `condition.rs` what rules say, checked · `health.rs` AWS's words for a target · `config.rs` what nodes are told ·
//! `ops/` the API, a file a noun · `cfn/` CloudFormation's types.
//!
//! **Invariant**: a target group serves one load balancer at most, so its targets' health is what that one's nodes told.

pub mod action;
mod api;
pub mod attribute;
mod cfn;
pub mod condition;
mod config;
mod errors;
pub mod health;
mod limits;
pub mod model;
mod ops;
#[cfg(test)]
mod tests;

use tierra_core::Registry;

pub use config::{config, drains};
pub use errors::Elbv2Error;

/// Whether balancers have nodes that carry their clients' bytes. Until then the operations and the type that make and change load
/// balancers are not declared: callers are told so, instead of waiting for one that never becomes active.
pub(crate) const NODES_RUN: bool = false;

/// Declares the service's operations and CloudFormation types.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}
