//! DHCP options: each region has its default set, which callers can look at; they make no other.

mod api;
mod ops;

pub use ops::register;
use tierra_core::{AwsError, Place, Tx, id_type};

use super::vpc::default::Home;

id_type!(/// `dopt-0123…`
    DhcpOptionsId, "dopt-");

tierra_core::aws_errors! {
    /// Errors of DHCP options.
    pub enum DhcpOptionsError {
        /// No options have this id.
        NotFound { id: String } => ("InvalidDhcpOptionID.NotFound", 400, "The dhcpOption ID '{id}' does not exist"),
    }
}

/// Checks that options of this id exist.
///
/// # Errors
/// Where they do not.
pub fn require(tx: &Tx, place: &Place, id: &str) -> Result<(), AwsError> {
    let home = Home::of(tx, place).filter(|home| home.dhcp_options.as_str() == id);
    home.map(drop)
        .ok_or_else(|| DhcpOptionsError::NotFound { id: id.to_owned() }.into())
}
#[cfg(test)]
pub use ops::spoken;
