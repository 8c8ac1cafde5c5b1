//! The service through its operations: balancers, groups, listeners and rules, and what their nodes would be told.

use tierra_core::{AwsError, Tx};
use tierra_dataplane::balancer::config as node;

use super::action::{Action, ActionType, FixedResponseConfig, RedirectConfig};
use super::attribute::Attribute;
use super::condition::{Condition, Values};
use super::model::{ListenerProtocol, LoadBalancer, TargetGroupProtocol, TargetType};
use super::ops::attribute::{ChangeLoadBalancer, ModifyLoadBalancerAttributes};
use super::ops::listener::{CreateInput as NewListener, CreateListener, DeleteListener, ListenerInput};
use super::ops::load_balancer::{
    CreateInput, CreateLoadBalancer, DeleteLoadBalancer, DescribeInput, DescribeLoadBalancers, LoadBalancerInput, LoadBalancerShape,
    LoadBalancerType, SetSubnets, SetSubnetsInput,
};
use super::ops::rule::{
    CreateInput as NewRule, CreateRule, DescribeInput as DescribeRulesInput, DescribeRules, PrioritiesInput, RulePriorityPair,
    SetRulePriorities,
};
use super::ops::target::{DeregisterTargets, DescribeTargetHealth, HealthInput, RegisterTargets, TargetDescription, TargetsInput};
use super::ops::target_group::{CreateInput as NewGroup, CreateTargetGroup, DeleteTargetGroup, TargetGroupInput};
use crate::balancer::{Scheme, ZoneNode};
use crate::ec2::network_interface::{self, NetworkInterface};
use crate::ec2::subnet::SubnetId;
use crate::ec2::testing::World;
use crate::ec2::vpc::{Vpc, VpcId};

fn default_vpc(world: &World) -> (VpcId, Vec<SubnetId>) {
    let look = |tx: &mut Tx| {
        crate::ec2::vpc::default::lay_out_once(tx, world.place());
        let vpc = Vpc::default_of(tx, world.place()).expect("default VPC").id;
        let zones = ["a", "b", "c"].map(|letter| format!("us-east-1{letter}"));
        let subnets = zones
            .iter()
            .filter_map(|zone| network_interface::default_subnet(tx, world.place(), Some(zone)));
        Ok::<_, AwsError>((vpc, subnets.map(|subnet| subnet.id).collect()))
    };
    world.change(look).expect("laid out")
}

fn new(name: &str, subnets: &[SubnetId]) -> CreateInput {
    CreateInput {
        name: name.into(),
        subnets: subnets.to_vec(),
        ..CreateInput::default()
    }
}

fn balancer(world: &World) -> LoadBalancerShape {
    let (_, subnets) = default_vpc(world);
    world.ok::<CreateLoadBalancer>(new("web", &subnets[..2])).load_balancers.remove(0)
}

fn group(world: &World, name: &str) -> NewGroup {
    NewGroup {
        name: name.into(),
        protocol: Some("HTTP".into()),
        port: Some(80),
        vpc_id: Some(default_vpc(world).0),
        target_type: Some(TargetType::Ip),
        ..NewGroup::default()
    }
}

fn made_group(world: &World, name: &str) -> String {
    world
        .ok::<CreateTargetGroup>(group(world, name))
        .target_groups
        .remove(0)
        .target_group_arn
}

fn forward(group: &str) -> Action {
    Action {
        kind: ActionType::Forward,
        target_group_arn: Some(group.into()),
        ..Action::default()
    }
}

fn listen(balancer: &str, port: i32, action: Action) -> NewListener {
    NewListener {
        load_balancer_arn: balancer.into(),
        protocol: Some("HTTP".into()),
        port: Some(port),
        default_actions: vec![action],
        ..NewListener::default()
    }
}

fn listener(world: &World, balancer: &str, port: i32, action: Action) -> String {
    world
        .ok::<CreateListener>(listen(balancer, port, action))
        .listeners
        .remove(0)
        .listener_arn
}

fn path(pattern: &str) -> Condition {
    Condition {
        field: Some("path-pattern".into()),
        path_pattern_config: Some(Values {
            values: vec![pattern.into()],
        }),
        ..Condition::default()
    }
}

#[test]
fn a_balancer_stands_in_each_zone_with_an_interface_that_the_world_reaches() {
    let world = World::new();
    let made = balancer(&world);
    assert!(
        made.dns_name.starts_with("web-1") && made.dns_name.ends_with(".us-east-1.elb.amazonaws.com"),
        "{}",
        made.dns_name
    );
    assert_eq!((made.state.code.as_str(), made.availability_zones.len()), ("provisioning", 2));
    let nodes: Vec<ZoneNode> = world.see(|tx| tx.all());
    for node in &nodes {
        let interface: NetworkInterface = world.see(|tx| tx.find(world.place(), &node.interface)).expect("interface");
        assert_eq!(interface.requester.as_deref(), Some("amazon-elb"));
        assert!(interface.description.starts_with("ELB app/web/") && interface.public.is_some());
    }
    let again = balancer(&world);
    assert_eq!(again.load_balancer_arn, made.load_balancer_arn, "the same request makes no second");
    let (_, subnets) = default_vpc(&world);
    assert_eq!(world.code::<CreateLoadBalancer>(new("web", &subnets)), "DuplicateLoadBalancerName");
}

#[test]
fn where_a_balancer_cannot_stand() {
    let world = World::new();
    let (_, subnets) = default_vpc(&world);
    let unknown: SubnetId = "subnet-0".parse().expect("id");
    let of = |name: &str, subnets: &[SubnetId]| new(name, subnets);
    let network = CreateInput {
        kind: Some(LoadBalancerType::Network),
        ..of("n", &subnets)
    };
    for (input, code) in [
        (of("a", &subnets[..1]), "ValidationError"),
        (of("a", &[subnets[0].clone(), unknown]), "SubnetNotFound"),
        (of("a_b", &subnets), "ValidationError"),
        (of("internal-a", &subnets), "ValidationError"),
        (of(&"a".repeat(33), &subnets), "ValidationError"),
        (network, "OperationNotPermitted"),
    ] {
        let name = input.name.clone();
        assert_eq!(world.code::<CreateLoadBalancer>(input), code, "{name}");
    }
}

#[test]
fn other_subnets_and_the_end_leave_nodes_to_the_reconciler() {
    let world = World::new();
    let made = balancer(&world);
    let (_, subnets) = default_vpc(&world);
    let input = SetSubnetsInput {
        load_balancer_arn: made.load_balancer_arn.clone(),
        subnets: subnets[1..].to_vec(),
        ..SetSubnetsInput::default()
    };
    world.ok::<SetSubnets>(input);
    let leaving = || {
        world
            .see(|tx| tx.all::<ZoneNode>())
            .iter()
            .map(|node| node.leaving)
            .collect::<Vec<_>>()
    };
    assert_eq!((leaving().len(), leaving().iter().filter(|leaving| **leaving).count()), (3, 1));
    let protect = |value: &str| ChangeLoadBalancer {
        load_balancer_arn: made.load_balancer_arn.clone(),
        attributes: vec![Attribute {
            key: "deletion_protection.enabled".into(),
            value: value.into(),
        }],
    };
    let delete = || LoadBalancerInput {
        load_balancer_arn: made.load_balancer_arn.clone(),
    };
    world.ok::<ModifyLoadBalancerAttributes>(protect("true"));
    assert_eq!(world.code::<DeleteLoadBalancer>(delete()), "OperationNotPermitted");
    world.ok::<ModifyLoadBalancerAttributes>(protect("false"));
    world.ok::<DeleteLoadBalancer>(delete());
    world.ok::<DeleteLoadBalancer>(delete());
    assert!(leaving().iter().all(|leaving| *leaving));
    let named = DescribeInput {
        names: vec!["web".into()],
        ..DescribeInput::default()
    };
    assert_eq!(world.code::<DescribeLoadBalancers>(named), "LoadBalancerNotFound");
}

#[test]
fn rules_are_kept_in_order_and_the_default_is_told_last() {
    let world = World::new();
    let made = balancer(&world);
    let arn = listener(&world, &made.load_balancer_arn, 80, forward(&made_group(&world, "one")));
    let rule = |priority: i32, condition: Condition| NewRule {
        listener_arn: arn.clone(),
        priority,
        conditions: vec![condition],
        actions: vec![forward(&made_group(&world, "one"))],
        ..NewRule::default()
    };
    let first = world.ok::<CreateRule>(rule(20, path("/a"))).rules.remove(0);
    let second = world.ok::<CreateRule>(rule(3, path("/b*"))).rules.remove(0);
    assert_eq!(first.conditions[0].values, ["/a"], "a config's values are told in both forms");
    for (input, code) in [
        (rule(3, path("/c")), "PriorityInUse"),
        (rule(0, path("/c")), "ValidationError"),
        (rule(5, Condition::default()), "ValidationError"),
        (rule(5, path("")), "ValidationError"),
    ] {
        assert_eq!(world.code::<CreateRule>(input), code);
    }
    let told = || {
        let input = DescribeRulesInput {
            listener_arn: Some(arn.clone()),
            ..DescribeRulesInput::default()
        };
        let rules = world.ok::<DescribeRules>(input).rules;
        rules.into_iter().map(|rule| rule.priority).collect::<Vec<_>>()
    };
    assert_eq!(told(), ["3", "20", "default"]);
    let swap = |to: [i32; 2]| PrioritiesInput {
        rule_priorities: vec![
            RulePriorityPair {
                rule_arn: first.rule_arn.clone(),
                priority: to[0],
            },
            RulePriorityPair {
                rule_arn: second.rule_arn.clone(),
                priority: to[1],
            },
        ],
    };
    assert_eq!(world.code::<SetRulePriorities>(swap([7, 7])), "PriorityInUse");
    world.ok::<SetRulePriorities>(swap([3, 20]));
    assert_eq!(told(), ["3", "20", "default"]);
}

#[test]
fn actions_that_cannot_be_are_refused() {
    let world = World::new();
    let made = balancer(&world);
    let arn = made.load_balancer_arn.as_str();
    let redirect = |protocol: Option<&str>| Action {
        kind: ActionType::Redirect,
        redirect_config: Some(RedirectConfig {
            protocol: protocol.map(Into::into),
            ..RedirectConfig::default()
        }),
        ..Action::default()
    };
    let fixed = |status: &str| Action {
        kind: ActionType::FixedResponse,
        fixed_response_config: Some(FixedResponseConfig {
            status_code: status.into(),
            ..FixedResponseConfig::default()
        }),
        ..Action::default()
    };
    for (port, action, code) in [
        (80, redirect(None), "InvalidLoadBalancerAction"),
        (80, redirect(Some("FTP")), "ValidationError"),
        (80, fixed("302"), "ValidationError"),
        (
            80,
            forward("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/x/1"),
            "TargetGroupNotFound",
        ),
        (80, Action::default(), "ValidationError"),
        (80, redirect(Some("HTTPS")), ""),
        (80, fixed("200"), "DuplicateListener"),
        (81, fixed("404"), ""),
    ] {
        assert_eq!(world.code::<CreateListener>(listen(arn, port, action)), code);
    }
    let https = NewListener {
        protocol: Some("HTTPS".into()),
        ..listen(arn, 443, fixed("200"))
    };
    assert_eq!(world.code::<CreateListener>(https), "ValidationError");
}

#[test]
fn a_group_serves_one_balancer_and_stays_while_it_does() {
    let world = World::new();
    let made = balancer(&world);
    let group = made_group(&world, "one");
    let arn = listener(&world, &made.load_balancer_arn, 80, forward(&group));
    let (_, subnets) = default_vpc(&world);
    let other = world.ok::<CreateLoadBalancer>(new("other", &subnets)).load_balancers.remove(0);
    assert_eq!(
        world.code::<CreateListener>(listen(&other.load_balancer_arn, 80, forward(&group))),
        "TargetGroupAssociationLimit"
    );
    let delete = || TargetGroupInput {
        target_group_arn: group.clone(),
    };
    assert_eq!(world.code::<DeleteTargetGroup>(delete()), "ResourceInUse");
    world.ok::<DeleteListener>(ListenerInput { listener_arn: arn });
    world.ok::<DeleteTargetGroup>(delete());
}

#[test]
fn targets_have_a_word_for_every_state_and_nodes_are_told_of_them() {
    let world = World::new();
    let made = balancer(&world);
    let group_arn = made_group(&world, "one");
    let target = |id: &str, zone: Option<&str>| TargetsInput {
        target_group_arn: group_arn.clone(),
        targets: vec![TargetDescription {
            id: id.into(),
            port: None,
            availability_zone: zone.map(Into::into),
        }],
    };
    for (id, zone, code) in [
        ("172.31.0.9", None, ""),
        ("10.1.1.1", None, "ValidationError"),
        ("10.1.1.1", Some("all"), ""),
        ("8.8.8.8", Some("all"), "ValidationError"),
        ("i-0123456789abcdef0", None, "ValidationError"),
    ] {
        assert_eq!(world.code::<RegisterTargets>(target(id, zone)), code, "{id}");
    }
    let health = |id: &str| {
        let input = HealthInput {
            target_group_arn: group_arn.clone(),
            targets: target(id, None).targets,
        };
        let told = world
            .ok::<DescribeTargetHealth>(input)
            .target_health_descriptions
            .remove(0)
            .target_health;
        (told.state, told.reason.unwrap_or_default())
    };
    let is = |state: &str, reason: &str| (state.to_owned(), reason.to_owned());
    assert_eq!(health("172.31.0.9"), is("unused", "Target.NotInUse"));
    assert_eq!(health("172.31.0.10"), is("unused", "Target.NotRegistered"));
    listener(&world, &made.load_balancer_arn, 80, forward(&group_arn));
    assert_eq!(health("172.31.0.9"), is("initial", "Elb.RegistrationInProgress"));
    world.ok::<DeregisterTargets>(target("172.31.0.9", None));
    assert_eq!(health("172.31.0.9"), is("draining", "Target.DeregistrationInProgress"));
    let config = world
        .see(|tx| {
            let row: LoadBalancer = tx.find(world.place(), &made.load_balancer_arn)?;
            super::config(tx, &row.balancer(tx).ok()?)
        })
        .expect("config");
    let targets: Vec<(&str, bool)> = config.groups[0]
        .targets
        .iter()
        .map(|one| (one.id.0.as_str(), one.draining))
        .collect();
    assert_eq!(targets, [("10.1.1.1:80", false), ("172.31.0.9:80", true)]);
    assert_eq!(config.listeners[0].protocol, node::ListenerProtocol::Http);
    assert_eq!(config.attributes, node::Attributes::default());
}

#[test]
fn group_settings_are_checked() {
    let world = World::new();
    let with = |change: &dyn Fn(&mut NewGroup)| {
        let mut input = group(&world, "one");
        change(&mut input);
        world.code::<CreateTargetGroup>(input)
    };
    assert_eq!(with(&|_| {}), "");
    assert_eq!(with(&|_| {}), "", "the same request makes no second");
    assert_eq!(with(&|input| input.port = Some(81)), "DuplicateTargetGroupName");
    type Change = fn(&mut NewGroup);
    let refused: [(Change, &str); 7] = [
        (|input| input.protocol = Some("TCP".into()), "UnsupportedProtocol"),
        (|input| input.port = Some(0), "ValidationError"),
        (|input| input.target_type = Some(TargetType::Lambda), "InvalidConfigurationRequest"),
        (|input| input.health_check_interval_seconds = Some(4), "ValidationError"),
        (|input| input.health_check_timeout_seconds = Some(30), "ValidationError"),
        (|input| input.health_check_path = Some("x".into()), "ValidationError"),
        (|input| input.vpc_id = None, "ValidationError"),
    ];
    for (change, code) in refused {
        assert_eq!(with(&change), code);
    }
    assert_eq!(
        (TargetGroupProtocol::default(), ListenerProtocol::default()),
        (TargetGroupProtocol::Http, ListenerProtocol::Http)
    );
    assert_eq!(Scheme::default(), Scheme::InternetFacing);
}
