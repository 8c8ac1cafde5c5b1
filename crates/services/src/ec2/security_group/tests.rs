//! Security groups, as callers see them: calls in, answers and errors out.

use tierra_drivers::network::{Peer as PeerSpec, Rule, Traffic};

use super::api::*;
use super::ops::*;
use super::rules::*;
use super::*;
use crate::ec2::network::vpc_spec;
use crate::ec2::network_interface::{self, NewInterface};
use crate::ec2::subnet::Subnet;
use crate::ec2::testing::{World, filter};
use crate::ec2::vpc::{CreateVpc, CreateVpcInput, VpcId};

fn vpc(world: &World) -> VpcId {
    let input = CreateVpcInput {
        cidr_block: Some("10.0.0.0/16".into()),
        ..CreateVpcInput::default()
    };
    world.ok::<CreateVpc>(input).vpc.vpc_id
}

fn group(world: &World, name: &str, vpc_id: Option<&VpcId>) -> SecurityGroupId {
    let input = CreateSecurityGroupInput {
        group_name: name.into(),
        description: "for the test".into(),
        vpc_id: vpc_id.cloned(),
        ..CreateSecurityGroupInput::default()
    };
    world.ok::<CreateSecurityGroup>(input).group_id
}

fn tcp(from: i32, to: i32, cidr: &str) -> IpPermission {
    permission("tcp", Some(from), Some(to), cidr)
}

fn permission(protocol: &str, from_port: Option<i32>, to_port: Option<i32>, cidr: &str) -> IpPermission {
    IpPermission {
        ip_protocol: Some(protocol.into()),
        from_port,
        to_port,
        ip_ranges: vec![IpRange {
            cidr_ip: cidr.into(),
            description: None,
        }],
        ..IpPermission::default()
    }
}

fn from_group(id: &SecurityGroupId) -> IpPermission {
    IpPermission {
        ip_protocol: Some("-1".into()),
        user_id_group_pairs: vec![UserIdGroupPair {
            group_id: Some(id.clone()),
            ..UserIdGroupPair::default()
        }],
        ..IpPermission::default()
    }
}

fn ingress(group: &SecurityGroupId, permissions: Vec<IpPermission>) -> AuthorizeIngressInput {
    AuthorizeIngressInput {
        group_id: Some(group.clone()),
        ip_permissions: permissions,
        ..AuthorizeIngressInput::default()
    }
}

#[test]
fn permissions_are_checked_in_aws_words() {
    let world = World::new();
    let id = group(&world, "web", None);
    for (permission, message) in [
        (tcp(22, 22, "0.0.0.0/0"), ""),
        (
            tcp(22, 22, "0.0.0.0/0"),
            "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW\" already exists",
        ),
        (
            permission("6", Some(22), Some(22), "0.0.0.0/0"),
            "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW\" already exists",
        ),
        (tcp(80, 79, "0.0.0.0/0"), "Invalid TCP/UDP port range (80:79)"),
        (tcp(80, 65536, "0.0.0.0/0"), "TCP/UDP port (65536) out of range"),
        (
            permission("udp", None, Some(5), "0.0.0.0/0"),
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
        ),
        (permission("icmp", Some(8), Some(-1), "0.0.0.0/0"), ""),
        (permission("icmp", Some(300), Some(0), "0.0.0.0/0"), "ICMP type (300) out of range"),
        (
            permission("swap", None, None, "0.0.0.0/0"),
            "Invalid value 'swap' for IP protocol. Unknown protocol.",
        ),
        (permission("-1", Some(0), Some(0), "10.0.0.0/8"), ""),
        (
            permission("all", None, None, "10.0.0.7/8"),
            "the specified rule \"peer: 10.0.0.0/8, ALL, ALLOW\" already exists",
        ),
        (permission("50", None, None, "10.0.0.0/8"), ""),
        (tcp(1, 2, "10.0.0"), "CIDR block 10.0.0 is malformed"),
        (from_group(&id), ""),
        (
            from_group(&tierra_core::ids::AwsId::from_text("sg-0".into())),
            "The security group 'sg-0' does not exist",
        ),
    ] {
        let outcome = world.run::<AuthorizeSecurityGroupIngress>(ingress(&id, vec![permission.clone()]));
        assert_eq!(
            outcome.err().map_or_else(String::new, |error| error.message),
            message,
            "{permission:?}"
        );
    }
}

#[test]
fn revoking_what_is_not_there_is_told_in_the_default_vpc_and_an_error_elsewhere() {
    let world = World::new();
    let vpc = vpc(&world);
    let (lenient, strict) = (group(&world, "a", None), group(&world, "b", Some(&vpc)));
    let revoke = |id: &SecurityGroupId| RevokeIngressInput {
        group_id: Some(id.clone()),
        ip_permissions: vec![tcp(80, 80, "0.0.0.0/0")],
        ..RevokeIngressInput::default()
    };
    assert_eq!(
        world.ok::<RevokeSecurityGroupIngress>(revoke(&lenient)).unknown_ip_permissions,
        [tcp(80, 80, "0.0.0.0/0")]
    );
    assert_eq!(
        world.code::<RevokeSecurityGroupIngress>(revoke(&strict)),
        "InvalidPermission.NotFound"
    );
    world.ok::<AuthorizeSecurityGroupIngress>(ingress(&strict, vec![tcp(80, 80, "0.0.0.0/0")]));
    let revoked = world.ok::<RevokeSecurityGroupIngress>(revoke(&strict)).revoked_security_group_rules;
    assert_eq!((revoked.len(), revoked[0].from_port, revoked[0].is_egress), (1, 80, false));
}

#[test]
fn names_are_unique_in_a_vpc_and_some_are_reserved() {
    let world = World::new();
    let vpc = vpc(&world);
    group(&world, "web", None);
    group(&world, "web", Some(&vpc));
    for (name, code) in [
        ("web", "InvalidGroup.Duplicate"),
        ("default", "InvalidParameterValue"),
        ("sg-web", "InvalidParameterValue"),
        ("", "MissingParameter"),
    ] {
        let input = CreateSecurityGroupInput {
            group_name: name.into(),
            description: "d".into(),
            ..CreateSecurityGroupInput::default()
        };
        assert_eq!(world.code::<CreateSecurityGroup>(input), code, "{name}");
    }
}

#[test]
fn a_group_stays_while_a_rule_of_another_or_an_interface_names_it() {
    let world = World::new();
    let (web, db) = (group(&world, "web", None), group(&world, "db", None));
    let delete = |id: &SecurityGroupId| {
        let input = DeleteSecurityGroupInput {
            group_id: Some(id.clone()),
            ..DeleteSecurityGroupInput::default()
        };
        world.code::<DeleteSecurityGroup>(input)
    };
    world.ok::<AuthorizeSecurityGroupIngress>(ingress(&db, vec![from_group(&web)]));
    world.ok::<AuthorizeSecurityGroupIngress>(ingress(&web, vec![from_group(&web)]));
    assert_eq!(delete(&web), "DependencyViolation");
    assert_eq!(delete(&db), "");
    assert_eq!(delete(&web), "", "naming itself does not hold it");
    let named = DescribeSecurityGroupsInput {
        group_names: vec!["default".into()],
        ..DescribeSecurityGroupsInput::default()
    };
    let default = world.ok::<DescribeSecurityGroups>(named).security_groups.remove(0);
    assert_eq!(delete(&default.group_id), "CannotDelete");
}

#[test]
fn rules_change_by_id_and_are_found_by_filter() {
    let world = World::new();
    let id = group(&world, "web", None);
    let added = world.ok::<AuthorizeSecurityGroupIngress>(ingress(&id, vec![tcp(80, 80, "0.0.0.0/0"), tcp(443, 443, "0.0.0.0/0")]));
    let rule = added.security_group_rules[0].security_group_rule_id.clone();
    let modify = |port: i32| ModifyRulesInput {
        group_id: id.clone(),
        security_group_rules: vec![RuleUpdate {
            security_group_rule_id: rule.clone(),
            security_group_rule: RuleRequest {
                ip_protocol: Some("tcp".into()),
                from_port: Some(port),
                to_port: Some(port),
                cidr_ipv4: Some("0.0.0.0/0".into()),
                description: Some("plain".into()),
                ..RuleRequest::default()
            },
        }],
        dry_run: None,
    };
    assert_eq!(world.code::<ModifySecurityGroupRules>(modify(443)), "InvalidPermission.Duplicate");
    assert_eq!(world.code::<ModifySecurityGroupRules>(modify(8080)), "");
    let describe = DescribeRulesInput {
        filters: vec![filter("group-id", &[id.as_str()])],
        ..DescribeRulesInput::default()
    };
    let rules = world.ok::<DescribeSecurityGroupRules>(describe).security_group_rules;
    let mut ports: Vec<_> = rules.iter().map(|rule| (rule.is_egress, rule.from_port)).collect();
    ports.sort_unstable();
    assert_eq!(ports, [(false, 443), (false, 8080), (true, -1)]);
}

#[test]
fn the_machine_is_told_of_groups_in_use_and_of_those_that_they_name() {
    let world = World::new();
    let (web, db) = (group(&world, "web", None), group(&world, "db", None));
    group(&world, "idle", None);
    world.ok::<AuthorizeSecurityGroupIngress>(ingress(
        &db,
        vec![
            tcp(3306, 3306, "10.0.0.0/8"),
            from_group(&web),
            permission("icmp", Some(8), Some(-1), "0.0.0.0/0"),
        ],
    ));
    let eni = world
        .change(|tx| {
            let subnet: Subnet = network_interface::default_subnet(tx, world.place(), Some("us-east-1b")).expect("subnet");
            let new = NewInterface {
                groups: vec![db.clone()],
                ..NewInterface::default()
            };
            network_interface::create(tx, &world.call.ids, &subnet, new)
        })
        .expect("interface");
    let spec = world.see(|tx| vpc_spec(tx, world.place(), &eni.vpc)).expect("spec");
    let mut known: Vec<_> = spec.groups.keys().cloned().collect();
    known.sort();
    let mut expected = [web.to_string(), db.to_string()];
    expected.sort();
    assert_eq!(known, expected);
    let cidr = |text: &str| PeerSpec::Cidr(text.parse().expect("cidr"));
    let rules = [
        Rule {
            traffic: Traffic::Tcp(3306, 3306),
            peer: cidr("10.0.0.0/8"),
        },
        Rule {
            traffic: Traffic::Any,
            peer: PeerSpec::Group(web.to_string()),
        },
        Rule {
            traffic: Traffic::Icmp(Some(8), None),
            peer: cidr("0.0.0.0/0"),
        },
    ];
    assert_eq!(spec.groups[db.as_str()].ingress, rules.into_iter().collect());
    assert_eq!(spec.groups[db.as_str()].egress.len(), 1);
    assert_eq!(spec.groups[web.as_str()], tierra_drivers::network::GroupSpec::default());
}
