//! The interfaces that a launch asks for: given by one subnet and groups for all, or one by one.

use std::net::Ipv4Addr;

use tierra_core::{AwsError, Call, Tx};

use crate::ec2::errors::Ec2Error;
use crate::ec2::instance::InstanceError;
use crate::ec2::instance::api::{NetworkInterfaceSpecification, RunInstancesInput};
use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceError, NewInterface, default_subnet};
use crate::ec2::security_group::{SecurityGroup, SecurityGroupId};
use crate::ec2::subnet::{Subnet, SubnetError};
use crate::ec2::vpc::Vpc;
use crate::ec2::zone;

/// An interface of an instance to be.
#[derive(Clone, Debug)]
pub(super) struct Nic {
    pub(super) index: i32,
    pub(super) source: Source,
    /// Whether it is lent a public address.
    pub(super) public: bool,
    pub(super) delete_on_termination: bool,
}

/// Where an interface comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Existing(NetworkInterface),
    New { subnet: Subnet, new: NewInterface },
}

/// The interfaces of each of `count` instances, the first one first.
pub(super) fn read(tx: &Tx, call: &Call, input: &RunInstancesInput, count: i32) -> Result<Vec<Nic>, AwsError> {
    if input.network_interfaces.is_empty() {
        check_single(input.private_ip_address.is_some(), count, "PrivateIpAddress")?;
        return Ok(vec![by_subnet(tx, call, input)?]);
    }
    check_alone(input)?;
    let mut nics = Vec::new();
    for asked in &input.network_interfaces {
        check_single(asked.network_interface_id.is_some(), count, "NetworkInterfaceId")?;
        check_single(asked.private_ip_address.is_some(), count, "PrivateIpAddress")?;
        nics.push(by_itself(tx, call, input, asked)?);
    }
    nics.sort_by_key(|nic| nic.index);
    if nics.iter().enumerate().any(|(at, nic)| i32::try_from(at) != Ok(nic.index)) {
        return Err(combination("Network interfaces must have the device indexes 0, 1 and so on, each once").into());
    }
    Ok(nics)
}

fn combination(reason: impl Into<String>) -> Ec2Error {
    Ec2Error::Combination { reason: reason.into() }
}

fn check_single(given: bool, count: i32, name: &str) -> Result<(), Ec2Error> {
    if given && count > 1 {
        return Err(combination(format!("The parameter {name} can be used for a single instance only")));
    }
    Ok(())
}

/// What belongs to the interface may not be said of the instance too.
fn check_alone(input: &RunInstancesInput) -> Result<(), Ec2Error> {
    let said = [
        (input.subnet_id.is_some(), "subnet ID"),
        (
            !input.security_group_ids.is_empty() || !input.security_groups.is_empty(),
            "security groups",
        ),
        (input.private_ip_address.is_some(), "private address"),
    ];
    match said.iter().find(|(said, _)| *said) {
        Some((_, what)) => Err(combination(format!(
            "Network interfaces and an instance-level {what} may not be specified on the same request"
        ))),
        None => Ok(()),
    }
}

fn by_subnet(tx: &Tx, call: &Call, input: &RunInstancesInput) -> Result<Nic, AwsError> {
    if input.subnet_id.is_some() && !input.security_groups.is_empty() {
        return Err(combination("The parameter groupName cannot be used with the parameter subnet").into());
    }
    let subnet = subnet(tx, call, input, input.subnet_id.as_deref())?;
    let mut groups: Vec<SecurityGroupId> = input.security_group_ids.iter().flat_map(|id| id.parse()).collect();
    for name in &input.security_groups {
        let named = SecurityGroup::named(tx, &call.place, &subnet.vpc, name);
        groups.push(named.ok_or_else(|| InstanceError::GroupName { name: name.clone() })?.id);
    }
    let new = NewInterface {
        address: address(input.private_ip_address.as_deref())?,
        groups,
        ..Default::default()
    };
    Ok(Nic {
        index: 0,
        public: subnet.map_public_ip_on_launch,
        source: Source::New { subnet, new },
        delete_on_termination: true,
    })
}

fn by_itself(tx: &Tx, call: &Call, input: &RunInstancesInput, asked: &NetworkInterfaceSpecification) -> Result<Nic, AwsError> {
    let index = asked.device_index.unwrap_or(0);
    if asked.network_card_index.unwrap_or(0) != 0 {
        let what = "An instance has one network card, with the index 0.".to_owned();
        return Err(InstanceError::Unsupported { what }.into());
    }
    if let Some(id) = &asked.network_interface_id {
        let id: crate::ec2::network_interface::NetworkInterfaceId = id.parse().unwrap_or_default();
        let interface = tx.find(&call.place, &id).ok_or(NetworkInterfaceError::NotFound { id })?;
        let delete_on_termination = asked.delete_on_termination.unwrap_or(false);
        return Ok(Nic {
            index,
            source: Source::Existing(interface),
            public: false,
            delete_on_termination,
        });
    }
    let subnet = subnet(tx, call, input, asked.subnet_id.as_deref())?;
    let new = NewInterface {
        address: address(asked.private_ip_address.as_deref())?,
        groups: asked.groups.iter().flat_map(|id| id.parse()).collect(),
        description: asked.description.clone().unwrap_or_default(),
        ..Default::default()
    };
    // Only the first interface is lent an address without being asked.
    let public = asked
        .associate_public_ip_address
        .unwrap_or(index == 0 && subnet.map_public_ip_on_launch);
    let delete_on_termination = asked.delete_on_termination.unwrap_or(true);
    Ok(Nic {
        index,
        source: Source::New { subnet, new },
        public,
        delete_on_termination,
    })
}

/// The subnet of this id, or the default one of the zone that was asked for.
fn subnet(tx: &Tx, call: &Call, input: &RunInstancesInput, id: Option<&str>) -> Result<Subnet, AwsError> {
    let zone = input
        .placement
        .as_ref()
        .and_then(|placement| placement.availability_zone.as_deref())
        // Terraform says nothing by saying it.
        .filter(|zone| !zone.is_empty());
    if let Some(zone) = zone.filter(|zone| !zone::names(&call.place).any(|known| known == *zone)) {
        return Err(InstanceError::Zone { zone: zone.to_owned() }.into());
    }
    let Some(id) = id else { return default(tx, call, zone) };
    let subnet: Subnet = tx.find(&call.place, id).ok_or_else(|| SubnetError::NotFound {
        id: id.parse().unwrap_or_default(),
    })?;
    if zone.is_some_and(|zone| zone != subnet.zone) {
        return Err(combination(format!(
            "The subnet {id} is not in the availability zone {}",
            zone.unwrap_or_default()
        ))
        .into());
    }
    Ok(subnet)
}

fn default(tx: &Tx, call: &Call, zone: Option<&str>) -> Result<Subnet, AwsError> {
    if let Some(subnet) = default_subnet(tx, &call.place, zone) {
        return Ok(subnet);
    }
    if tx.by_index::<Vpc>(&call.place, "default", "true").is_empty() {
        return Err(InstanceError::NoDefaultVpc.into());
    }
    Err(InstanceError::NoDefaultSubnet {
        zone: zone.unwrap_or("any").to_owned(),
    }
    .into())
}

fn address(text: Option<&str>) -> Result<Option<Ipv4Addr>, Ec2Error> {
    let invalid = |text: &str| Ec2Error::Value {
        value: text.to_owned(),
        name: "privateIpAddress",
        reason: "Invalid IPv4 address".to_owned(),
    };
    text.map(|text| text.parse().map_err(|_| invalid(text))).transpose()
}
