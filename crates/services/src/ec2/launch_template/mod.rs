//! Launch templates: parameters of a launch, kept in numbered versions. Follows the page "Store instance launch parameters in
//! Amazon EC2 launch templates".
//!
//! Map: `data` the parameters and how they are laid over each other · `model` template and version · `ops/` what callers do.
//!
//! **Invariant**: a version never changes; a template's default version is always there.

mod api;
pub mod cfn;
mod data;
mod errors;
mod model;
mod ops;
#[cfg(test)]
mod tests;

pub use api::LaunchTemplateSpecification;
pub use data::LaunchTemplateData;
pub(crate) use data::lay_over;
pub use errors::LaunchTemplateError;
pub use model::{LaunchTemplate, LaunchTemplateId, LaunchTemplateVersion, VersionName};
#[cfg(test)]
pub use ops::spoken;
pub use ops::{register, specified};
