//! What callers do with the rules of a group.

use tierra_core::{AwsError, Call, Tx};

use super::api::{
    AuthorizeEgressInput, AuthorizeIngressInput, AuthorizeOutput, DescribeRulesInput, DescribeRulesOutput, IpPermission, IpRange,
    ModifyRulesInput, ReturnOutput, RevokeEgressInput, RevokeIngressInput, RevokeOutput, UpdateDescriptionsInput, UserIdGroupPair,
};
use super::errors::SecurityGroupError;
use super::model::{Direction, Permission, SecurityGroup, SecurityGroupRule, SecurityGroupRuleId};
use super::ops::group_arn;
use super::permission::{Worded, grouped, parse, parse_rule};
use super::show::{show_revoked, show_rule};
use crate::ec2::errors::Ec2Error;
use crate::ec2::listing::{self, query};
use crate::ec2::operation::{arn, operations};
use crate::ec2::tag::{self, TagSpecification};
use crate::ec2::vpc::Vpc;

/// Rules of a group in each direction: what AWS allows after the quota was raised as far as it goes ("Amazon VPC quotas").
const RULES_PER_DIRECTION: usize = 1000;

operations! {
    /// Lets something in. "AuthorizeSecurityGroupIngress"
    writes AuthorizeSecurityGroupIngress(AuthorizeIngressInput) -> AuthorizeOutput = authorize_ingress,
        on |tx, input, call| group_arn(tx, call, input.group_id.as_ref(), input.group_name.as_deref());
    /// Lets something out. "AuthorizeSecurityGroupEgress"
    writes AuthorizeSecurityGroupEgress(AuthorizeEgressInput) -> AuthorizeOutput = authorize_egress,
        on |_, input, call| arn(call, "security-group", &input.group_id);
    /// No longer lets something in. "RevokeSecurityGroupIngress"
    writes RevokeSecurityGroupIngress(RevokeIngressInput) -> RevokeOutput = revoke_ingress,
        on |tx, input, call| group_arn(tx, call, input.group_id.as_ref(), input.group_name.as_deref());
    /// No longer lets something out. "RevokeSecurityGroupEgress"
    writes RevokeSecurityGroupEgress(RevokeEgressInput) -> RevokeOutput = revoke_egress,
        on |_, input, call| arn(call, "security-group", &input.group_id);
    /// Tells of rules. "DescribeSecurityGroupRules"
    reads DescribeSecurityGroupRules(DescribeRulesInput) -> DescribeRulesOutput = describe;
    /// Makes rules permit something else. "ModifySecurityGroupRules"
    writes ModifySecurityGroupRules(ModifyRulesInput) -> ReturnOutput = modify,
        on |_, input, call| arn(call, "security-group", &input.group_id);
    /// Changes the words of ingress rules. "UpdateSecurityGroupRuleDescriptionsIngress"
    writes UpdateSecurityGroupRuleDescriptionsIngress(UpdateDescriptionsInput) -> ReturnOutput = describe_ingress_anew,
        on |tx, input, call| group_arn(tx, call, input.group_id.as_ref(), input.group_name.as_deref());
    /// Changes the words of egress rules. "UpdateSecurityGroupRuleDescriptionsEgress"
    writes UpdateSecurityGroupRuleDescriptionsEgress(UpdateDescriptionsInput) -> ReturnOutput = describe_egress_anew,
        on |tx, input, call| group_arn(tx, call, input.group_id.as_ref(), input.group_name.as_deref());
}

/// The permissions of an input: its list, or the one that is spread over it, in AWS's oldest manner.
macro_rules! permissions {
    ($input:expr, $source:expr) => {
        if $input.ip_permissions.is_empty() {
            spread($input.ip_protocol, $input.from_port, $input.to_port, $input.cidr_ip, $source)
        } else {
            $input.ip_permissions
        }
    };
}

fn spread(
    protocol: Option<String>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
    source: Option<String>,
) -> Vec<IpPermission> {
    let range = |cidr_ip| IpRange {
        cidr_ip,
        description: None,
    };
    let pair = |name| UserIdGroupPair {
        group_name: Some(name),
        ..UserIdGroupPair::default()
    };
    let everything = source.is_some() && protocol.is_none();
    if protocol.is_none() && !everything {
        return Vec::new();
    }
    vec![IpPermission {
        ip_protocol: protocol.or_else(|| Some("-1".to_owned())),
        from_port,
        to_port,
        ip_ranges: cidr_ip.into_iter().map(range).collect(),
        user_id_group_pairs: source.into_iter().map(pair).collect(),
        ..IpPermission::default()
    }]
}

fn authorize_ingress(tx: &mut Tx, call: &Call, input: AuthorizeIngressInput) -> Result<AuthorizeOutput, AwsError> {
    let group = SecurityGroup::require_either(tx, &call.place, input.group_id.as_ref(), input.group_name.as_deref())?;
    let permissions = permissions!(input, input.source_security_group_name);
    authorize(tx, call, group, Direction::Ingress, &permissions, &input.tag_specifications)
}

fn authorize_egress(tx: &mut Tx, call: &Call, input: AuthorizeEgressInput) -> Result<AuthorizeOutput, AwsError> {
    let group = SecurityGroup::require(tx, &call.place, &input.group_id)?;
    let permissions = permissions!(input, None);
    authorize(tx, call, group, Direction::Egress, &permissions, &input.tag_specifications)
}

fn authorize(
    tx: &mut Tx,
    call: &Call,
    mut group: SecurityGroup,
    direction: Direction,
    permissions: &[IpPermission],
    tags: &[TagSpecification],
) -> Result<AuthorizeOutput, AwsError> {
    let tags = tag::specified(tags, "security-group-rule")?;
    let parsed = parse(tx, &group, direction, permissions)?;
    if parsed.is_empty() {
        return Err(Ec2Error::Missing { name: "ipPermissions" }.into());
    }
    let mut added = Vec::new();
    for (permission, description) in parsed {
        check_new(&group, &permission)?;
        let rule = SecurityGroupRule {
            id: call.ids.next(),
            permission,
            description,
        };
        tag::set(tx, &call.place, &rule.id, tags.clone());
        group.rules.push(rule.clone());
        added.push(rule);
    }
    if group.rules(direction).count() > RULES_PER_DIRECTION {
        return Err(SecurityGroupError::RuleLimitExceeded.into());
    }
    tx.save(group.clone());
    Ok(AuthorizeOutput {
        r#return: true,
        security_group_rules: added.iter().map(|rule| show_rule(tx, &group, rule)).collect(),
    })
}

fn check_new(group: &SecurityGroup, permission: &Permission) -> Result<(), SecurityGroupError> {
    if group.rules.iter().any(|rule| rule.permission == *permission) {
        return Err(SecurityGroupError::DuplicatePermission {
            rule: permission.to_string(),
        });
    }
    Ok(())
}

fn revoke_ingress(tx: &mut Tx, call: &Call, input: RevokeIngressInput) -> Result<RevokeOutput, AwsError> {
    let group = SecurityGroup::require_either(tx, &call.place, input.group_id.as_ref(), input.group_name.as_deref())?;
    let permissions = permissions!(input, input.source_security_group_name);
    revoke(tx, group, Direction::Ingress, &permissions, &input.security_group_rule_ids)
}

fn revoke_egress(tx: &mut Tx, call: &Call, input: RevokeEgressInput) -> Result<RevokeOutput, AwsError> {
    let group = SecurityGroup::require(tx, &call.place, &input.group_id)?;
    let permissions = permissions!(input, None);
    revoke(tx, group, Direction::Egress, &permissions, &input.security_group_rule_ids)
}

/// In the default VPC what was not permitted is told, elsewhere it is an error: see "RevokeSecurityGroupIngress".
fn revoke(
    tx: &mut Tx,
    mut group: SecurityGroup,
    direction: Direction,
    permissions: &[IpPermission],
    ids: &[SecurityGroupRuleId],
) -> Result<RevokeOutput, AwsError> {
    if permissions.is_empty() && ids.is_empty() {
        return Err(Ec2Error::Missing {
            name: "ipPermissions or securityGroupRuleIds",
        }
        .into());
    }
    let mut revoked = Vec::new();
    for id in ids {
        let is_it = |rule: &SecurityGroupRule| rule.id == *id && rule.permission.direction == direction;
        revoked.push(take(&mut group, is_it).ok_or_else(|| SecurityGroupError::NoSuchRule { id: id.clone() })?);
    }
    let mut unknown = Vec::new();
    for (permission, description) in parse(tx, &group, direction, permissions)? {
        match take(&mut group, |rule| rule.permission == permission) {
            Some(rule) => revoked.push(rule),
            None => unknown.push(SecurityGroupRule {
                id: SecurityGroupRuleId::default(),
                permission,
                description,
            }),
        }
    }
    let lenient = Vpc::default_of(tx, &group.place).is_some_and(|vpc| vpc.id == group.vpc);
    if !unknown.is_empty() && !lenient {
        return Err(SecurityGroupError::NoSuchPermission.into());
    }
    revoked.iter().for_each(|rule| tag::forget(tx, &group.place, &rule.id));
    tx.save(group.clone());
    Ok(RevokeOutput {
        r#return: true,
        unknown_ip_permissions: grouped(&group, unknown.iter()),
        revoked_security_group_rules: revoked.iter().map(|rule| show_revoked(&group, rule)).collect(),
    })
}

fn take(group: &mut SecurityGroup, is_it: impl Fn(&SecurityGroupRule) -> bool) -> Option<SecurityGroupRule> {
    let at = group.rules.iter().position(is_it)?;
    Some(group.rules.remove(at))
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeRulesInput) -> Result<DescribeRulesOutput, AwsError> {
    let groups = groups_of_rules(tx, call, &input.security_group_rule_ids)?;
    let asked = |rule: &&SecurityGroupRule| input.security_group_rule_ids.is_empty() || input.security_group_rule_ids.contains(&rule.id);
    let shown = groups
        .iter()
        .flat_map(|group| group.rules.iter().filter(asked).map(|rule| show_rule(tx, group, rule)));
    let page = listing::page(shown.collect(), !input.security_group_rule_ids.is_empty(), &query!(input))?;
    Ok(DescribeRulesOutput {
        security_group_rules: page.items,
        next_token: page.next,
    })
}

fn groups_of_rules(tx: &Tx, call: &Call, ids: &[SecurityGroupRuleId]) -> Result<Vec<SecurityGroup>, SecurityGroupError> {
    if ids.is_empty() {
        return Ok(tx.list(&call.place));
    }
    let mut groups: Vec<SecurityGroup> = Vec::new();
    for id in ids {
        let group: Option<SecurityGroup> = tx.by_index(&call.place, "rule", id.as_str()).pop();
        let group = group.ok_or_else(|| SecurityGroupError::NoSuchRule { id: id.clone() })?;
        if groups.iter().all(|other| other.id != group.id) {
            groups.push(group);
        }
    }
    Ok(groups)
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyRulesInput) -> Result<ReturnOutput, AwsError> {
    let mut group = SecurityGroup::require(tx, &call.place, &input.group_id)?;
    for update in &input.security_group_rules {
        let id = &update.security_group_rule_id;
        let at = position(&group, |rule| rule.id == *id).ok_or_else(|| SecurityGroupError::NoSuchRule { id: id.clone() })?;
        let direction = group.rules[at].permission.direction;
        let (permission, description) = parse_rule(tx, &group, direction, &update.security_group_rule)?;
        if position(&group, |rule| rule.permission == permission).is_some_and(|other| other != at) {
            check_new(&group, &permission)?;
        }
        group.rules[at].permission = permission;
        group.rules[at].description = description;
    }
    tx.save(group);
    Ok(ReturnOutput { r#return: true })
}

fn position(group: &SecurityGroup, is_it: impl Fn(&SecurityGroupRule) -> bool) -> Option<usize> {
    group.rules.iter().position(is_it)
}

fn describe_ingress_anew(tx: &mut Tx, call: &Call, input: UpdateDescriptionsInput) -> Result<ReturnOutput, AwsError> {
    describe_anew(tx, call, &input, Direction::Ingress)
}

fn describe_egress_anew(tx: &mut Tx, call: &Call, input: UpdateDescriptionsInput) -> Result<ReturnOutput, AwsError> {
    describe_anew(tx, call, &input, Direction::Egress)
}

fn describe_anew(tx: &mut Tx, call: &Call, input: &UpdateDescriptionsInput, direction: Direction) -> Result<ReturnOutput, AwsError> {
    let mut group = SecurityGroup::require_either(tx, &call.place, input.group_id.as_ref(), input.group_name.as_deref())?;
    if input.ip_permissions.is_empty() && input.security_group_rule_descriptions.is_empty() {
        return Err(Ec2Error::Missing {
            name: "ipPermissions or securityGroupRuleDescriptions",
        }
        .into());
    }
    let by_permission: Vec<Worded> = parse(tx, &group, direction, &input.ip_permissions)?;
    for (permission, description) in by_permission {
        let at = position(&group, |rule| rule.permission == permission).ok_or(SecurityGroupError::NoSuchPermission)?;
        group.rules[at].description = description;
    }
    for words in &input.security_group_rule_descriptions {
        let id = &words.security_group_rule_id;
        let at = position(&group, |rule| rule.id == *id && rule.permission.direction == direction);
        let at = at.ok_or_else(|| SecurityGroupError::NoSuchRule { id: id.clone() })?;
        group.rules[at].description = words.description.clone();
    }
    tx.save(group);
    Ok(ReturnOutput { r#return: true })
}
