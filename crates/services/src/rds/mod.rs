//! RDS: databases as nodes with an interface in a subnet group, under their security groups, behind a name that stays.
//!
//! Map: `model/` the rows · `api/` what is shown · `limits.rs` names and sizes · `listing.rs` filters and pages · `parameters.rs` the
//! engines' parameters, as data · `window.rs` the reconciler of maintenance windows · `ops/` the API · `cfn/` CloudFormation's types ·
//! `engine/` how each engine is configured, started, asked and told.
//!
//! **Invariant**: a master password is in no row as text; [`model::DbInstance::password`] opens it for the engine alone.

mod api;
mod cfn;
pub mod engine;
mod errors;
mod limits;
mod listing;
pub mod model;
mod ops;
mod parameters;
mod window;

#[cfg(test)]
mod tests;

use tierra_core::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use errors::RdsError;
pub use ops::instance::place::forget;

use crate::Rooms;

/// Whether there is a machine half that runs engines. Until then the operations and the type that make instances are not declared:
/// callers are told so, instead of waiting for a database that never comes up.
pub(crate) const ENGINES_RUN: bool = false;

/// Declares RDS's operations and CloudFormation types.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}

/// Starts what works in maintenance windows; it ends when `stop` says true.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    window::start(rooms, stop, tasks);
}
