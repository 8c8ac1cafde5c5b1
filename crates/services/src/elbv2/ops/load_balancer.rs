//! `CreateLoadBalancer`, `DescribeLoadBalancers`, `DeleteLoadBalancer`, `SetSecurityGroups`, `SetSubnets`, `SetIpAddressType`.

use tierra_core::{AwsError, Call, Tag, Tx};
use tierra_dataplane::balancer::config::Kind;
use tierra_model::{Shape, Timestamp, text_enum};

use crate::balancer::{self, Balancer, NewBalancer, Scheme};
use crate::declare::{anything, operations};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::{Subnet, SubnetId};
use crate::elbv2::api::{on, tags};
use crate::elbv2::attribute::{Attributes, LOAD_BALANCER};
use crate::elbv2::errors::{Elbv2Error, configuration, invalid};
use crate::elbv2::limits;
use crate::elbv2::model::{ID_DIGITS, LoadBalancer, arn};

/// Zones that an Application Load Balancer must stand in at least.
const ZONES: usize = 2;

operations! { "elbv2", AwsError;
    write CreateLoadBalancer(CreateInput) -> LoadBalancersOutput = create, on anything;
    read DescribeLoadBalancers(DescribeInput) -> LoadBalancersOutput = describe, on anything;
    write DeleteLoadBalancer(LoadBalancerInput) -> () = delete, on |_, input, _| on([&input.load_balancer_arn]);
    write SetSecurityGroups(SetSecurityGroupsInput) -> SetSecurityGroupsOutput = set_security_groups,
        on |_, input, _| on([&input.load_balancer_arn]);
    write SetSubnets(SetSubnetsInput) -> SetSubnetsOutput = set_subnets, on |_, input, _| on([&input.load_balancer_arn]);
    write SetIpAddressType(SetIpAddressTypeInput) -> SetIpAddressTypeOutput = set_ip_address_type,
        on |_, input, _| on([&input.load_balancer_arn]);
}

text_enum! {
    /// The types of load balancers.
    pub enum LoadBalancerType { Application = "application", Network = "network", Gateway = "gateway" }
}

text_enum! {
    /// The addresses that clients use.
    pub enum IpAddressType { Ipv4 = "ipv4", Dualstack = "dualstack", DualstackOnly = "dualstack-without-public-ipv4" }
}

/// Input of [`CreateLoadBalancer`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) name: String,
    pub(crate) subnets: Vec<SubnetId>,
    pub(crate) subnet_mappings: Vec<SubnetMapping>,
    pub(crate) security_groups: Vec<SecurityGroupId>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) tags: Vec<Tag>,
    #[shape("Type")]
    pub(crate) kind: Option<LoadBalancerType>,
    pub(crate) ip_address_type: Option<IpAddressType>,
}

/// A subnet, as Network Load Balancers' callers say it.
#[derive(Clone, Default, Shape)]
pub struct SubnetMapping {
    pub(crate) subnet_id: SubnetId,
}

/// Some load balancers.
#[derive(Default, Shape)]
pub struct LoadBalancersOutput {
    pub(crate) load_balancers: Vec<LoadBalancerShape>,
    pub(crate) next_marker: Option<String>,
}

/// A load balancer as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct LoadBalancerShape {
    pub(crate) load_balancer_arn: String,
    #[shape("DNSName")]
    pub(crate) dns_name: String,
    pub(crate) canonical_hosted_zone_id: String,
    created_time: Timestamp,
    load_balancer_name: String,
    scheme: Scheme,
    vpc_id: String,
    pub(crate) state: LoadBalancerState,
    #[shape("Type")]
    kind: LoadBalancerType,
    pub(crate) availability_zones: Vec<AvailabilityZone>,
    security_groups: Vec<SecurityGroupId>,
    ip_address_type: IpAddressType,
}

/// AWS's word for where it is in its life.
#[derive(Clone, Debug, Default, Shape)]
pub struct LoadBalancerState {
    pub(crate) code: String,
    reason: Option<String>,
}

/// A zone that it stands in.
#[derive(Clone, Debug, Default, Shape)]
pub struct AvailabilityZone {
    zone_name: String,
    subnet_id: SubnetId,
    load_balancer_addresses: Vec<LoadBalancerAddress>,
}

/// An address that was given to it; Application Load Balancers have none that is told.
#[derive(Clone, Debug, Default, Shape)]
pub struct LoadBalancerAddress {
    ip_address: Option<String>,
}

/// Names a load balancer.
#[derive(Default, Shape)]
pub struct LoadBalancerInput {
    pub(crate) load_balancer_arn: String,
}

/// Input of [`DescribeLoadBalancers`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) load_balancer_arns: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
}

/// Input of [`SetSecurityGroups`].
#[derive(Default, Shape)]
pub struct SetSecurityGroupsInput {
    pub(crate) load_balancer_arn: String,
    pub(crate) security_groups: Vec<SecurityGroupId>,
}

/// Its groups now.
#[derive(Default, Shape)]
pub struct SetSecurityGroupsOutput {
    security_group_ids: Vec<SecurityGroupId>,
}

/// Input of [`SetSubnets`].
#[derive(Default, Shape)]
pub struct SetSubnetsInput {
    pub(crate) load_balancer_arn: String,
    pub(crate) subnets: Vec<SubnetId>,
    pub(crate) subnet_mappings: Vec<SubnetMapping>,
    pub(crate) ip_address_type: Option<IpAddressType>,
}

/// Its zones now.
#[derive(Default, Shape)]
pub struct SetSubnetsOutput {
    availability_zones: Vec<AvailabilityZone>,
    ip_address_type: IpAddressType,
}

/// Input of [`SetIpAddressType`].
#[derive(Default, Shape)]
pub struct SetIpAddressTypeInput {
    pub(crate) load_balancer_arn: String,
    pub(crate) ip_address_type: IpAddressType,
}

/// Its type of addresses now.
#[derive(Default, Shape)]
pub struct SetIpAddressTypeOutput {
    ip_address_type: IpAddressType,
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<LoadBalancersOutput, AwsError> {
    crate::ec2::vpc::default::lay_out_once(tx, &call.place);
    limits::name("load balancer", &input.name)?;
    only_application(input.kind.unwrap_or_default())?;
    only_ipv4(input.ip_address_type)?;
    let scheme = input.scheme.unwrap_or_default();
    let subnets = subnets(tx, call, &input.subnets, &input.subnet_mappings, scheme)?;
    let load_balancer = match LoadBalancer::named(tx, &call.place, &input.name) {
        Some(earlier) => same(tx, earlier, scheme, &subnets, &input.security_groups)?,
        None => made(tx, call, &input, scheme, subnets)?,
    };
    Ok(LoadBalancersOutput {
        load_balancers: vec![show(tx, &load_balancer)?],
        next_marker: None,
    })
}

fn only_application(kind: LoadBalancerType) -> Result<(), Elbv2Error> {
    if kind == LoadBalancerType::Application {
        return Ok(());
    }
    Err(Elbv2Error::NotPermitted {
        reason: format!("Load balancers of type '{kind}' are not supported here; use 'application'"),
    })
}

fn only_ipv4(kind: Option<IpAddressType>) -> Result<(), Elbv2Error> {
    match kind.unwrap_or_default() {
        IpAddressType::Ipv4 => Ok(()),
        other => Err(configuration(format!(
            "IP address type '{other}' is not supported here: the networks have no IPv6"
        ))),
    }
}

fn subnets(tx: &Tx, call: &Call, ids: &[SubnetId], mappings: &[SubnetMapping], scheme: Scheme) -> Result<Vec<Subnet>, AwsError> {
    if !ids.is_empty() && !mappings.is_empty() {
        return Err(invalid("You cannot specify both subnets and subnet mappings").into());
    }
    let ids: Vec<SubnetId> = ids
        .iter()
        .cloned()
        .chain(mappings.iter().map(|mapping| mapping.subnet_id.clone()))
        .collect();
    let subnets = balancer::subnets(tx, &call.place, &ids, scheme)?;
    if subnets.len() < ZONES {
        return Err(invalid("At least two subnets in two different Availability Zones must be specified").into());
    }
    Ok(subnets)
}

/// The load balancer that is there, where it is as the caller wants it.
fn same(
    tx: &Tx,
    earlier: LoadBalancer,
    scheme: Scheme,
    subnets: &[Subnet],
    groups: &[SecurityGroupId],
) -> Result<LoadBalancer, Elbv2Error> {
    let balancer = earlier.balancer(tx)?;
    let standing = balancer.standing(tx);
    let stands = standing.len() == subnets.len() && subnets.iter().all(|subnet| standing.iter().any(|node| node.subnet == subnet.id));
    if balancer.scheme == scheme && stands && (groups.is_empty() || balancer.groups == groups) {
        return Ok(earlier);
    }
    Err(Elbv2Error::DuplicateLoadBalancerName { name: earlier.name })
}

fn made(tx: &mut Tx, call: &Call, input: &CreateInput, scheme: Scheme, subnets: Vec<Subnet>) -> Result<LoadBalancer, AwsError> {
    if tx.list::<LoadBalancer>(&call.place).len() >= limits::LOAD_BALANCERS {
        return Err(Elbv2Error::TooManyLoadBalancers.into());
    }
    let name = format!("app/{}/{}", input.name, call.ids.hex(ID_DIGITS));
    let load_balancer = LoadBalancer {
        place: call.place.clone(),
        arn: arn(&call.place, format!("loadbalancer/{name}")),
        name: input.name.clone(),
        attributes: Attributes::default(),
        tags: tags(&input.tags)?,
    };
    let new = NewBalancer {
        name,
        kind: Kind::Application,
        arn: load_balancer.arn.clone(),
        scheme,
        subnets,
        groups: input.security_groups.clone(),
        dns_name: balancer::dns_name(&call.ids, &call.place, &input.name, scheme),
    };
    tx.save(load_balancer.clone());
    balancer::create(tx, call, new)?;
    Ok(load_balancer)
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<LoadBalancersOutput, AwsError> {
    let by_arn = input
        .load_balancer_arns
        .iter()
        .map(|arn| LoadBalancer::require(tx, &call.place, arn));
    let by_name = input
        .names
        .iter()
        .map(|name| LoadBalancer::named(tx, &call.place, name).ok_or_else(|| Elbv2Error::LoadBalancerNotFound { what: name.clone() }));
    let named = by_arn.chain(by_name).collect::<Result<Vec<_>, _>>()?;
    let all = input.load_balancer_arns.is_empty() && input.names.is_empty();
    let rows = if all { tx.list(&call.place) } else { named };
    let page = balancer::page(rows, |row: &LoadBalancer| row.arn.clone(), input.marker.as_deref(), input.page_size)?;
    Ok(LoadBalancersOutput {
        load_balancers: page.items.iter().map(|row| show(tx, row)).collect::<Result<_, _>>()?,
        next_marker: page.next,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: LoadBalancerInput) -> Result<(), AwsError> {
    // Deleting what is gone has succeeded.
    let Some(load_balancer) = tx.find::<LoadBalancer>(&call.place, &input.load_balancer_arn) else {
        return Ok(());
    };
    if load_balancer.attributes.on(LOAD_BALANCER, "deletion_protection.enabled") {
        return Err(Elbv2Error::NotPermitted {
            reason: format!(
                "Load balancer '{}' cannot be deleted because deletion protection is enabled",
                load_balancer.arn
            ),
        }
        .into());
    }
    let balancer = load_balancer.balancer(tx)?;
    for listener in load_balancer.listeners(tx) {
        super::listener::remove(tx, &listener);
    }
    balancer::delete(tx, &balancer);
    tx.delete(&load_balancer.key());
    Ok(())
}

fn set_security_groups(tx: &mut Tx, call: &Call, input: SetSecurityGroupsInput) -> Result<SetSecurityGroupsOutput, AwsError> {
    let balancer = LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?.balancer(tx)?;
    if input.security_groups.is_empty() {
        return Err(invalid("At least one security group must be specified").into());
    }
    Ok(SetSecurityGroupsOutput {
        security_group_ids: balancer::set_groups(tx, &balancer, &input.security_groups)?,
    })
}

fn set_subnets(tx: &mut Tx, call: &Call, input: SetSubnetsInput) -> Result<SetSubnetsOutput, AwsError> {
    only_ipv4(input.ip_address_type)?;
    let balancer = LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?.balancer(tx)?;
    let subnets = subnets(tx, call, &input.subnets, &input.subnet_mappings, balancer.scheme)?;
    if subnets.iter().any(|subnet| subnet.vpc != balancer.vpc) {
        return Err(configuration("The subnets must belong to the load balancer's VPC").into());
    }
    balancer::set_subnets(tx, call, &balancer, &subnets)?;
    Ok(SetSubnetsOutput {
        availability_zones: zones(tx, &balancer),
        ip_address_type: IpAddressType::Ipv4,
    })
}

fn set_ip_address_type(tx: &mut Tx, call: &Call, input: SetIpAddressTypeInput) -> Result<SetIpAddressTypeOutput, AwsError> {
    LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?;
    only_ipv4(Some(input.ip_address_type))?;
    Ok(SetIpAddressTypeOutput {
        ip_address_type: IpAddressType::Ipv4,
    })
}

/// A load balancer as callers see it.
///
/// # Errors
/// See [`LoadBalancer::balancer`].
pub(crate) fn show(tx: &Tx, load_balancer: &LoadBalancer) -> Result<LoadBalancerShape, Elbv2Error> {
    let balancer = load_balancer.balancer(tx)?;
    Ok(LoadBalancerShape {
        load_balancer_arn: load_balancer.arn.clone(),
        dns_name: balancer.dns_name.clone(),
        canonical_hosted_zone_id: balancer::hosted_zone(&balancer.place.region).to_owned(),
        created_time: balancer.created,
        load_balancer_name: load_balancer.name.clone(),
        scheme: balancer.scheme,
        vpc_id: balancer.vpc.to_string(),
        state: state(tx, &balancer),
        kind: LoadBalancerType::Application,
        availability_zones: zones(tx, &balancer),
        security_groups: balancer.groups,
        ip_address_type: IpAddressType::Ipv4,
    })
}

/// Until every node has served it is provisioned; a later node that comes is no matter for it as a whole.
fn state(tx: &Tx, balancer: &Balancer) -> LoadBalancerState {
    let nodes = balancer.standing(tx);
    let served = nodes.iter().any(|node| node.status.has_served);
    let all = nodes.iter().all(|node| node.status.has_served);
    let trouble = nodes.iter().find_map(|node| node.status.trouble.clone());
    let (code, reason) = match (served, all) {
        (true, true) if nodes.iter().all(|node| node.status.serves) => ("active", None),
        (true, true) => ("active_impaired", trouble),
        _ => ("provisioning", trouble),
    };
    LoadBalancerState {
        code: code.to_owned(),
        reason,
    }
}

fn zones(tx: &Tx, balancer: &Balancer) -> Vec<AvailabilityZone> {
    let zone = |node: balancer::ZoneNode| AvailabilityZone {
        zone_name: node.zone,
        subnet_id: node.subnet,
        load_balancer_addresses: Vec::new(),
    };
    balancer.standing(tx).into_iter().map(zone).collect()
}
