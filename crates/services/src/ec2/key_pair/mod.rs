//! Key pairs: public keys that instances let in. Follows the page "Amazon EC2 key pairs and Amazon EC2 instances".
//!
//! **Invariant**: a private key leaves in the answer that made it and is kept nowhere.

mod api;
pub mod cfn;
mod errors;
mod material;
mod model;
mod ops;

#[cfg(test)]
mod tests;

pub use errors::KeyPairError;
pub use model::{KeyPair, KeyPairId};
pub use ops::register;
#[cfg(test)]
pub use ops::spoken;
