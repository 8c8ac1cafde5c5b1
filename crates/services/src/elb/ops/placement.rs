//! Where a load balancer stands, changed: subnets, zones of the default VPC, security groups.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::on;
use crate::balancer::{self, Balancer};
use crate::declare::operations;
use crate::ec2::network_interface;
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;
use crate::elb::errors::{configuration, invalid};
use crate::elb::model::LoadBalancer;

operations! { "elb", AwsError;
    write AttachLoadBalancerToSubnets(SubnetsInput) -> SubnetsOutput = attach, on |_, input, call| on(call, &input.load_balancer_name);
    write DetachLoadBalancerFromSubnets(SubnetsInput) -> SubnetsOutput = detach, on |_, input, call| on(call, &input.load_balancer_name);
    write EnableAvailabilityZonesForLoadBalancer(ZonesInput) -> ZonesOutput = enable, on |_, input, call| on(call, &input.load_balancer_name);
    write DisableAvailabilityZonesForLoadBalancer(ZonesInput) -> ZonesOutput = disable,
        on |_, input, call| on(call, &input.load_balancer_name);
    write ApplySecurityGroupsToLoadBalancer(GroupsInput) -> GroupsOutput = apply_groups,
        on |_, input, call| on(call, &input.load_balancer_name);
}

/// A load balancer and subnets.
#[derive(Default, Shape)]
pub struct SubnetsInput {
    pub(crate) load_balancer_name: String,
    pub(crate) subnets: Vec<SubnetId>,
}

/// Its subnets now.
#[derive(Default, Shape)]
pub struct SubnetsOutput {
    pub(crate) subnets: Vec<SubnetId>,
}

/// A load balancer and zones.
#[derive(Default, Shape)]
pub struct ZonesInput {
    pub(crate) load_balancer_name: String,
    pub(crate) availability_zones: Vec<String>,
}

/// Its zones now.
#[derive(Default, Shape)]
pub struct ZonesOutput {
    pub(crate) availability_zones: Vec<String>,
}

/// A load balancer and groups.
#[derive(Default, Shape)]
pub struct GroupsInput {
    pub(crate) load_balancer_name: String,
    pub(crate) security_groups: Vec<SecurityGroupId>,
}

/// Its groups now.
#[derive(Default, Shape)]
pub struct GroupsOutput {
    pub(crate) security_groups: Vec<SecurityGroupId>,
}

/// The default subnet of a zone.
///
/// # Errors
/// Where the default VPC has none there.
pub(super) fn default_subnet(tx: &Tx, call: &Call, zone: &str) -> Result<SubnetId, AwsError> {
    let subnet = network_interface::default_subnet(tx, &call.place, Some(zone));
    let found = subnet.map(|subnet| subnet.id);
    found.ok_or_else(|| {
        invalid(format!(
            "The requested Availability Zone {zone} is constrained or has no default subnet"
        ))
        .into()
    })
}

fn standing(tx: &Tx, balancer: &Balancer) -> Vec<SubnetId> {
    balancer.standing(tx).into_iter().map(|node| node.subnet).collect()
}

/// Lets a balancer stand in these subnets.
fn stand(tx: &mut Tx, call: &Call, balancer: &Balancer, ids: &[SubnetId]) -> Result<Vec<SubnetId>, AwsError> {
    if ids.is_empty() {
        return Err(configuration("A load balancer must stay in at least one Availability Zone").into());
    }
    let subnets = balancer::subnets(tx, &call.place, ids, balancer.scheme)?;
    if subnets.iter().any(|subnet| subnet.vpc != balancer.vpc) {
        return Err(configuration("Subnets must belong to the load balancer's VPC").into());
    }
    balancer::set_subnets(tx, call, balancer, &subnets)?;
    Ok(standing(tx, balancer))
}

fn balancer_of(tx: &Tx, call: &Call, name: &str) -> Result<Balancer, AwsError> {
    Ok(LoadBalancer::require(tx, &call.place, name)?.balancer(tx)?)
}

fn attach(tx: &mut Tx, call: &Call, input: SubnetsInput) -> Result<SubnetsOutput, AwsError> {
    let balancer = balancer_of(tx, call, &input.load_balancer_name)?;
    let ids = [standing(tx, &balancer), input.subnets].concat();
    Ok(SubnetsOutput {
        subnets: stand(tx, call, &balancer, &ids)?,
    })
}

fn detach(tx: &mut Tx, call: &Call, input: SubnetsInput) -> Result<SubnetsOutput, AwsError> {
    let balancer = balancer_of(tx, call, &input.load_balancer_name)?;
    let mut ids = standing(tx, &balancer);
    ids.retain(|id| !input.subnets.contains(id));
    Ok(SubnetsOutput {
        subnets: stand(tx, call, &balancer, &ids)?,
    })
}

fn zones(tx: &Tx, balancer: &Balancer) -> ZonesOutput {
    ZonesOutput {
        availability_zones: balancer.standing(tx).into_iter().map(|node| node.zone).collect(),
    }
}

fn enable(tx: &mut Tx, call: &Call, input: ZonesInput) -> Result<ZonesOutput, AwsError> {
    let balancer = balancer_of(tx, call, &input.load_balancer_name)?;
    let there = zones(tx, &balancer).availability_zones;
    let mut ids = standing(tx, &balancer);
    for zone in input.availability_zones.iter().filter(|zone| !there.contains(zone)) {
        ids.push(default_subnet(tx, call, zone)?);
    }
    stand(tx, call, &balancer, &ids)?;
    Ok(zones(tx, &balancer))
}

fn disable(tx: &mut Tx, call: &Call, input: ZonesInput) -> Result<ZonesOutput, AwsError> {
    let balancer = balancer_of(tx, call, &input.load_balancer_name)?;
    let staying = balancer
        .standing(tx)
        .into_iter()
        .filter(|node| !input.availability_zones.contains(&node.zone));
    let ids: Vec<SubnetId> = staying.map(|node| node.subnet).collect();
    stand(tx, call, &balancer, &ids)?;
    Ok(zones(tx, &balancer))
}

fn apply_groups(tx: &mut Tx, call: &Call, input: GroupsInput) -> Result<GroupsOutput, AwsError> {
    let balancer = balancer_of(tx, call, &input.load_balancer_name)?;
    Ok(GroupsOutput {
        security_groups: balancer::set_groups(tx, &balancer, &input.security_groups)?,
    })
}
