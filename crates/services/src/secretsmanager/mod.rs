//! Secrets Manager: secrets with versions that stages name, sealed at rest, deleted after a window in which they can be restored.
//!
//! Map: `model.rs` the rows · `limits.rs` names and quotas · `stage.rs` which version a stage names · `filter.rs` what listings are
//! narrowed by · `password.rs` random passwords · `policy.rs` a secret's own policy · `reference.rs` dynamic references of templates ·
//! `purge.rs` the reconciler that deletes what was given up · `ops/` the API · `cfn/` CloudFormation's types.
//!
//! **Invariant**: the text of a secret is in no row; only [`model::Material`] opens it.

mod cfn;
mod errors;
mod filter;
mod limits;
pub mod model;
pub(crate) mod ops;
mod password;
pub(crate) mod policy;
mod purge;
mod reference;
mod stage;

#[cfg(test)]
mod tests;

use tierra_core::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use errors::SecretsError;
pub(crate) use ops::managed;
pub(crate) use reference::value;

use crate::Rooms;

/// Declares Secrets Manager's operations and CloudFormation types.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}

/// Starts what deletes secrets whose window has passed; it ends when `stop` says true.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    purge::start(rooms, stop, tasks);
}
