//! The shapes that security groups and their rules are spoken in.

use tierra_core::{Arn, Tag};
use tierra_model::Shape;

use super::model::{SecurityGroupId, SecurityGroupRuleId};
use crate::ec2::filter::Filter;
use crate::ec2::tag::TagSpecification;
use crate::ec2::vpc::VpcId;

#[derive(Debug, Default, Shape)]
pub struct CreateSecurityGroupInput {
    pub group_name: String,
    pub description: String,
    pub vpc_id: Option<VpcId>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateSecurityGroupOutput {
    pub group_id: SecurityGroupId,
    pub security_group_arn: Arn,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteSecurityGroupInput {
    pub group_id: Option<SecurityGroupId>,
    pub group_name: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteSecurityGroupOutput {
    pub r#return: bool,
    pub group_id: SecurityGroupId,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeSecurityGroupsInput {
    pub group_ids: Vec<SecurityGroupId>,
    pub group_names: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeSecurityGroupsOutput {
    pub security_groups: Vec<SecurityGroupDescription>,
    pub next_token: Option<String>,
}

/// A group as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct SecurityGroupDescription {
    pub group_id: SecurityGroupId,
    pub group_name: String,
    pub description: String,
    pub owner_id: String,
    pub security_group_arn: Arn,
    pub vpc_id: VpcId,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_permissions_egress: Vec<IpPermission>,
    pub tags: Vec<Tag>,
}

/// Rules of one protocol and port range, as the older operations speak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct IpPermission {
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub user_id_group_pairs: Vec<UserIdGroupPair>,
    pub ip_ranges: Vec<IpRange>,
    pub ipv6_ranges: Vec<Ipv6Range>,
    pub prefix_list_ids: Vec<PrefixListId>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct UserIdGroupPair {
    pub user_id: Option<String>,
    pub group_id: Option<SecurityGroupId>,
    pub group_name: Option<String>,
    pub vpc_id: Option<VpcId>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct IpRange {
    pub cidr_ip: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Ipv6Range {
    pub cidr_ipv6: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct PrefixListId {
    pub prefix_list_id: String,
    pub description: Option<String>,
}

/// What AuthorizeSecurityGroupIngress takes: permissions, or one permission spread over the input.
#[derive(Debug, Default, Shape)]
pub struct AuthorizeIngressInput {
    pub group_id: Option<SecurityGroupId>,
    pub group_name: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ip: Option<String>,
    pub source_security_group_name: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

/// What AuthorizeSecurityGroupEgress takes.
#[derive(Debug, Default, Shape)]
pub struct AuthorizeEgressInput {
    pub group_id: SecurityGroupId,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ip: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AuthorizeOutput {
    pub r#return: bool,
    pub security_group_rules: Vec<RuleDescription>,
}

/// What RevokeSecurityGroupIngress takes.
#[derive(Debug, Default, Shape)]
pub struct RevokeIngressInput {
    pub group_id: Option<SecurityGroupId>,
    pub group_name: Option<String>,
    pub security_group_rule_ids: Vec<SecurityGroupRuleId>,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ip: Option<String>,
    pub source_security_group_name: Option<String>,
    pub dry_run: Option<bool>,
}

/// What RevokeSecurityGroupEgress takes.
#[derive(Debug, Default, Shape)]
pub struct RevokeEgressInput {
    pub group_id: SecurityGroupId,
    pub security_group_rule_ids: Vec<SecurityGroupRuleId>,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ip: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct RevokeOutput {
    pub r#return: bool,
    pub unknown_ip_permissions: Vec<IpPermission>,
    pub revoked_security_group_rules: Vec<RevokedRule>,
}

/// A rule that is no more.
#[derive(Clone, Debug, Default, Shape)]
pub struct RevokedRule {
    pub security_group_rule_id: SecurityGroupRuleId,
    pub group_id: SecurityGroupId,
    pub is_egress: bool,
    pub ip_protocol: String,
    pub from_port: i32,
    pub to_port: i32,
    pub cidr_ipv4: Option<String>,
    pub cidr_ipv6: Option<String>,
    pub referenced_group_id: Option<SecurityGroupId>,
    pub description: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeRulesInput {
    pub security_group_rule_ids: Vec<SecurityGroupRuleId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeRulesOutput {
    pub security_group_rules: Vec<RuleDescription>,
    pub next_token: Option<String>,
}

/// A rule as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct RuleDescription {
    pub security_group_rule_id: SecurityGroupRuleId,
    pub security_group_rule_arn: Arn,
    pub group_id: SecurityGroupId,
    pub group_owner_id: String,
    pub is_egress: bool,
    pub ip_protocol: String,
    pub from_port: i32,
    pub to_port: i32,
    pub cidr_ipv4: Option<String>,
    pub cidr_ipv6: Option<String>,
    pub referenced_group_info: Option<ReferencedGroup>,
    pub description: Option<String>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct ReferencedGroup {
    pub group_id: SecurityGroupId,
    pub user_id: String,
    pub vpc_id: VpcId,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyRulesInput {
    pub group_id: SecurityGroupId,
    pub security_group_rules: Vec<RuleUpdate>,
    pub dry_run: Option<bool>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct RuleUpdate {
    pub security_group_rule_id: SecurityGroupRuleId,
    pub security_group_rule: RuleRequest,
}

/// What a rule is to be.
#[derive(Clone, Debug, Default, Shape)]
pub struct RuleRequest {
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ipv4: Option<String>,
    pub cidr_ipv6: Option<String>,
    pub referenced_group_id: Option<SecurityGroupId>,
    pub description: Option<String>,
}

/// What UpdateSecurityGroupRuleDescriptionsIngress and -Egress take.
#[derive(Debug, Default, Shape)]
pub struct UpdateDescriptionsInput {
    pub group_id: Option<SecurityGroupId>,
    pub group_name: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
    pub security_group_rule_descriptions: Vec<SecurityGroupRuleDescription>,
    pub dry_run: Option<bool>,
}

/// A rule's new words.
#[derive(Clone, Debug, Default, Shape)]
pub struct SecurityGroupRuleDescription {
    pub security_group_rule_id: SecurityGroupRuleId,
    pub description: Option<String>,
}

/// That it was done.
#[derive(Debug, Default, Shape)]
pub struct ReturnOutput {
    pub r#return: bool,
}
