//! Address blocks as callers write them.

use std::ops::RangeInclusive;

use ipnet::Ipv4Net;
use tierra_core::AwsError;

use super::errors::Ec2Error;

/// The prefix lengths that VPCs and subnets can have. Follows "VPC CIDR blocks" of the VPC user guide.
pub const SIZES: RangeInclusive<u8> = 16..=28;

/// A block as a caller wrote it.
///
/// # Errors
/// Where it is none.
pub fn parse(text: &str, name: &'static str) -> Result<Ipv4Net, AwsError> {
    let invalid = |_| Ec2Error::Value {
        value: text.to_owned(),
        name,
        reason: "This is not a valid CIDR block.".to_owned(),
    };
    text.parse().map_err(|error| invalid(error).into())
}

/// Whether two blocks have an address in common.
pub fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(b) || b.contains(a)
}
