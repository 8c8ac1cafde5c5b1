//! Application Load Balancers, target groups and what is registered with them.

use tierra_core::Tx;
use tierra_services::elbv2::model::{LoadBalancer, TargetGroup};

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, create).learns(&[("TargetGroupArn", "targetgroup")]),
        Action::new(1, |client| take(client, "DeleteTargetGroup", "TargetGroupArn", "targetgroup")),
        Action::new(3, |client| target(client, "RegisterTargets")),
        Action::new(2, |client| target(client, "DeregisterTargets")),
        Action::new(2, |client| {
            let arn = client.any("targetgroup")?;
            Some(of("DescribeTargetHealth", &[("TargetGroupArn", &arn)]))
        }),
        Action::new(3, balance).learns(&[("LoadBalancerArn", "loadbalancer")]),
        Action::new(3, listen).learns(&[("ListenerArn", "listener")]),
        Action::new(2, listen_secretly).learns(&[("ListenerArn", "listener")]),
        Action::new(2, |client| forward(client, "ModifyListener")),
        Action::new(1, |client| take(client, "DeleteListener", "ListenerArn", "listener")),
        Action::new(1, move_balancer),
        Action::new(1, |client| take(client, "DeleteLoadBalancer", "LoadBalancerArn", "loadbalancer")),
    ],
    farewell,
};

fn of(operation: &str, parameters: &[(&str, &str)]) -> Request {
    Request::of("elbv2", operation, parameters)
}

fn create(client: &mut Client) -> Option<Request> {
    let (name, vpc) = (format!("group-{}", client.dice.below(4)), client.any("vpc")?);
    let parameters = [("Name", name.as_str()), ("Protocol", "HTTP"), ("Port", "80"), ("VpcId", &vpc)];
    Some(of("CreateTargetGroup", &parameters))
}

fn target(client: &mut Client, operation: &str) -> Option<Request> {
    let (arn, instance) = (client.any("targetgroup")?, client.any("i")?);
    let parameters = [("TargetGroupArn", arn.as_str()), ("Targets.member.1.Id", &instance)];
    Some(of(operation, &parameters))
}

fn take(client: &mut Client, operation: &str, parameter: &str, kind: &'static str) -> Option<Request> {
    let arn = client.take(kind)?;
    Some(of(operation, &[(parameter, &arn)]))
}

fn balance(client: &mut Client) -> Option<Request> {
    let (name, first, second) = (format!("lb-{}", client.dice.below(2)), client.any("subnet")?, client.any("subnet")?);
    let scheme = if client.dice.chance(50) { "internal" } else { "internet-facing" };
    let parameters = [
        ("Name", name.as_str()),
        ("Subnets.member.1", &first),
        ("Subnets.member.2", &second),
        ("Scheme", scheme),
    ];
    Some(of("CreateLoadBalancer", &parameters))
}

fn listen(client: &mut Client) -> Option<Request> {
    let (balancer, group) = (client.any("loadbalancer")?, client.any("targetgroup")?);
    let port = (80 + client.dice.below(3)).to_string();
    let parameters = [
        ("LoadBalancerArn", balancer.as_str()),
        ("Protocol", "HTTP"),
        ("Port", &port),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", &group),
    ];
    Some(of("CreateListener", &parameters))
}

fn listen_secretly(client: &mut Client) -> Option<Request> {
    let (balancer, certificate) = (client.any("loadbalancer")?, client.any("certificate")?);
    let parameters = [
        ("LoadBalancerArn", balancer.as_str()),
        ("Protocol", "HTTPS"),
        ("Port", "443"),
        ("Certificates.member.1.CertificateArn", &certificate),
        ("DefaultActions.member.1.Type", "fixed-response"),
        ("DefaultActions.member.1.FixedResponseConfig.StatusCode", "200"),
    ];
    Some(of("CreateListener", &parameters))
}

fn forward(client: &mut Client, operation: &str) -> Option<Request> {
    let (listener, group) = (client.any("listener")?, client.any("targetgroup")?);
    let parameters = [
        ("ListenerArn", listener.as_str()),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", &group),
    ];
    Some(of(operation, &parameters))
}

fn move_balancer(client: &mut Client) -> Option<Request> {
    let (balancer, first, second) = (client.any("loadbalancer")?, client.any("subnet")?, client.any("subnet")?);
    let parameters = [
        ("LoadBalancerArn", balancer.as_str()),
        ("Subnets.member.1", &first),
        ("Subnets.member.2", &second),
    ];
    Some(of("SetSubnets", &parameters))
}

fn farewell(tx: &Tx) -> Vec<Request> {
    let balancers = tx.all::<LoadBalancer>().into_iter();
    let balancers = balancers.map(|one| of("DeleteLoadBalancer", &[("LoadBalancerArn", &one.arn)]));
    let groups = tx.all::<TargetGroup>().into_iter();
    let groups = groups.map(|group| of("DeleteTargetGroup", &[("TargetGroupArn", &group.arn)]));
    balancers.chain(groups).collect()
}
