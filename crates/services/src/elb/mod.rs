//! Elastic Load Balancing: Classic Load Balancers.
//!
//! Map: `model.rs` the row · `listener.rs`, `policy.rs` its parts, checked · `config.rs` what nodes are told · `health.rs` AWS's words
//! for an instance · `ops/` the API, a file a noun · `cfn.rs` `AWS::ElasticLoadBalancing::LoadBalancer`.
//!
//! **Invariant**: all of a balancer but where it stands is one row, so that a change of it is one change.

mod cfn;
mod config;
mod errors;
pub mod health;
mod limits;
pub mod model;
mod ops;
mod policy;
#[cfg(test)]
mod tests;

use tierra_core::Registry;

pub use config::{access_log, config, drains, release};
pub use errors::ElbError;

/// Declares the service's operations and CloudFormation type.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}
