//! RDS: databases as nodes with an interface in a subnet group, under their security groups, behind a name that stays.
//!
//! Map: `model/` the rows · `api/` what is shown · `limits.rs` names and sizes · `listing.rs` filters and pages · `parameters.rs` the
//! engines' parameters, as data · `window.rs` the reconciler of maintenance windows · `ops/` the API · `cfn/` CloudFormation's types ·
//! `engine/` how each engine is configured, started, asked and told · `reconcile/` how the machine follows.
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
mod reconcile;
mod window;

#[cfg(test)]
mod tests;

use tierra_core::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use errors::RdsError;
pub(crate) use reconcile::wanted::node_of;

use crate::Rooms;

/// Declares RDS's operations and CloudFormation types.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}

/// Declares what reaches beyond the store.
pub fn register_data(registry: &mut Registry, rooms: &Rooms) {
    ops::register_data(registry, rooms);
}

/// Starts what follows databases and what works in their maintenance windows; it ends when `stop` says true.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    reconcile::start(rooms, stop, tasks);
    window::start(rooms, stop, tasks);
}
