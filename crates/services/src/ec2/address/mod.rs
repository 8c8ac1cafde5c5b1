//! Public addresses: lent for a while, or elastic.

mod errors;
mod model;
mod pool;

pub use errors::AddressError;
pub use model::{Address, AddressAssociationId, AllocationId};
pub use pool::{give_back, take};
