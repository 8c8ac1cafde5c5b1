//! Systems Manager's Parameter Store: values by name, with versions, labels and paths; secrets sealed.
//!
//! Map: `model.rs` the rows · `limits.rs` names, values, quotas · `selector.rs` how a caller names a version · `filter.rs` what listings
//! are narrowed by · `public.rs` the parameters that every account sees · `ops/` the API · `cfn.rs` `AWS::SSM::Parameter`.
//!
//! **Invariant**: the text of a SecureString is in no row; only [`model::Value`] opens it.

mod api;
mod cfn;
mod errors;
mod filter;
mod limits;
pub mod model;
mod ops;
mod public;
mod selector;

#[cfg(test)]
mod tests;

pub use errors::SsmError;
pub(crate) use ops::delete::{DeleteInput, DeleteParameter};
pub(crate) use ops::put::{PutParameter, PutParameterInput};
pub use ops::value;

/// Declares Parameter Store's operations and CloudFormation type.
pub fn register(registry: &mut tierra_core::Registry) {
    ops::register(registry);
    registry.resource_type(cfn::ParameterType);
}
