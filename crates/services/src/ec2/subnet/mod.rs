//! Subnets.

mod errors;
mod model;

pub use errors::SubnetError;
pub use model::{RESERVED, Subnet, SubnetId};
