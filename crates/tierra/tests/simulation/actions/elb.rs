//! Classic Load Balancers and the instances behind them.

use tierra_core::Tx;
use tierra_services::elb::model::LoadBalancer;

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

/// Load balancers that clients make.
const NAMES: u64 = 2;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, create),
        Action::new(3, |client| instance(client, "RegisterInstancesWithLoadBalancer")),
        Action::new(2, |client| instance(client, "DeregisterInstancesFromLoadBalancer")),
        Action::new(1, drain),
        Action::new(1, |client| Some(named(client, "DescribeInstanceHealth"))),
        Action::new(1, |client| Some(named(client, "DeleteLoadBalancer"))),
    ],
    farewell,
};

fn of(operation: &str, parameters: &[(&str, &str)]) -> Request {
    Request::of("elb", operation, parameters)
}

fn name(client: &Client) -> String {
    format!("classic-{}", client.dice.below(NAMES))
}

fn named(client: &Client, operation: &str) -> Request {
    of(operation, &[("LoadBalancerName", &name(client))])
}

fn create(client: &mut Client) -> Option<Request> {
    let (name, subnet) = (name(client), client.any("subnet")?);
    let scheme = if client.dice.chance(50) { "internal" } else { "internet-facing" };
    let parameters = [
        ("LoadBalancerName", name.as_str()),
        ("Subnets.member.1", &subnet),
        ("Scheme", scheme),
        ("Listeners.member.1.Protocol", "HTTP"),
        ("Listeners.member.1.LoadBalancerPort", "80"),
        ("Listeners.member.1.InstancePort", "80"),
    ];
    Some(of("CreateLoadBalancer", &parameters))
}

fn instance(client: &mut Client, operation: &str) -> Option<Request> {
    let (name, instance) = (name(client), client.any("i")?);
    let parameters = [("LoadBalancerName", name.as_str()), ("Instances.member.1.InstanceId", &instance)];
    Some(of(operation, &parameters))
}

fn drain(client: &mut Client) -> Option<Request> {
    let draining = "LoadBalancerAttributes.ConnectionDraining";
    let (enabled, timeout, name) = (format!("{draining}.Enabled"), format!("{draining}.Timeout"), name(client));
    let parameters = [("LoadBalancerName", name.as_str()), (&enabled, "true"), (&timeout, "20")];
    Some(of("ModifyLoadBalancerAttributes", &parameters))
}

fn farewell(tx: &Tx) -> Vec<Request> {
    let all = tx.all::<LoadBalancer>().into_iter();
    all.map(|one| of("DeleteLoadBalancer", &[("LoadBalancerName", &one.name)]))
        .collect()
}
