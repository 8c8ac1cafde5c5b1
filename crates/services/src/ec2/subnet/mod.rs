//! Subnets.

mod api;
pub mod cfn;
mod errors;
mod model;
mod ops;
#[cfg(test)]
mod tests;

pub use api::{CreateSubnetInput, DeleteSubnetInput, ModifySubnetAttributeInput};
pub use errors::SubnetError;
pub use model::{Subnet, SubnetId};
#[cfg(test)]
pub use ops::spoken;
pub use ops::{CreateSubnet, DeleteSubnet, ModifySubnetAttribute, make, register};
