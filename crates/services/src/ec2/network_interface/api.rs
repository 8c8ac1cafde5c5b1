//! The shapes that network interfaces are spoken in.

use std::net::Ipv4Addr;

use tierra_core::Tag;
use tierra_model::{Shape, Timestamp};

use super::model::{AttachmentId, NetworkInterfaceId};
use crate::ec2::address::{AddressAssociationId, AllocationId};
use crate::ec2::attribute::{AttributeBooleanValue, AttributeValue};
use crate::ec2::errors::Ec2Error;
use crate::ec2::filter::Filter;
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;
use crate::ec2::tag::TagSpecification;
use crate::ec2::vpc::VpcId;

#[derive(Debug, Default, Shape)]
pub struct CreateNetworkInterfaceInput {
    pub subnet_id: SubnetId,
    pub private_ip_address: Option<String>,
    pub private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    pub secondary_private_ip_address_count: Option<i32>,
    pub groups: Vec<SecurityGroupId>,
    pub description: Option<String>,
    pub client_token: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

/// An address for an interface.
#[derive(Clone, Debug, Default, Shape)]
pub struct PrivateIpAddressSpecification {
    pub primary: Option<bool>,
    pub private_ip_address: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateNetworkInterfaceOutput {
    pub network_interface: NetworkInterfaceDescription,
    pub client_token: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteNetworkInterfaceInput {
    pub network_interface_id: NetworkInterfaceId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeNetworkInterfacesInput {
    pub network_interface_ids: Vec<NetworkInterfaceId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeNetworkInterfacesOutput {
    pub network_interfaces: Vec<NetworkInterfaceDescription>,
    pub next_token: Option<String>,
}

/// An interface as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkInterfaceDescription {
    pub network_interface_id: NetworkInterfaceId,
    pub association: Option<NetworkInterfaceAssociation>,
    pub attachment: Option<NetworkInterfaceAttachment>,
    pub availability_zone: String,
    pub description: String,
    pub groups: Vec<GroupIdentifier>,
    pub interface_type: String,
    pub ipv6_addresses: Vec<Ipv6Address>,
    pub mac_address: String,
    pub owner_id: String,
    pub private_dns_name: String,
    pub private_ip_address: String,
    pub private_ip_addresses: Vec<PrivateIpAddress>,
    pub requester_id: Option<String>,
    pub requester_managed: bool,
    pub source_dest_check: bool,
    pub status: String,
    pub subnet_id: SubnetId,
    pub tag_set: Vec<Tag>,
    pub vpc_id: VpcId,
}

/// An IPv6 address: no interface has one, but clients look for the list.
#[derive(Clone, Debug, Default, Shape)]
pub struct Ipv6Address {
    #[shape("Ipv6Address")]
    pub address: String,
}

/// The public address of an interface.
#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkInterfaceAssociation {
    pub allocation_id: Option<AllocationId>,
    pub association_id: Option<AddressAssociationId>,
    pub ip_owner_id: String,
    pub public_dns_name: String,
    pub public_ip: String,
}

/// What uses an interface.
#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkInterfaceAttachment {
    pub attachment_id: AttachmentId,
    pub attach_time: Timestamp,
    pub delete_on_termination: bool,
    pub device_index: i32,
    pub network_card_index: i32,
    pub instance_id: Option<String>,
    pub instance_owner_id: String,
    pub status: String,
}

/// A group by id and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct GroupIdentifier {
    pub group_id: SecurityGroupId,
    pub group_name: String,
}

/// One address of an interface.
#[derive(Clone, Debug, Default, Shape)]
pub struct PrivateIpAddress {
    pub association: Option<NetworkInterfaceAssociation>,
    pub primary: bool,
    pub private_dns_name: String,
    pub private_ip_address: String,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyNetworkInterfaceAttributeInput {
    pub network_interface_id: NetworkInterfaceId,
    pub description: Option<AttributeValue>,
    pub source_dest_check: Option<AttributeBooleanValue>,
    pub groups: Vec<SecurityGroupId>,
    pub attachment: Option<AttachmentChanges>,
    pub dry_run: Option<bool>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct AttachmentChanges {
    pub attachment_id: AttachmentId,
    pub delete_on_termination: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AttachNetworkInterfaceInput {
    pub network_interface_id: NetworkInterfaceId,
    pub instance_id: String,
    pub device_index: i32,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AttachNetworkInterfaceOutput {
    pub attachment_id: AttachmentId,
    pub network_card_index: i32,
}

#[derive(Debug, Default, Shape)]
pub struct DetachNetworkInterfaceInput {
    pub attachment_id: AttachmentId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AssignPrivateIpAddressesInput {
    pub network_interface_id: NetworkInterfaceId,
    pub private_ip_addresses: Vec<String>,
    pub secondary_private_ip_address_count: Option<i32>,
    pub allow_reassignment: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AssignPrivateIpAddressesOutput {
    pub network_interface_id: NetworkInterfaceId,
    pub assigned_private_ip_addresses: Vec<AssignedPrivateIpAddress>,
}

/// An address that an interface was given.
#[derive(Clone, Debug, Default, Shape)]
pub struct AssignedPrivateIpAddress {
    pub private_ip_address: String,
}

#[derive(Debug, Default, Shape)]
pub struct UnassignPrivateIpAddressesInput {
    pub network_interface_id: NetworkInterfaceId,
    pub private_ip_addresses: Vec<String>,
}

impl CreateNetworkInterfaceInput {
    /// The primary address, where one is asked for, and the further ones.
    pub fn addresses(&self) -> (Option<&str>, Vec<&str>) {
        let listed = |primary: bool| {
            let of = self
                .private_ip_addresses
                .iter()
                .filter(move |one| one.primary.unwrap_or(false) == primary);
            of.filter_map(|one| one.private_ip_address.as_deref())
        };
        let primary = self.private_ip_address.as_deref().or_else(|| listed(true).next());
        (primary, listed(false).filter(|address| Some(*address) != primary).collect())
    }
}

/// An address as a caller wrote it.
pub fn parse_address(text: &str) -> Result<Ipv4Addr, Ec2Error> {
    text.parse().map_err(|_| Ec2Error::Value {
        value: text.to_owned(),
        name: "address",
        reason: "Invalid IPv4 address.".to_owned(),
    })
}

/// How many further addresses are asked for.
pub fn count(asked: Option<i32>) -> Result<usize, Ec2Error> {
    let asked = asked.unwrap_or(0);
    usize::try_from(asked).map_err(|_| Ec2Error::Value {
        value: asked.to_string(),
        name: "secondaryPrivateIpAddressCount",
        reason: "It must not be negative.".to_owned(),
    })
}
