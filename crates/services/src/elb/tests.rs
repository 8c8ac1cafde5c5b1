//! The service through its operations, what its nodes would be told, and the plans for them.

use tierra_core::{AwsError, Key, Tx};
use tierra_dataplane::balancer::config as node;

use super::model::LoadBalancer;
use super::ops::attribute::{AttributesShape, Draining, ModifyInput, ModifyLoadBalancerAttributes};
use super::ops::instance::{
    DeregisterInstancesFromLoadBalancer, DescribeInstanceHealth, InstanceShape, InstancesInput, RegisterInstancesWithLoadBalancer,
};
use super::ops::listener::{
    ConfigureHealthCheck, CreateInput as NewListeners, CreateLoadBalancerListeners, HealthCheckInput, HealthCheckShape, ListenerShape,
};
use super::ops::load_balancer::{
    CreateInput, CreateLoadBalancer, DeleteLoadBalancer, DescribeInput, DescribeLoadBalancers, LoadBalancerDescription, NameInput,
};
use super::ops::placement::{DisableAvailabilityZonesForLoadBalancer, EnableAvailabilityZonesForLoadBalancer, ZonesInput};
use super::ops::policy::{
    AppCookieInput, CreateAppCookieStickinessPolicy, CreateLBCookieStickinessPolicy, DeleteInput, DeleteLoadBalancerPolicy, LbCookieInput,
    OfListenerInput, SetLoadBalancerPoliciesOfListener,
};
use crate::ec2::testing::World;

fn listener(protocol: &str, port: i32) -> ListenerShape {
    ListenerShape {
        protocol: protocol.into(),
        load_balancer_port: port,
        instance_port: 80,
        ..ListenerShape::default()
    }
}

fn new(name: &str, zones: &[&str], listeners: &[ListenerShape]) -> CreateInput {
    CreateInput {
        load_balancer_name: name.into(),
        listeners: listeners.to_vec(),
        availability_zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
        ..CreateInput::default()
    }
}

fn made(world: &World) -> String {
    world
        .ok::<CreateLoadBalancer>(new("web", &["us-east-1a"], &[listener("http", 80)]))
        .dns_name
}

fn describe(world: &World) -> LoadBalancerDescription {
    let input = DescribeInput {
        load_balancer_names: vec!["web".into()],
        ..DescribeInput::default()
    };
    world.ok::<DescribeLoadBalancers>(input).load_balancer_descriptions.remove(0)
}

#[test]
fn a_balancer_in_zones_of_the_default_vpc() {
    let world = World::new();
    let dns_name = made(&world);
    assert!(dns_name.starts_with("web-1"), "{dns_name}");
    assert_eq!(made(&world), dns_name, "the same request makes no second");
    let told = describe(&world);
    assert_eq!(told.availability_zones, ["us-east-1a"]);
    assert_eq!(
        (told.health_check.target.as_str(), told.health_check.healthy_threshold),
        ("TCP:80", 10)
    );
    assert_eq!(told.listener_descriptions[0].listener.instance_protocol.as_deref(), Some("HTTP"));
    let zones = |zone: &str| ZonesInput {
        load_balancer_name: "web".into(),
        availability_zones: vec![zone.into()],
    };
    let enabled = world.ok::<EnableAvailabilityZonesForLoadBalancer>(zones("us-east-1b"));
    assert_eq!(enabled.availability_zones, ["us-east-1a", "us-east-1b"]);
    assert_eq!(
        world
            .ok::<DisableAvailabilityZonesForLoadBalancer>(zones("us-east-1a"))
            .availability_zones,
        ["us-east-1b"]
    );
    assert_eq!(
        world.code::<DisableAvailabilityZonesForLoadBalancer>(zones("us-east-1b")),
        "InvalidConfigurationRequest"
    );
    let name = || NameInput {
        load_balancer_name: "web".into(),
    };
    world.ok::<DeleteLoadBalancer>(name());
    world.ok::<DeleteLoadBalancer>(name());
    let gone = DescribeInput {
        load_balancer_names: vec!["web".into()],
        ..DescribeInput::default()
    };
    assert_eq!(world.code::<DescribeLoadBalancers>(gone), "LoadBalancerNotFound");
}

#[test]
fn balancers_and_listeners_that_cannot_be() {
    let world = World::new();
    made(&world);
    let one = [listener("HTTP", 80)];
    for (input, code) in [
        (new("a_b", &["us-east-1a"], &one), "ValidationError"),
        (new("a", &[], &one), "ValidationError"),
        (new("a", &["us-east-1z"], &one), "ValidationError"),
        (new("a", &["us-east-1a"], &[]), "ValidationError"),
        (new("a", &["us-east-1a"], &[listener("UDP", 80)]), "UnsupportedProtocol"),
        (new("web", &["us-east-1b"], &one), "DuplicateLoadBalancerName"),
    ] {
        assert_eq!(world.code::<CreateLoadBalancer>(input), code);
    }
    let mixed = ListenerShape {
        instance_protocol: Some("TCP".into()),
        ..listener("HTTP", 81)
    };
    let listeners = |one: ListenerShape| NewListeners {
        load_balancer_name: "web".into(),
        listeners: vec![one],
    };
    for (one, code) in [
        (listener("HTTP", 80), ""),
        (listener("TCP", 80), "DuplicateListener"),
        (listener("HTTPS", 443), "InvalidConfigurationRequest"),
        (mixed, "ValidationError"),
        (listener("HTTP", 0), "ValidationError"),
    ] {
        assert_eq!(world.code::<CreateLoadBalancerListeners>(listeners(one)), code);
    }
}

#[test]
fn health_checks_are_read_as_aws_writes_them() {
    let world = World::new();
    made(&world);
    let check = |target: &str, timeout: i32| HealthCheckInput {
        load_balancer_name: "web".into(),
        health_check: HealthCheckShape {
            target: target.into(),
            interval: 10,
            timeout,
            unhealthy_threshold: 2,
            healthy_threshold: 2,
        },
    };
    for (target, timeout, code) in [
        ("HTTP:8080/a?b", 5, ""),
        ("SSL:443", 5, ""),
        ("HTTP:80", 5, "ValidationError"),
        ("TCP:80/x", 5, "ValidationError"),
        ("TCP:x", 5, "ValidationError"),
        ("FTP:80", 5, "ValidationError"),
        ("TCP:80", 10, "ValidationError"),
        ("TCP:80", 1, "ValidationError"),
    ] {
        assert_eq!(
            world.code::<ConfigureHealthCheck>(check(target, timeout)),
            code,
            "{target} {timeout}"
        );
    }
    assert_eq!(describe(&world).health_check.target, "SSL:443");
}

#[test]
fn stickiness_is_a_policy_of_a_listener() {
    let world = World::new();
    made(&world);
    let cookie = |name: &str, period| LbCookieInput {
        load_balancer_name: "web".into(),
        policy_name: name.into(),
        cookie_expiration_period: period,
    };
    let app = AppCookieInput {
        load_balancer_name: "web".into(),
        policy_name: "app".into(),
        cookie_name: "JSESSIONID".into(),
    };
    world.ok::<CreateLBCookieStickinessPolicy>(cookie("lb", Some(60)));
    world.ok::<CreateLBCookieStickinessPolicy>(cookie("lb", Some(60)));
    assert_eq!(
        world.code::<CreateLBCookieStickinessPolicy>(cookie("lb", None)),
        "DuplicatePolicyName"
    );
    world.ok::<CreateAppCookieStickinessPolicy>(app);
    let set = |names: &[&str]| OfListenerInput {
        load_balancer_name: "web".into(),
        load_balancer_port: 80,
        policy_names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert_eq!(
        world.code::<SetLoadBalancerPoliciesOfListener>(set(&["lb", "app"])),
        "InvalidConfigurationRequest"
    );
    assert_eq!(world.code::<SetLoadBalancerPoliciesOfListener>(set(&["none"])), "PolicyNotFound");
    world.ok::<SetLoadBalancerPoliciesOfListener>(set(&["lb"]));
    let delete = DeleteInput {
        load_balancer_name: "web".into(),
        policy_name: "lb".into(),
    };
    assert_eq!(world.code::<DeleteLoadBalancerPolicy>(delete), "InvalidConfigurationRequest");
    let config = told(&world);
    let expires = Some(node::Millis::seconds(60));
    assert_eq!(config.groups[0].stickiness, Some(node::Stickiness::LbCookie { expires }));
    assert_eq!(config.kind, node::Kind::Classic);
}

fn told(world: &World) -> node::Config {
    let look = |tx: &Tx| {
        let row: LoadBalancer = tx.find(world.place(), "web")?;
        super::config(tx, &row.balancer(tx).ok()?)
    };
    world.see(look).expect("config")
}

#[test]
fn instances_that_are_unknown_or_leave() {
    let world = World::new();
    made(&world);
    let instances = |id: &str| InstancesInput {
        load_balancer_name: "web".into(),
        instances: vec![InstanceShape::of(id)],
    };
    let unknown = "i-0123456789abcdef0";
    assert_eq!(
        world.code::<RegisterInstancesWithLoadBalancer>(instances(unknown)),
        "InvalidInstance"
    );
    assert_eq!(
        world.code::<DeregisterInstancesFromLoadBalancer>(instances(unknown)),
        "InvalidInstance"
    );
    assert_eq!(world.code::<DescribeInstanceHealth>(instances(unknown)), "InvalidInstance");
    let draining = ModifyInput {
        load_balancer_name: "web".into(),
        load_balancer_attributes: AttributesShape {
            connection_draining: Some(Draining {
                enabled: true,
                timeout: None,
            }),
            ..AttributesShape::default()
        },
    };
    world.ok::<ModifyLoadBalancerAttributes>(draining);
    register(&world, unknown).expect("registered");
    world.ok::<DeregisterInstancesFromLoadBalancer>(instances(unknown));
    let state = || world.ok::<DescribeInstanceHealth>(instances(unknown)).instance_states.remove(0);
    assert_eq!(state().description, "Instance deregistration currently in progress.");
    let row = || {
        world
            .see(|tx| tx.get(&Key::<LoadBalancer>::new(world.place(), "web")))
            .expect("row")
    };
    let balancer = world.see(|tx| row().balancer(tx)).expect("balancer");
    let drains = world.see(|tx| super::drains(tx, &balancer));
    assert_eq!(
        (drains.len(), drains[0].seconds, drains[0].groups.as_slice()),
        (1, 300, ["HTTP:80:".to_owned()].as_slice())
    );
    world
        .change(|tx| {
            super::release(tx, &balancer, &drains[0]);
            Ok(())
        })
        .expect("released");
    assert!(row().instances.is_empty());
}

/// Registers an instance that is nowhere, as one is that was terminated since.
fn register(world: &World, id: &str) -> Result<(), AwsError> {
    world.change(|tx| {
        let mut row = LoadBalancer::require(tx, world.place(), "web")?;
        row.instances.push(super::model::Registration {
            instance: id.to_owned(),
            leaving: None,
        });
        tx.save(row);
        Ok(())
    })
}
