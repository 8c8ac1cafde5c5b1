//! Instance types: what sizes there are, and what a sandbox of one may use. Follows the page "Amazon EC2 instance types".
//!
//! **Invariant**: an [`InstanceType`] is one that exists; text becomes one at the door.

mod api;
mod errors;
mod model;
mod ops;
mod table;

pub use errors::InstanceTypeError;
pub use model::InstanceType;
pub use ops::register;
#[cfg(test)]
pub use ops::spoken;
