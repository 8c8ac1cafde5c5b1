//! EC2's ids at the door: what each kind looks like, and how AWS refuses what does not. Follows the pages "Error codes for the
//! Amazon EC2 API" and "Resource IDs". Kinds that those pages give no code for are looked up instead, and not found.

use tierra_model::Scalar;
use tierra_model::catalogue::Service;

use super::error::DecodeError;

/// How many hexadecimal digits an id has: since 2016 the longer, before it the shorter.
const DIGITS: [usize; 2] = [17, 8];
/// Stands for an image that a parameter of Systems Manager names.
const RESOLVED: &str = "resolve:ssm:";

/// What the ids of one kind begin with, and AWS's code where one does not.
fn form(shape: &str) -> Option<(&'static str, &'static str)> {
    let form = match shape {
        "CustomerGatewayId" => ("cgw-", "InvalidCustomerGatewayId.Malformed"),
        "DedicatedHostId" => ("h-", "InvalidHostID.Malformed"),
        "DhcpOptionsId" => ("dopt-", "InvalidDhcpOptionsId.Malformed"),
        "ImageId" => ("ami-", "InvalidAMIID.Malformed"),
        "InstanceId" => ("i-", "InvalidInstanceID.Malformed"),
        "InternetGatewayId" => ("igw-", "InvalidInternetGatewayId.Malformed"),
        "LaunchTemplateId" => ("lt-", "InvalidLaunchTemplateId.Malformed"),
        "NatGatewayId" => ("nat-", "NatGatewayMalformed"),
        "NetworkAclId" => ("acl-", "InvalidNetworkAclId.Malformed"),
        "NetworkInterfaceAttachmentId" => ("eni-attach-", "InvalidNetworkInterfaceAttachmentId.Malformed"),
        "NetworkInterfaceId" => ("eni-", "InvalidNetworkInterfaceId.Malformed"),
        "PrefixListResourceId" => ("pl-", "InvalidPrefixListId.Malformed"),
        "RouteTableId" => ("rtb-", "InvalidRouteTableId.Malformed"),
        "SecurityGroupId" => ("sg-", "InvalidGroupId.Malformed"),
        "SecurityGroupRuleId" => ("sgr-", "InvalidSecurityGroupRuleId.Malformed"),
        "SnapshotId" => ("snap-", "InvalidSnapshotID.Malformed"),
        "SubnetId" => ("subnet-", "InvalidSubnetID.Malformed"),
        "VolumeId" | "VolumeIdWithResolver" => ("vol-", "InvalidVolumeID.Malformed"),
        "VpcEndpointId" => ("vpce-", "InvalidVpcEndpointId.Malformed"),
        "VpcId" => ("vpc-", "InvalidVpcID.Malformed"),
        "VpcPeeringConnectionId" => ("pcx-", "InvalidVpcPeeringConnectionId.Malformed"),
        _ => return None,
    };
    Some(form)
}

/// Whether a value of this shape, where it is an id of EC2's, looks like one.
///
/// # Errors
/// Where it does not. Text that is empty says nothing and is let through, as clients send it.
pub(super) fn check(service: &Service, shape: &str, scalar: &Scalar<'_>) -> Result<(), DecodeError> {
    let Scalar::Text(text) = scalar else { return Ok(()) };
    if &*service.metadata.name != "ec2" || text.is_empty() || text.starts_with(RESOLVED) {
        return Ok(());
    }
    let Some((prefix, code)) = form(shape) else { return Ok(()) };
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let message = match text.strip_prefix(prefix) {
        Some(digits) if DIGITS.contains(&digits.len()) && digits.bytes().all(digit) => return Ok(()),
        Some(_) => format!("Invalid id: \"{text}\""),
        None => format!("Invalid id: \"{text}\" (expecting \"{prefix}...\")"),
    };
    Err(DecodeError::Id { code, message })
}
