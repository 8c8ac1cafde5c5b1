//! VPCs, and the default one of each region.

pub mod default;
mod errors;
mod model;
mod parts;

pub use errors::VpcError;
pub use model::{Tenancy, Vpc, VpcCidrAssociationId, VpcId};
