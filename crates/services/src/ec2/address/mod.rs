//! Public addresses of the cloud: lent to an interface for a while, or elastic, an account's own until it gives them back.

mod api;
pub mod cfn;
mod errors;
mod model;
mod ops;
mod pool;
#[cfg(test)]
mod tests;

pub use api::{AllocateAddressInput, AssociateAddressInput, DisassociateAddressInput, ReleaseAddressInput};
pub use errors::AddressError;
pub use model::{Address, AddressAssociationId, AllocationId, Lease};
pub use ops::{AllocateAddress, AssociateAddress, DisassociateAddress, ReleaseAddress, register};
pub use pool::{give_back, take};

/// Elastic addresses that an account may have in a region. AWS begins with 5 and raises it on request.
pub const ADDRESSES_PER_REGION: usize = 100;
#[cfg(test)]
pub use ops::spoken;
