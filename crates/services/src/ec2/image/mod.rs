//! Images: the public ones that this machine can build (`public`), those that its operator imported (`import`), and those
//! that accounts made (`own`). Follows the page "Find an AMI that meets the requirements for your EC2 instance".
//!
//! **Invariant**: a public image's id follows from its name and region, so that it is the same on every machine and after every
//! reset; what is on an account's own image is its snapshot's, and so is its state.

mod api;
mod errors;
mod import;
mod model;
mod ops;
mod own;
mod parameter;
mod public;

#[cfg(test)]
mod tests;

pub use errors::ImageError;
pub use import::adopt;
pub use model::{Image, ImageId, RootVolume};
#[cfg(test)]
pub use ops::spoken;
pub use ops::{arn, register};
pub use own::OwnImage;
pub use parameter::{public_parameter, public_parameters};

/// What other nouns' tests call.
#[cfg(test)]
pub mod testing {
    pub use super::api::{CreateImageInput, DeregisterImageInput};
    pub use super::ops::{CreateImage, DeregisterImage};
}
