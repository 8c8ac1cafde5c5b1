//! How groups and rules look to callers, and by what they can be chosen.

use tierra_core::{Arn, Tag, Tx};

use super::api::{IpPermission, ReferencedGroup, RevokedRule, RuleDescription, SecurityGroupDescription};
use super::model::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use super::permission::grouped;
use crate::ec2::filter::{Field, Filterable, each, maybe, one};
use crate::ec2::listing::Described;
use crate::ec2::tag;

/// The filters `ip-permission.*` and `egress.ip-permission.*`, over the list of permissions that each looks at.
macro_rules! permission_filters {
    ($prefix:literal, $list:ident, [$($before:tt)*]) => {
        &[
            $($before)*
            (concat!($prefix, "cidr"), |group| each(&group.$list, |p| each(&p.ip_ranges, |range| one(&range.cidr_ip)))),
            (concat!($prefix, "from-port"), |group| each(&group.$list, |p| maybe(&p.from_port))),
            (concat!($prefix, "group-id"), |group| each(&group.$list, |p| each(&p.user_id_group_pairs, |pair| maybe(&pair.group_id)))),
            (concat!($prefix, "ipv6-cidr"), |group| each(&group.$list, |p| each(&p.ipv6_ranges, |range| one(&range.cidr_ipv6)))),
            (concat!($prefix, "protocol"), |group| each(&group.$list, |p| maybe(&p.ip_protocol))),
            (concat!($prefix, "to-port"), |group| each(&group.$list, |p| maybe(&p.to_port))),
            (concat!($prefix, "user-id"), |group| each(&group.$list, |p| each(&p.user_id_group_pairs, |pair| maybe(&pair.user_id)))),
        ]
    };
}

const INGRESS_FILTERS: &[Field<SecurityGroupDescription>] = permission_filters!(
    "ip-permission.",
    ip_permissions,
    [
        ("description", |group: &SecurityGroupDescription| one(&group.description)),
        ("group-id", |group| one(&group.group_id)),
        ("group-name", |group| one(&group.group_name)),
        ("owner-id", |group| one(&group.owner_id)),
        ("vpc-id", |group| one(&group.vpc_id)),
    ]
);
const EGRESS_FILTERS: &[Field<SecurityGroupDescription>] = permission_filters!("egress.ip-permission.", ip_permissions_egress, []);

impl Filterable for SecurityGroupDescription {
    const FILTERS: &'static [Field<Self>] = INGRESS_FILTERS;
    const MORE_FILTERS: &'static [Field<Self>] = EGRESS_FILTERS;
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for SecurityGroupDescription {
    const IDS: &'static str = "groupIds";
    fn id(&self) -> String {
        self.group_id.to_string()
    }
}

impl Filterable for RuleDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("group-id", |rule| one(&rule.group_id)),
        ("security-group-rule-id", |rule| one(&rule.security_group_rule_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for RuleDescription {
    const IDS: &'static str = "securityGroupRuleIds";
    fn id(&self) -> String {
        self.security_group_rule_id.to_string()
    }
}

/// A group as callers see it.
pub fn show(tx: &Tx, group: &SecurityGroup) -> SecurityGroupDescription {
    let permissions = |direction| -> Vec<IpPermission> { grouped(group, group.rules(direction)) };
    SecurityGroupDescription {
        group_id: group.id.clone(),
        group_name: group.name.clone(),
        description: group.description.clone(),
        owner_id: group.place.account.to_string(),
        security_group_arn: arn_of(group),
        vpc_id: group.vpc.clone(),
        ip_permissions: permissions(Direction::Ingress),
        ip_permissions_egress: permissions(Direction::Egress),
        tags: tag::list(tx, &group.place, &group.id),
    }
}

/// A group's ARN.
pub fn arn_of(group: &SecurityGroup) -> Arn {
    Arn::regional("ec2", &group.place, format!("security-group/{}", group.id))
}

/// A rule as callers see it.
pub fn show_rule(tx: &Tx, group: &SecurityGroup, rule: &SecurityGroupRule) -> RuleDescription {
    let revoked = show_revoked(group, rule);
    let referenced = |group_id| ReferencedGroup {
        group_id,
        user_id: group.place.account.to_string(),
        vpc_id: group.vpc.clone(),
    };
    RuleDescription {
        security_group_rule_id: revoked.security_group_rule_id,
        security_group_rule_arn: Arn::regional("ec2", &group.place, format!("security-group-rule/{}", rule.id)),
        group_id: revoked.group_id,
        group_owner_id: group.place.account.to_string(),
        is_egress: revoked.is_egress,
        ip_protocol: revoked.ip_protocol,
        from_port: revoked.from_port,
        to_port: revoked.to_port,
        cidr_ipv4: revoked.cidr_ipv4,
        cidr_ipv6: revoked.cidr_ipv6,
        referenced_group_info: revoked.referenced_group_id.map(referenced),
        description: revoked.description,
        tags: tag::list(tx, &group.place, &rule.id),
    }
}

/// A rule as callers see it when it is revoked. Where a protocol has no ports, AWS says -1 here, and nothing in permissions.
pub fn show_revoked(group: &SecurityGroup, rule: &SecurityGroupRule) -> RevokedRule {
    let (from_port, to_port) = rule.permission.ports.unwrap_or((-1, -1));
    let mut shown = RevokedRule {
        security_group_rule_id: rule.id.clone(),
        group_id: group.id.clone(),
        is_egress: rule.permission.direction == Direction::Egress,
        ip_protocol: rule.permission.protocol.to_string(),
        from_port,
        to_port,
        description: rule.description.clone(),
        ..RevokedRule::default()
    };
    match &rule.permission.peer {
        Peer::Cidr(cidr) => shown.cidr_ipv4 = Some(cidr.to_string()),
        Peer::Cidr6(cidr) => shown.cidr_ipv6 = Some(cidr.to_string()),
        Peer::Group(id) => shown.referenced_group_id = Some(id.clone()),
    }
    shown
}
