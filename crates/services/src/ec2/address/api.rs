//! The shapes that elastic addresses are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, text_enum};

use super::model::{AddressAssociationId, AllocationId};
use crate::ec2::filter::Filter;
use crate::ec2::network_interface::NetworkInterfaceId;
use crate::ec2::subnet::SubnetId;
use crate::ec2::tag::TagSpecification;

text_enum! {
    /// What an address is for: always a VPC.
    pub enum Domain {
        Vpc = "vpc",
    }
}

#[derive(Debug, Default, Shape)]
pub struct AllocateAddressInput {
    pub domain: Option<Domain>,
    pub network_border_group: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AllocateAddressOutput {
    pub allocation_id: AllocationId,
    pub public_ip: String,
    pub public_ipv4_pool: String,
    pub network_border_group: String,
    pub domain: Domain,
}

#[derive(Debug, Default, Shape)]
pub struct AssociateAddressInput {
    pub allocation_id: Option<AllocationId>,
    pub public_ip: Option<String>,
    pub instance_id: Option<String>,
    pub network_interface_id: Option<NetworkInterfaceId>,
    pub private_ip_address: Option<String>,
    pub allow_reassociation: Option<bool>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AssociateAddressOutput {
    pub association_id: AddressAssociationId,
}

#[derive(Debug, Default, Shape)]
pub struct DisassociateAddressInput {
    pub association_id: Option<AddressAssociationId>,
    pub public_ip: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct ReleaseAddressInput {
    pub allocation_id: Option<AllocationId>,
    pub public_ip: Option<String>,
    pub network_border_group: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAddressesInput {
    pub allocation_ids: Vec<AllocationId>,
    pub public_ips: Vec<String>,
    pub filters: Vec<Filter>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAddressesOutput {
    pub addresses: Vec<AddressDescription>,
}

/// An elastic address as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct AddressDescription {
    pub allocation_id: AllocationId,
    pub association_id: Option<AddressAssociationId>,
    pub domain: Domain,
    pub instance_id: Option<String>,
    pub network_border_group: String,
    pub network_interface_id: Option<NetworkInterfaceId>,
    pub network_interface_owner_id: Option<String>,
    pub private_ip_address: Option<String>,
    pub public_ip: String,
    pub public_ipv4_pool: String,
    pub subnet_id: Option<SubnetId>,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAddressesAttributeInput {
    pub allocation_ids: Vec<AllocationId>,
    pub attribute: Option<String>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAddressesAttributeOutput {
    pub addresses: Vec<AddressAttribute>,
}

/// The reverse name of an address: none has one, since nothing can give it one.
#[derive(Clone, Debug, Default, Shape)]
pub struct AddressAttribute {
    pub allocation_id: AllocationId,
    pub public_ip: String,
}
