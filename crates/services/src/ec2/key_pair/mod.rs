//! Key pairs: public keys that instances let in. Follows the page "Amazon EC2 key pairs and Amazon EC2 instances".
//!
//! **Invariant**: a private key leaves in the answer that made it and is kept nowhere.

mod api;
pub mod cfn;
mod create;
mod errors;
mod material;
mod model;
mod ops;

#[cfg(test)]
mod tests;

pub use errors::KeyPairError;
pub use model::{KeyPair, KeyPairId};
pub use ops::register;
use tierra_core::Registry;

use crate::Rooms;

/// Declares what takes its time.
pub fn register_data(registry: &mut Registry, rooms: &Rooms) {
    registry.data_operation(create::Made::new(rooms.store.clone()));
}

/// What its operations speak, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    ops::spoken().into_iter().chain([create::spoken()]).collect()
}
