//! IAM: who there is, what they may, and the three questions that the house asks of it: whose key is this ([`authenticate`]), may
//! they ([`authorize`]), and which credentials does this instance have ([`instance_credentials`]).
//!
//! Map: `model/` the rows · `ops/` the API, a file a noun · `api.rs` shapes that several operations share · `limits.rs` names, paths
//! and quotas · `managed.rs` AWS's own policies, as data · `seal.rs` secrets at rest · `cfn/` CloudFormation's types.
//!
//! **Invariant**: a secret leaves this folder only to its owner or to the verification of a signature; rows hold it sealed.

pub(crate) mod api;
pub mod authenticate;
pub mod authorize;
pub mod bootstrap;
mod cfn;
pub mod conditions;
mod errors;
mod limits;
mod managed;
pub mod model;
pub(crate) mod ops;
pub mod seal;

pub mod session;
#[cfg(test)]
pub(crate) mod tests;

pub use authenticate::{Credential, Refusal, credentials};
pub use authorize::{action, authorize, pass_role};
pub use bootstrap::{RootKeys, ensure_root, root};
pub use conditions::permit;
pub use errors::IamError;

/// Declares IAM's operations and CloudFormation types.
pub fn register(registry: &mut tierra_core::Registry) {
    ops::register(registry);
    cfn::register(registry);
}
