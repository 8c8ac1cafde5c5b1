//! The shapes that VPCs are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, text_enum};

use super::model::{Tenancy, VpcCidrAssociationId, VpcId};
use crate::ec2::attribute::AttributeBooleanValue;
use crate::ec2::dhcp_options::DhcpOptionsId;
use crate::ec2::filter::Filter;
use crate::ec2::tag::TagSpecification;

#[derive(Debug, Default, Shape)]
pub struct CreateVpcInput {
    pub cidr_block: Option<String>,
    pub instance_tenancy: Option<Tenancy>,
    pub amazon_provided_ipv6_cidr_block: Option<bool>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateVpcOutput {
    pub vpc: VpcDescription,
}

#[derive(Debug, Default, Shape)]
pub struct CreateDefaultVpcInput {
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteVpcInput {
    pub vpc_id: VpcId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeVpcsInput {
    pub vpc_ids: Vec<VpcId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeVpcsOutput {
    pub vpcs: Vec<VpcDescription>,
    pub next_token: Option<String>,
}

/// A VPC as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct VpcDescription {
    pub vpc_id: VpcId,
    pub owner_id: String,
    pub state: String,
    pub cidr_block: String,
    pub cidr_block_association_set: Vec<VpcCidrBlockAssociation>,
    pub dhcp_options_id: DhcpOptionsId,
    pub instance_tenancy: Tenancy,
    pub is_default: bool,
    pub tags: Vec<Tag>,
}

/// A block of a VPC.
#[derive(Clone, Debug, Default, Shape)]
pub struct VpcCidrBlockAssociation {
    pub association_id: VpcCidrAssociationId,
    pub cidr_block: String,
    pub cidr_block_state: VpcCidrBlockState,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct VpcCidrBlockState {
    pub state: String,
}

text_enum! {
    /// An attribute of a VPC.
    pub enum VpcAttribute {
        DnsSupport = "enableDnsSupport",
        DnsHostnames = "enableDnsHostnames",
        NetworkAddressUsageMetrics = "enableNetworkAddressUsageMetrics",
    }
}

#[derive(Debug, Default, Shape)]
pub struct DescribeVpcAttributeInput {
    pub attribute: VpcAttribute,
    pub vpc_id: VpcId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeVpcAttributeOutput {
    pub vpc_id: VpcId,
    pub enable_dns_support: Option<AttributeBooleanValue>,
    pub enable_dns_hostnames: Option<AttributeBooleanValue>,
    pub enable_network_address_usage_metrics: Option<AttributeBooleanValue>,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyVpcAttributeInput {
    pub vpc_id: VpcId,
    pub enable_dns_support: Option<AttributeBooleanValue>,
    pub enable_dns_hostnames: Option<AttributeBooleanValue>,
}
