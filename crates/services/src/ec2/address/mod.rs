//! Public addresses: lent for a while, or elastic.

mod errors;
mod model;
mod pool;

pub use errors::AddressError;
pub use model::{Address, AddressAssociationId, AllocationId};
pub use pool::{give_back, take};

/// Elastic addresses that an account may have in a region. AWS begins with 5 and raises it on request.
pub const ADDRESSES_PER_REGION: usize = 100;
