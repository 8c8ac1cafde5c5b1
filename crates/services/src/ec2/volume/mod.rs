//! Volumes: for now the root volume of each instance, as a record beside the sandbox's own disk. Attaching others comes with the
//! block driver.
//!
//! **Invariant**: a volume lives and ends with its instance.

mod api;
mod errors;
mod mapping;
mod model;
mod ops;

pub use errors::VolumeError;
pub use mapping::{BlockDeviceMapping, EbsSpecification, root_of};
pub use model::{Attachment, NewRoot, Volume, VolumeId, VolumeType, create_root, delete_of};
pub use ops::register;
#[cfg(test)]
pub use ops::spoken;
