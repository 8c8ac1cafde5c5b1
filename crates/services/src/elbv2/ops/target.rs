//! `RegisterTargets`, `DeregisterTargets`, `DescribeTargetHealth`.

use std::net::Ipv4Addr;

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use crate::balancer::target::Server;
use crate::declare::operations;
use crate::ec2::subnet::Subnet;
use crate::ec2::vpc::Vpc;
use crate::elbv2::api::on;
use crate::elbv2::errors::{Elbv2Error, invalid};
use crate::elbv2::health::{self, TargetHealth};
use crate::elbv2::limits;
use crate::elbv2::model::{Target, TargetGroup, TargetType};

operations! { "elbv2", AwsError;
    write RegisterTargets(TargetsInput) -> () = register_targets, on |_, input, _| on([&input.target_group_arn]);
    write DeregisterTargets(TargetsInput) -> () = deregister_targets, on |_, input, _| on([&input.target_group_arn]);
    read DescribeTargetHealth(HealthInput) -> HealthOutput = describe_target_health, on |_, input, _| on([&input.target_group_arn]);
}

/// A target as callers name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct TargetDescription {
    pub(crate) id: String,
    pub(crate) port: Option<i32>,
    pub(crate) availability_zone: Option<String>,
}

/// A group and targets.
#[derive(Default, Shape)]
pub struct TargetsInput {
    pub(crate) target_group_arn: String,
    pub(crate) targets: Vec<TargetDescription>,
}

/// Input of [`DescribeTargetHealth`].
#[derive(Default, Shape)]
pub struct HealthInput {
    pub(crate) target_group_arn: String,
    pub(crate) targets: Vec<TargetDescription>,
}

/// How targets are.
#[derive(Default, Shape)]
pub struct HealthOutput {
    pub(crate) target_health_descriptions: Vec<TargetHealthDescription>,
}

/// How one target is.
#[derive(Clone, Debug, Default, Shape)]
pub struct TargetHealthDescription {
    pub(crate) target: TargetDescription,
    health_check_port: Option<String>,
    pub(crate) target_health: TargetHealth,
}

fn register_targets(tx: &mut Tx, call: &Call, input: TargetsInput) -> Result<(), AwsError> {
    let group = TargetGroup::require(tx, &call.place, &input.target_group_arn)?;
    for given in &input.targets {
        let target = checked(tx, &group, given)?;
        tx.save(target);
    }
    if group.targets(tx).len() > limits::TARGETS_PER_GROUP {
        return Err(Elbv2Error::TooManyTargets.into());
    }
    Ok(())
}

fn checked(tx: &Tx, group: &TargetGroup, given: &TargetDescription) -> Result<Target, Elbv2Error> {
    let zone = match group.kind {
        TargetType::Instance => Some(instance(tx, group, given)?),
        _ => address(tx, group, given)?,
    };
    Ok(Target {
        place: group.place.clone(),
        group: group.arn.clone(),
        id: given.id.clone(),
        port: port(group, given)?,
        zone,
        leaving: None,
    })
}

fn port(group: &TargetGroup, given: &TargetDescription) -> Result<u16, Elbv2Error> {
    given.port.map_or(Ok(group.port), limits::port)
}

/// The zone of an instance that can be registered.
fn instance(tx: &Tx, group: &TargetGroup, given: &TargetDescription) -> Result<String, Elbv2Error> {
    let id = &given.id;
    let refused = |reason: String| Elbv2Error::InvalidTarget { reason };
    if given.availability_zone.is_some() {
        return Err(invalid("You cannot specify an Availability Zone for targets of type 'instance'"));
    }
    let server = Server::find(tx, &group.place, id).ok_or_else(|| refused(format!("Instance ID '{id}' is not valid")))?;
    if server.vpc != group.vpc {
        return Err(refused(format!(
            "The following targets are not in the target group VPC '{}': '{id}'",
            group.vpc
        )));
    }
    if !matches!(server.state.word(), "running" | "pending") {
        return Err(refused(format!(
            "The following targets are not in a running state and cannot be registered: '{id}'"
        )));
    }
    Ok(server.zone)
}

/// The zone of an address that can be registered: its subnet's; `all` outside the VPC.
fn address(tx: &Tx, group: &TargetGroup, given: &TargetDescription) -> Result<Option<String>, Elbv2Error> {
    let id = &given.id;
    let address: Ipv4Addr = id
        .parse()
        .map_err(|_| invalid(format!("The IP address '{id}' is not a valid IPv4 address")))?;
    let vpc: Option<Vpc> = tx.find(&group.place, &group.vpc);
    if vpc.is_some_and(|vpc| vpc.cidr.contains(&address)) {
        let subnets = tx.by_index::<Subnet>(&group.place, "vpc", group.vpc.as_str());
        let zone = subnets
            .into_iter()
            .find(|subnet| subnet.cidr.contains(&address))
            .map(|subnet| subnet.zone);
        return zone
            .map(Some)
            .ok_or_else(|| invalid(format!("The IP address '{id}' is not within a subnet of VPC '{}'", group.vpc)));
    }
    let shared = address.octets()[0] == 100 && (64..128).contains(&address.octets()[1]);
    if !(address.is_private() || shared) {
        return Err(invalid(format!("You cannot register publicly routable IP addresses: '{id}'")));
    }
    match given.availability_zone.as_deref() {
        Some("all") => Ok(Some("all".to_owned())),
        _ => Err(invalid(format!(
            "You must specify the Availability Zone value 'all' for '{id}' because the IP address is not in the target group VPC '{}'",
            group.vpc
        ))),
    }
}

/// A target that no load balancer serves is gone at once; another is given its time.
fn deregister_targets(tx: &mut Tx, call: &Call, input: TargetsInput) -> Result<(), AwsError> {
    let group = TargetGroup::require(tx, &call.place, &input.target_group_arn)?;
    let serves = group.load_balancer_arn(tx).is_some();
    for given in &input.targets {
        for mut target in meant(tx, &group, given)? {
            if serves {
                target.leaving = target.leaving.or(Some(call.now));
                tx.save(target);
            } else {
                tx.delete(&target.key());
            }
        }
    }
    Ok(())
}

/// The targets that a caller means; without a port, all with that id.
fn meant(tx: &Tx, group: &TargetGroup, given: &TargetDescription) -> Result<Vec<Target>, Elbv2Error> {
    let port = given.port.map(limits::port).transpose()?;
    let targets = group.targets(tx).into_iter();
    Ok(targets
        .filter(|target| target.id == given.id && port.is_none_or(|port| port == target.port))
        .collect())
}

fn describe_target_health(tx: &mut Tx, call: &Call, input: HealthInput) -> Result<HealthOutput, AwsError> {
    let group = TargetGroup::require(tx, &call.place, &input.target_group_arn)?;
    let mut told = Vec::new();
    if input.targets.is_empty() {
        told.extend(group.targets(tx).iter().map(|target| show(tx, &group, target)));
    }
    for given in &input.targets {
        let found = meant(tx, &group, given)?;
        told.extend(found.iter().map(|target| show(tx, &group, target)));
        if found.is_empty() {
            told.push(TargetHealthDescription {
                target: TargetDescription {
                    port: Some(i32::from(port(&group, given)?)),
                    ..given.clone()
                },
                health_check_port: None,
                target_health: health::not_registered(),
            });
        }
    }
    Ok(HealthOutput {
        target_health_descriptions: told,
    })
}

fn show(tx: &Tx, group: &TargetGroup, target: &Target) -> TargetHealthDescription {
    TargetHealthDescription {
        target: TargetDescription {
            id: target.id.clone(),
            port: Some(i32::from(target.port)),
            availability_zone: target.zone.clone().filter(|_| group.kind == TargetType::Ip),
        },
        health_check_port: Some(group.health_check.port.unwrap_or(target.port).to_string()),
        target_health: health::of(tx, group, target),
    }
}
