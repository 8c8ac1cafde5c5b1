//! The rows of IAM. They live in the account's global place; names are unique without regard to case.

mod access_key;
mod entity;
mod group;
mod instance_profile;
mod policy;
mod role;
mod user;

pub use access_key::AccessKey;
pub use entity::{Entity, Held, Holder, Named, find};
pub use group::Group;
pub use instance_profile::InstanceProfile;
pub use policy::{ManagedPolicy, PolicyVersion};
pub use role::Role;
pub use user::User;
