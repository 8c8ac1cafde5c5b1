//! Alarms: a statistic of a metric against a threshold, over some periods.
//!
//! Map: `model.rs` the rows · `evaluate.rs` what periods say (pure) · `reason.rs` how it is said · `reconcile.rs` looks when a period
//! has ended · `act.rs` what a change of state sets off.

mod act;
pub(super) mod evaluate;
pub(super) mod model;
mod reason;
mod reconcile;

pub(super) use act::change_state;
pub(super) use reconcile::start;
