//! The shapes that network ACLs are spoken in.

use tierra_core::Tag;
use tierra_model::Shape;

use super::{NetworkAclAssociationId, NetworkAclId};
use crate::ec2::filter::Filter;
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;

#[derive(Debug, Default, Shape)]
pub struct DescribeNetworkAclsInput {
    pub network_acl_ids: Vec<NetworkAclId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeNetworkAclsOutput {
    pub network_acls: Vec<NetworkAclDescription>,
    pub next_token: Option<String>,
}

/// An ACL as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkAclDescription {
    pub network_acl_id: NetworkAclId,
    pub vpc_id: VpcId,
    pub owner_id: String,
    pub is_default: bool,
    pub associations: Vec<NetworkAclAssociation>,
    pub entries: Vec<NetworkAclEntry>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkAclAssociation {
    pub network_acl_association_id: NetworkAclAssociationId,
    pub network_acl_id: NetworkAclId,
    pub subnet_id: SubnetId,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkAclEntry {
    pub cidr_block: String,
    pub egress: bool,
    pub protocol: String,
    pub rule_action: String,
    pub rule_number: i32,
}
