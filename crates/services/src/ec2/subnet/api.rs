//! The shapes that subnets are spoken in.

use tierra_core::{Arn, Tag};
use tierra_model::Shape;

use super::model::SubnetId;
use crate::ec2::attribute::AttributeBooleanValue;
use crate::ec2::filter::Filter;
use crate::ec2::tag::TagSpecification;
use crate::ec2::vpc::VpcId;

#[derive(Debug, Default, Shape)]
pub struct CreateSubnetInput {
    pub vpc_id: VpcId,
    pub cidr_block: Option<String>,
    pub availability_zone: Option<String>,
    pub availability_zone_id: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateDefaultSubnetInput {
    pub availability_zone: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateSubnetOutput {
    pub subnet: SubnetDescription,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteSubnetInput {
    pub subnet_id: SubnetId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeSubnetsInput {
    pub subnet_ids: Vec<SubnetId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeSubnetsOutput {
    pub subnets: Vec<SubnetDescription>,
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct ModifySubnetAttributeInput {
    pub subnet_id: SubnetId,
    pub map_public_ip_on_launch: Option<AttributeBooleanValue>,
}

/// A subnet as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct SubnetDescription {
    pub subnet_id: SubnetId,
    pub subnet_arn: Arn,
    pub vpc_id: VpcId,
    pub owner_id: String,
    pub state: String,
    pub cidr_block: String,
    pub availability_zone: String,
    pub availability_zone_id: String,
    pub available_ip_address_count: i64,
    pub default_for_az: bool,
    pub map_public_ip_on_launch: bool,
    pub assign_ipv6_address_on_creation: bool,
    pub ipv6_native: bool,
    pub enable_dns64: bool,
    pub map_customer_owned_ip_on_launch: bool,
    pub private_dns_name_options_on_launch: PrivateDnsNameOptionsOnLaunch,
    pub tags: Vec<Tag>,
}

/// How instances of a subnet are named: always by their address.
#[derive(Clone, Debug, Default, Shape)]
pub struct PrivateDnsNameOptionsOnLaunch {
    pub hostname_type: String,
    #[shape("EnableResourceNameDnsARecord")]
    pub enable_resource_name_dns_a_record: bool,
    #[shape("EnableResourceNameDnsAAAARecord")]
    pub enable_resource_name_dns_aaaa_record: bool,
}
