//! CloudFormation: templates in, stacks of resources out. Every resource is made by its own service's operations
//! ([`tierra_core::resource_type::ResourceType`]); this room decides which, with what, and in which order.

pub mod template;
