//! Images: the public ones that this machine can build, and those that its operator imported.
//! Follows the page "Find an AMI that meets the requirements for your EC2 instance".
//!
//! **Invariant**: an image's id follows from its name and region, so that it is the same on every machine and after every reset.

mod api;
mod errors;
mod import;
mod model;
mod ops;
mod parameter;
mod public;

#[cfg(test)]
mod tests;

pub use api::ROOT_GIB;
pub use errors::ImageError;
pub use import::adopt;
pub use model::{Image, ImageId};
pub use ops::register;
#[cfg(test)]
pub use ops::spoken;
pub use parameter::{public_parameter, public_parameters};
