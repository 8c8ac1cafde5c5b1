//! Health of targets: [`Monitor`] what the outcomes of checks mean, [`probe`] one check, [`checks`] when they are made.

pub mod checks;
mod monitor;
pub mod probe;

pub use monitor::{Monitor, Outcome, draining, unchecked};
