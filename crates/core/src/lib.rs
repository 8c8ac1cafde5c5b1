//! What is true: the store and its transactions, resources, ids, ARNs, the clock, errors, tags, the IAM decision and the
//! reconcile runtime.
//!
//! **Invariant**: nothing here asks the machine for anything but the store's file; time, ids and chance come in as arguments.

pub mod arn;
pub mod authority;
pub mod blocking;
pub mod call;
pub mod clock;
pub mod driver;
pub mod error;
pub mod iam;
pub mod ids;
pub mod operation;
pub mod page;
pub mod place;
pub mod reconcile;
pub mod resource_type;
pub mod store;
pub mod stream;
pub mod tags;

pub use arn::Arn;
pub use authority::{Authority, AuthorityError, Issued};
pub use blocking::Blocking;
pub use call::{Call, Caller};
pub use clock::{Clock, SystemClock};
pub use driver::DriverError;
pub use error::AwsError;
pub use ids::Ids;
pub use operation::{Operation, Registry};
pub use place::{AccountId, Place, Region};
pub use store::{Expect, Key, Resource, Store, StoreError, Tx, Versioned};
pub use stream::StreamOperation;
pub use tags::{Tag, Tags};
