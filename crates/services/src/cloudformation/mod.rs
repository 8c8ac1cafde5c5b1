//! CloudFormation: templates in, stacks of resources out. Every resource is made by its own service's operations
//! ([`tierra_core::resource_type::ResourceType`]); this room decides which, with what, and in which order.
//!
//! Map: `template/` the language, pure · `engine/` what brings stacks in line · `model/` the rows · `ops/` the API · `cfn.rs`, `nested.rs` the
//! types of CloudFormation itself · `wait` the addresses that take signals · `template_url.rs` templates in S3 · `house.rs` what
//! other services declare.

mod cfn;
mod engine;
mod errors;
mod existence;
mod house;
pub mod model;
mod nested;
mod ops;
mod policy;
pub mod template;
mod template_url;
pub mod wait;

use tierra_core::Registry;

pub use engine::Engine;
pub use errors::CloudFormationError;
pub use template_url::{InS3, Templates, register_data};

/// Declares the operations and types of CloudFormation.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    registry
        .resource_type(cfn::WaitConditionHandle)
        .resource_type(cfn::WaitCondition)
        .resource_type(nested::NestedStack);
}
