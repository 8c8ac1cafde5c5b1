//! S3: buckets and objects, durable before the answer.
//!
//! Map: `model/` the rows · `limits.rs` names, sizes, quotas · `ops/` the API · `receive.rs` a body on its way in · `digest.rs` entity tags
//! and checksums · `range.rs` which bytes · `address.rs` objects by their addresses · `policy.rs` bucket policies · `garbage.rs` files that nobody names · `deliver.rs` what other
//! services put here · `cfn.rs` `AWS::S3::*`. The bytes of all but small objects are the data plane's (`tierra_dataplane::object`).
//!
//! **Invariant**: an object's row is committed after its bytes are durable, and names them; so an acknowledged object is whole, and
//! one that is not acknowledged is not there.

mod address;
mod cfn;
mod deliver;
mod digest;
mod errors;
mod garbage;
mod limits;
pub mod model;
mod ops;
pub(crate) mod policy;
mod range;
mod reading;
mod receive;

#[cfg(test)]
mod tests;

use tierra_core::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Rooms;

pub use address::parse as address;
pub use deliver::{Delivery, deliver};
pub use errors::S3Error;
pub(crate) use ops::get::text;

/// Declares S3's operations on rows, and its CloudFormation types.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    registry.resource_type(cfn::BucketType).resource_type(cfn::BucketPolicyType);
}

/// Declares S3's operations on bytes.
pub fn register_data(registry: &mut Registry, rooms: &Rooms) {
    ops::register_data(registry, rooms);
}

/// Starts what removes files that nobody names any more.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    tasks.spawn(garbage::run(rooms.store.clone(), rooms.objects.clone(), stop.clone()));
}
