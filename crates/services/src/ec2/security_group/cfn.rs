//! `AWS::EC2::SecurityGroup`, `AWS::EC2::SecurityGroupIngress`, `AWS::EC2::SecurityGroupEgress`.
//! Follows the CloudFormation pages of those names.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{
    AuthorizeEgressInput, AuthorizeIngressInput, CreateSecurityGroupInput, DeleteSecurityGroupInput, IpPermission, IpRange, Ipv6Range,
    RevokeEgressInput, RevokeIngressInput, UserIdGroupPair,
};
use super::model::{Direction, SecurityGroup, SecurityGroupId, SecurityGroupRuleId};
use super::ops::{CreateSecurityGroup, DeleteSecurityGroup, TEXT};
use super::rules::{AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, RevokeSecurityGroupEgress, RevokeSecurityGroupIngress};
use crate::ec2::cfn::{Ec2Type, Type, TypeError};
use crate::ec2::vpc::VpcId;
use crate::invoke;

struct SecurityGroupType;
struct IngressType;
struct EgressType;

/// Declares the types.
pub fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<SecurityGroupType>::default())
        .resource_type(Type::<IngressType>::default())
        .resource_type(Type::<EgressType>::default());
}

/// A rule as a template writes it, within a group or as a resource of its own.
#[derive(Clone, Debug, Default, PartialEq, Shape)]
pub struct RuleProperties {
    group_id: Option<SecurityGroupId>,
    group_name: Option<String>,
    ip_protocol: Option<String>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
    cidr_ipv6: Option<String>,
    source_security_group_id: Option<SecurityGroupId>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
    destination_security_group_id: Option<SecurityGroupId>,
    description: Option<String>,
}

/// What a template may say of a group.
#[derive(Debug, Default, Shape)]
pub struct Properties {
    group_name: Option<String>,
    group_description: String,
    vpc_id: Option<VpcId>,
    security_group_ingress: Vec<RuleProperties>,
    security_group_egress: Vec<RuleProperties>,
}

impl From<&RuleProperties> for IpPermission {
    fn from(rule: &RuleProperties) -> Self {
        let description = &rule.description;
        let group_id = rule
            .source_security_group_id
            .as_ref()
            .or(rule.destination_security_group_id.as_ref());
        let pair = UserIdGroupPair {
            user_id: rule.source_security_group_owner_id.clone(),
            group_id: group_id.cloned(),
            group_name: rule.source_security_group_name.clone(),
            vpc_id: None,
            description: description.clone(),
        };
        let range = |cidr_ip: &String| IpRange {
            cidr_ip: cidr_ip.clone(),
            description: description.clone(),
        };
        let range6 = |cidr_ipv6: &String| Ipv6Range {
            cidr_ipv6: cidr_ipv6.clone(),
            description: description.clone(),
        };
        let names_group = pair.group_id.is_some() || pair.group_name.is_some();
        Self {
            ip_protocol: rule.ip_protocol.clone(),
            from_port: rule.from_port,
            to_port: rule.to_port,
            user_id_group_pairs: if names_group { vec![pair] } else { Vec::new() },
            ip_ranges: rule.cidr_ip.iter().map(range).collect(),
            ipv6_ranges: rule.cidr_ipv6.iter().map(range6).collect(),
            prefix_list_ids: Vec::new(),
        }
    }
}

fn authorize(
    tx: &mut Tx,
    call: &Call,
    group: &SecurityGroupId,
    direction: Direction,
    rules: &[RuleProperties],
) -> Result<Vec<SecurityGroupRuleId>, AwsError> {
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let ip_permissions = rules.iter().map(IpPermission::from).collect();
    let output = match direction {
        Direction::Ingress => invoke::<AuthorizeSecurityGroupIngress>(
            tx,
            call,
            AuthorizeIngressInput {
                group_id: Some(group.clone()),
                ip_permissions,
                ..AuthorizeIngressInput::default()
            },
        ),
        Direction::Egress => invoke::<AuthorizeSecurityGroupEgress>(
            tx,
            call,
            AuthorizeEgressInput {
                group_id: group.clone(),
                ip_permissions,
                ..AuthorizeEgressInput::default()
            },
        ),
    }?;
    Ok(output
        .security_group_rules
        .into_iter()
        .map(|rule| rule.security_group_rule_id)
        .collect())
}

fn revoke(
    tx: &mut Tx,
    call: &Call,
    group: &SecurityGroupId,
    direction: Direction,
    rules: Vec<SecurityGroupRuleId>,
) -> Result<(), AwsError> {
    if rules.is_empty() {
        return Ok(());
    }
    let outcome = match direction {
        Direction::Ingress => invoke::<RevokeSecurityGroupIngress>(
            tx,
            call,
            RevokeIngressInput {
                group_id: Some(group.clone()),
                security_group_rule_ids: rules,
                ..RevokeIngressInput::default()
            },
        ),
        Direction::Egress => invoke::<RevokeSecurityGroupEgress>(
            tx,
            call,
            RevokeEgressInput {
                group_id: group.clone(),
                security_group_rule_ids: rules,
                ..RevokeEgressInput::default()
            },
        ),
    };
    outcome.map(drop)
}

/// The ids of all rules of one direction.
fn rule_ids(tx: &Tx, call: &Call, id: &SecurityGroupId, direction: Direction) -> Result<Vec<SecurityGroupRuleId>, AwsError> {
    let group = SecurityGroup::require(tx, &call.place, id)?;
    Ok(group.rules(direction).map(|rule| rule.id.clone()).collect())
}

impl Ec2Type for SecurityGroupType {
    const NAME: &'static str = "AWS::EC2::SecurityGroup";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties.group_name.get_or_insert_with(|| creation.generated_name(call, TEXT));
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = CreateSecurityGroupInput {
            group_name: properties.group_name.unwrap_or_default(),
            description: properties.group_description,
            vpc_id: properties.vpc_id,
            ..CreateSecurityGroupInput::default()
        };
        let id = invoke::<CreateSecurityGroup>(tx, call, input)?.group_id;
        if !properties.security_group_egress.is_empty() {
            let everything_out = rule_ids(tx, call, &id, Direction::Egress)?;
            revoke(tx, call, &id, Direction::Egress, everything_out)?;
        }
        authorize(tx, call, &id, Direction::Ingress, &properties.security_group_ingress)?;
        authorize(tx, call, &id, Direction::Egress, &properties.security_group_egress)?;
        Ok(id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let group: SecurityGroup = tx.find(&call.place, id)?;
        Some(vec![
            ("GroupId", json!(group.id)),
            ("Id", json!(group.id)),
            ("VpcId", json!(group.vpc)),
        ])
    }

    /// The rules that the template had go, those that it has come. Rules that other resources added stay.
    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        let id = SecurityGroupId::from_text(id.to_owned());
        replace(
            tx,
            call,
            &id,
            Direction::Ingress,
            &old.security_group_ingress,
            &new.security_group_ingress,
        )?;
        replace(
            tx,
            call,
            &id,
            Direction::Egress,
            &old.security_group_egress,
            &new.security_group_egress,
        )
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DeleteSecurityGroupInput {
            group_id: Some(SecurityGroupId::from_text(id.to_owned())),
            ..DeleteSecurityGroupInput::default()
        };
        invoke::<DeleteSecurityGroup>(tx, call, input).map(drop)
    }
}

/// What a group lets out where its template does not say: everything.
fn everything_out() -> RuleProperties {
    RuleProperties {
        ip_protocol: Some("-1".to_owned()),
        cidr_ip: Some("0.0.0.0/0".to_owned()),
        ..RuleProperties::default()
    }
}

/// The rules of one direction that a template means.
fn said(direction: Direction, rules: &[RuleProperties]) -> Vec<RuleProperties> {
    match (direction, rules) {
        (Direction::Egress, []) => vec![everything_out()],
        (_, rules) => rules.to_vec(),
    }
}

fn replace(
    tx: &mut Tx,
    call: &Call,
    id: &SecurityGroupId,
    direction: Direction,
    old: &[RuleProperties],
    new: &[RuleProperties],
) -> Result<(), AwsError> {
    let (old, new) = (said(direction, old), said(direction, new));
    let gone: Vec<IpPermission> = old.iter().filter(|rule| !new.contains(rule)).map(IpPermission::from).collect();
    let come: Vec<RuleProperties> = new.iter().filter(|rule| !old.contains(rule)).cloned().collect();
    let group = SecurityGroup::require(tx, &call.place, id)?;
    let gone: Vec<_> = super::permission::parse(tx, &group, direction, &gone)?
        .into_iter()
        .map(|(permission, _)| permission)
        .collect();
    let is_gone = |rule: &&super::model::SecurityGroupRule| gone.contains(&rule.permission);
    let ids = group.rules.iter().filter(is_gone).map(|rule| rule.id.clone()).collect();
    revoke(tx, call, id, direction, ids)?;
    authorize(tx, call, id, direction, &come).map(drop)
}

/// The group that a rule of its own belongs to.
fn group_of(tx: &Tx, call: &Call, rule: &RuleProperties) -> Result<SecurityGroupId, AwsError> {
    Ok(SecurityGroup::require_either(tx, &call.place, rule.group_id.as_ref(), rule.group_name.as_deref())?.id)
}

fn create_rule(tx: &mut Tx, call: &Call, rule: &RuleProperties, direction: Direction) -> Result<String, AwsError> {
    let group = group_of(tx, call, rule)?;
    let made = authorize(tx, call, &group, direction, std::slice::from_ref(rule))?;
    match made.as_slice() {
        [id] => Ok(id.to_string()),
        _ => Err(TypeError::Invalid {
            reason: "A security group rule names exactly one source or destination.".to_owned(),
        }
        .into()),
    }
}

fn rule_values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
    tx.by_index::<SecurityGroup>(&call.place, "rule", id).pop()?;
    Some(vec![("Id", json!(id))])
}

fn delete_rule(tx: &mut Tx, call: &Call, id: &str, direction: Direction) -> Result<(), AwsError> {
    let Some(group) = tx.by_index::<SecurityGroup>(&call.place, "rule", id).pop() else {
        return Ok(());
    };
    revoke(tx, call, &group.id, direction, vec![SecurityGroupRuleId::from_text(id.to_owned())])
}

/// The two types of a rule of its own differ only in direction. A change of anything but the words is a replacement.
macro_rules! rule_type {
    ($type:ty, $name:literal, $direction:expr) => {
        impl Ec2Type for $type {
            const NAME: &'static str = $name;
            const TAGGED: bool = false;
            type Properties = RuleProperties;

            fn create(tx: &mut Tx, call: &Call, rule: RuleProperties) -> Result<String, AwsError> {
                create_rule(tx, call, &rule, $direction)
            }
            fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
                rule_values(tx, call, id)
            }
            fn update(tx: &mut Tx, call: &Call, id: &str, _: RuleProperties, new: RuleProperties) -> Result<(), AwsError> {
                describe_rule(tx, call, id, $direction, new.description)
            }
            fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
                delete_rule(tx, call, id, $direction)
            }
        }
    };
}

rule_type!(IngressType, "AWS::EC2::SecurityGroupIngress", Direction::Ingress);
rule_type!(EgressType, "AWS::EC2::SecurityGroupEgress", Direction::Egress);

fn describe_rule(tx: &mut Tx, call: &Call, id: &str, direction: Direction, description: Option<String>) -> Result<(), AwsError> {
    let group = tx.by_index::<SecurityGroup>(&call.place, "rule", id).pop();
    let group_id = group.map(|group| group.id);
    let input = super::api::UpdateDescriptionsInput {
        group_id,
        security_group_rule_descriptions: vec![super::api::SecurityGroupRuleDescription {
            security_group_rule_id: SecurityGroupRuleId::from_text(id.to_owned()),
            description,
        }],
        ..super::api::UpdateDescriptionsInput::default()
    };
    match direction {
        Direction::Ingress => invoke::<super::rules::UpdateSecurityGroupRuleDescriptionsIngress>(tx, call, input).map(drop),
        Direction::Egress => invoke::<super::rules::UpdateSecurityGroupRuleDescriptionsEgress>(tx, call, input).map(drop),
    }
}
