//! `RegisterInstancesWithLoadBalancer`, `DeregisterInstancesFromLoadBalancer`, `DescribeInstanceHealth`.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::on;
use crate::balancer::target::Server;
use crate::declare::operations;
use crate::elb::errors::{ElbError, configuration};
use crate::elb::health::{self, InstanceState};
use crate::elb::limits;
use crate::elb::model::{LoadBalancer, Registration};

operations! { "elb", AwsError;
    write RegisterInstancesWithLoadBalancer(InstancesInput) -> InstancesOutput = register_instances,
        on |_, input, call| on(call, &input.load_balancer_name);
    write DeregisterInstancesFromLoadBalancer(InstancesInput) -> InstancesOutput = deregister_instances,
        on |_, input, call| on(call, &input.load_balancer_name);
    read DescribeInstanceHealth(InstancesInput) -> HealthOutput = describe_instance_health,
        on |_, input, call| on(call, &input.load_balancer_name);
}

/// An instance as callers name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct InstanceShape {
    pub(crate) instance_id: String,
}

impl InstanceShape {
    /// The instance of this id.
    pub(crate) fn of(id: &str) -> Self {
        Self {
            instance_id: id.to_owned(),
        }
    }
}

/// A load balancer and instances.
#[derive(Default, Shape)]
pub struct InstancesInput {
    pub(crate) load_balancer_name: String,
    pub(crate) instances: Vec<InstanceShape>,
}

/// Its instances now.
#[derive(Default, Shape)]
pub struct InstancesOutput {
    pub(crate) instances: Vec<InstanceShape>,
}

/// How instances are.
#[derive(Default, Shape)]
pub struct HealthOutput {
    pub(crate) instance_states: Vec<InstanceState>,
}

fn told(row: &LoadBalancer) -> InstancesOutput {
    InstancesOutput {
        instances: row.registered().map(InstanceShape::of).collect(),
    }
}

fn register_instances(tx: &mut Tx, call: &Call, input: InstancesInput) -> Result<InstancesOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let vpc = row.balancer(tx)?.vpc;
    for InstanceShape { instance_id } in input.instances {
        let server = Server::find(tx, &call.place, &instance_id).ok_or_else(|| unknown(&instance_id))?;
        if server.vpc != vpc {
            return Err(ElbError::Instance {
                reason: format!("EC2 instance {instance_id} is not in the same VPC as ELB."),
            }
            .into());
        }
        row.instances.retain(|one| one.instance != instance_id);
        row.instances.push(Registration {
            instance: instance_id,
            leaving: None,
        });
    }
    if row.instances.len() > limits::INSTANCES {
        return Err(configuration("The quota for the number of registered instances has been reached").into());
    }
    let output = told(&row);
    tx.save(row);
    Ok(output)
}

fn unknown(id: &str) -> ElbError {
    ElbError::Instance {
        reason: format!("Could not find EC2 instance {id}."),
    }
}

/// With connection draining an instance is given its time, else it is gone at once.
fn deregister_instances(tx: &mut Tx, call: &Call, input: InstancesInput) -> Result<InstancesOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    for InstanceShape { instance_id } in input.instances {
        let found = row.instances.iter_mut().find(|one| one.instance == instance_id);
        let one = found.ok_or_else(|| unknown(&instance_id))?;
        one.leaving = one.leaving.or(Some(call.now));
    }
    if row.attributes.draining.is_none() {
        row.instances.retain(|one| one.leaving.is_none());
    }
    let output = told(&row);
    tx.save(row);
    Ok(output)
}

fn describe_instance_health(tx: &mut Tx, call: &Call, input: InstancesInput) -> Result<HealthOutput, AwsError> {
    let row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let asked: Vec<String> = if input.instances.is_empty() {
        row.instances.iter().map(|one| one.instance.clone()).collect()
    } else {
        input.instances.into_iter().map(|one| one.instance_id).collect()
    };
    for id in &asked {
        let registered = row.instances.iter().any(|one| one.instance == *id);
        if !registered && Server::find(tx, &call.place, id).is_none() {
            return Err(unknown(id).into());
        }
    }
    Ok(HealthOutput {
        instance_states: asked.iter().map(|id| health::of(tx, &row, id)).collect(),
    })
}
