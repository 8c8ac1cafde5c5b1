//! VPCs, and the default one of each region.

mod api;
pub mod cfn;
pub mod default;
mod errors;
mod model;
mod ops;
mod parts;
#[cfg(test)]
mod tests;

pub use api::{CreateVpcInput, DeleteVpcInput, DescribeVpcsInput, ModifyVpcAttributeInput};
pub use default::SUBNET_PREFIX as DEFAULT_SUBNET_PREFIX;
pub use errors::VpcError;
pub use model::{Tenancy, Vpc, VpcCidrAssociationId, VpcId};
#[cfg(test)]
pub use ops::spoken;
pub use ops::{CreateDefaultVpc, CreateVpc, DeleteVpc, DescribeVpcs, ModifyVpcAttribute, VPCS_PER_REGION, register};
