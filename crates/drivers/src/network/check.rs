//! The door of the network drivers: what both twins refuse of a spec, so that nothing behind it need doubt one.
//!
//! **Invariant**: what [`spec`] passes can be laid onto the machine: names are safe in file names, device names and rule
//! sets; addresses lie where they should; counts are bounded.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::DriverError;
use crate::network::{GroupSpec, InterfaceSpec, Peer, Rule, SubnetSpec, Target, Traffic, VpcSpec, names};

/// Characters of an id.
pub const ID_LENGTH: usize = 64;
/// Interfaces of one VPC.
pub const INTERFACES: usize = 4096;
/// Further addresses of one interface.
pub const ADDRESSES: usize = 64;
/// Subnets of one VPC.
pub const SUBNETS: usize = 256;
/// Routes of one subnet.
pub const ROUTES: usize = 1024;
/// Rules of one group and direction. AWS's own bound on rules × groups of an interface is 1,000.
pub const RULES: usize = 2048;
/// Groups of one VPC.
pub const GROUPS: usize = 2500;

fn refused(reason: impl Into<String>) -> DriverError {
    DriverError::Refused { reason: reason.into() }
}

fn bounded(what: &str, count: usize, most: usize) -> Result<(), DriverError> {
    if count > most {
        Err(refused(format!("{count} {what}, more than {most}")))
    } else {
        Ok(())
    }
}

/// Whether an id can be a file name, part of a rule set's name, and nothing else.
///
/// # Errors
/// `Refused` where it is empty, too long or has other characters than `[a-z0-9-]`.
pub fn id(id: &str) -> Result<(), DriverError> {
    let safe = id
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if id.is_empty() || id.len() > ID_LENGTH || !safe {
        Err(refused(format!("{id:?} is not an id")))
    } else {
        Ok(())
    }
}

/// Whether a VPC's spec makes sense in itself.
///
/// # Errors
/// `Refused`, with the first thing that does not.
pub fn spec(spec: &VpcSpec) -> Result<(), DriverError> {
    bounded("subnets", spec.subnets.len(), SUBNETS)?;
    bounded("interfaces", spec.interfaces.len(), INTERFACES)?;
    bounded("groups", spec.groups.len(), GROUPS)?;
    spec.subnets.iter().try_for_each(|(name, one)| subnet(spec, name, one))?;
    spec.interfaces.iter().try_for_each(|(name, one)| interface(spec, name, one))?;
    spec.groups.iter().try_for_each(|(name, one)| group(name, one))?;
    let addresses = spec
        .interfaces
        .iter()
        .flat_map(|(id, one)| one.addresses().map(move |address| (address, id)));
    distinct("address", addresses)?;
    distinct(
        "public address",
        spec.interfaces.iter().filter_map(|(id, one)| Some((one.public?, id))),
    )?;
    distinct("device name", spec.interfaces.keys().map(|id| (names::device(id), id)))
}

fn distinct<'a, T: Ord + std::fmt::Debug>(what: &str, all: impl Iterator<Item = (T, &'a String)>) -> Result<(), DriverError> {
    let mut seen = BTreeMap::new();
    for (value, id) in all {
        if let Some(other) = seen.insert(value, id) {
            return Err(refused(format!("{other} and {id} have the same {what}")));
        }
    }
    Ok(())
}

fn subnet(spec: &VpcSpec, name: &str, subnet: &SubnetSpec) -> Result<(), DriverError> {
    id(name)?;
    bounded("routes", subnet.routes.len(), ROUTES)?;
    if !spec.cidrs.iter().any(|block| block.contains(&subnet.cidr)) {
        return Err(refused(format!("{} of {name} lies outside the VPC", subnet.cidr)));
    }
    if subnet.cidr.prefix_len() > 28 || subnet.cidr != subnet.cidr.trunc() {
        return Err(refused(format!("{} of {name} is not a subnet's block", subnet.cidr)));
    }
    subnet.routes.values().try_for_each(|target| match target {
        Target::Interface(id) if !spec.interfaces.contains_key(id) => Err(refused(format!("{name} routes to {id}, which is not there"))),
        _ => Ok(()),
    })
}

fn interface(spec: &VpcSpec, name: &str, interface: &InterfaceSpec) -> Result<(), DriverError> {
    id(name)?;
    let subnet = spec
        .subnets
        .get(&interface.subnet)
        .ok_or_else(|| refused(format!("{name} is in {}, which is not there", interface.subnet)))?;
    bounded("addresses", interface.secondary.len(), ADDRESSES)?;
    if let Some(address) = interface.addresses().find(|address| !usable(subnet.cidr, *address)) {
        return Err(refused(format!("{address} of {name} is not an address of {}", subnet.cidr)));
    }
    if interface.mac[0] & 1 == 1 {
        return Err(refused(format!("{name} has a multicast hardware address")));
    }
    if let Some(group) = interface.groups.iter().find(|group| !spec.groups.contains_key(*group)) {
        return Err(refused(format!("{name} is in {group}, which is not there")));
    }
    match interface.public {
        Some(public) if !names::PUBLIC.contains(&public) => Err(refused(format!("{public} of {name} is not of {}", names::PUBLIC))),
        _ => Ok(()),
    }
}

/// Whether an interface may have this address: the first four and the last are AWS's own ("Subnet CIDR blocks").
fn usable(block: Ipv4Net, address: Ipv4Addr) -> bool {
    block.contains(&address) && u32::from(address) - u32::from(block.network()) >= 4 && address != block.broadcast()
}

fn group(name: &str, group: &GroupSpec) -> Result<(), DriverError> {
    id(name)?;
    bounded("rules", group.ingress.len().max(group.egress.len()), RULES)?;
    group.ingress.iter().chain(&group.egress).try_for_each(|one| rule(name, one))
}

fn rule(name: &str, rule: &Rule) -> Result<(), DriverError> {
    if let Traffic::Tcp(low, high) | Traffic::Udp(low, high) = rule.traffic
        && low > high
    {
        return Err(refused(format!("a rule of {name} has the ports {low}-{high}")));
    }
    match &rule.peer {
        Peer::Cidr(block) if *block != block.trunc() => Err(refused(format!("{block} in {name} has host bits"))),
        Peer::Cidr(_) => Ok(()),
        Peer::Group(other) => id(other),
    }
}
