//! Further private addresses of interfaces. They lead to the interface; what is inside has to take them up, as on AWS.

use std::net::Ipv4Addr;

use tierra_core::{AwsError, Call, Tx};

use super::api::{
    AssignPrivateIpAddressesInput, AssignPrivateIpAddressesOutput, AssignedPrivateIpAddress, UnassignPrivateIpAddressesInput, count,
    parse_address,
};
use super::errors::NetworkInterfaceError;
use super::lifecycle;
use super::model::{NetworkInterface, address_index};
use crate::ec2::errors::Ec2Error;
use crate::ec2::operation::{arn, operations};
use crate::ec2::subnet::Subnet;

operations! {
    /// Gives an interface further addresses. "AssignPrivateIpAddresses"
    writes AssignPrivateIpAddresses(AssignPrivateIpAddressesInput) -> AssignPrivateIpAddressesOutput = assign,
        on |_, input, call| arn(call, "network-interface", &input.network_interface_id);
    /// Takes further addresses from an interface. "UnassignPrivateIpAddresses"
    writes UnassignPrivateIpAddresses(UnassignPrivateIpAddressesInput) -> () = unassign,
        on |_, input, call| arn(call, "network-interface", &input.network_interface_id);
}

fn assign(tx: &mut Tx, call: &Call, input: AssignPrivateIpAddressesInput) -> Result<AssignPrivateIpAddressesOutput, AwsError> {
    let mut interface = NetworkInterface::require(tx, &call.place, &input.network_interface_id)?;
    let subnet = Subnet::require(tx, &call.place, &interface.subnet)?;
    let (given, more) = (
        addresses(&input.private_ip_addresses)?,
        count(input.secondary_private_ip_address_count)?,
    );
    if given.is_empty() == (more == 0) {
        let reason = "Exactly one of PrivateIpAddresses and SecondaryPrivateIpAddressCount must be given".to_owned();
        return Err(Ec2Error::Combination { reason }.into());
    }
    if input.allow_reassignment.unwrap_or(false) {
        given.iter().for_each(|address| take(tx, &interface, *address));
    }
    let added = lifecycle::add_addresses(tx, &call.ids, &subnet, &mut interface, &given, more)?;
    let shown = |address: Ipv4Addr| AssignedPrivateIpAddress {
        private_ip_address: address.to_string(),
    };
    Ok(AssignPrivateIpAddressesOutput {
        network_interface_id: interface.id,
        assigned_private_ip_addresses: added.into_iter().map(shown).collect(),
    })
}

/// Takes a further address from whichever interface of the subnet has it. A primary one stays.
fn take(tx: &mut Tx, interface: &NetworkInterface, address: Ipv4Addr) {
    let holders: Vec<NetworkInterface> = tx.by_index(&interface.place, "address", &address_index(&interface.subnet, address));
    for mut holder in holders.into_iter().filter(|holder| holder.id != interface.id) {
        holder.secondary.retain(|one| *one != address);
        tx.save(holder);
    }
}

fn unassign(tx: &mut Tx, call: &Call, input: UnassignPrivateIpAddressesInput) -> Result<(), AwsError> {
    let mut interface = NetworkInterface::require(tx, &call.place, &input.network_interface_id)?;
    let given = addresses(&input.private_ip_addresses)?;
    if given.is_empty() || !given.iter().all(|address| interface.secondary.contains(address)) {
        let (addresses, id) = (input.private_ip_addresses.join(", "), interface.id);
        return Err(NetworkInterfaceError::NotAssigned { addresses, id }.into());
    }
    interface.secondary.retain(|address| !given.contains(address));
    tx.save(interface);
    Ok(())
}

fn addresses(texts: &[String]) -> Result<Vec<Ipv4Addr>, Ec2Error> {
    texts.iter().map(|text| parse_address(text)).collect()
}
