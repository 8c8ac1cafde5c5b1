//! Target groups and what is registered with them.

use tierra_core::Tx;
use tierra_services::elbv2::model::TargetGroup;

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, create).learns(&[("TargetGroupArn", "targetgroup")]),
        Action::new(1, |client| {
            let arn = client.take("targetgroup")?;
            Some(of("DeleteTargetGroup", &[("TargetGroupArn", &arn)]))
        }),
        Action::new(3, |client| target(client, "RegisterTargets")),
        Action::new(2, |client| target(client, "DeregisterTargets")),
        Action::new(2, |client| {
            let arn = client.any("targetgroup")?;
            Some(of("DescribeTargetHealth", &[("TargetGroupArn", &arn)]))
        }),
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

fn farewell(tx: &Tx) -> Vec<Request> {
    let groups = tx.all::<TargetGroup>().into_iter();
    groups
        .map(|group| of("DeleteTargetGroup", &[("TargetGroupArn", &group.arn)]))
        .collect()
}
