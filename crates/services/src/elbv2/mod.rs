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

pub use config::{access_log, config, drains, release};
pub use errors::Elbv2Error;

/// Declares the service's operations and CloudFormation types.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}
