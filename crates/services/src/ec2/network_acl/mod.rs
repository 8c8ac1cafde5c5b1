//! Network ACLs: each VPC has its default one, which lets everything through; callers can look at it, and make no other.

mod api;
mod ops;

pub use ops::register;
use tierra_core::{AwsError, Place, Tx, id_type};

use super::vpc::Vpc;

id_type!(/// `acl-0123…`
    NetworkAclId, "acl-");
id_type!(/// `aclassoc-0123…`
    NetworkAclAssociationId, "aclassoc-");

tierra_core::aws_errors! {
    /// Errors of network ACLs.
    pub enum NetworkAclError {
        /// No ACL has this id.
        NotFound { id: String } => ("InvalidNetworkAclID.NotFound", 400, "The networkAcl ID '{id}' does not exist"),
    }
}

/// Checks that an ACL of this id exists.
///
/// # Errors
/// Where it does not.
pub fn require(tx: &Tx, place: &Place, id: &str) -> Result<(), AwsError> {
    let of_vpc = tx.by_index::<Vpc>(place, "network-acl", id);
    of_vpc
        .first()
        .map(drop)
        .ok_or_else(|| NetworkAclError::NotFound { id: id.to_owned() }.into())
}
#[cfg(test)]
pub use ops::spoken;
