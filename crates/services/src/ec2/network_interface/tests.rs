//! Interfaces, as callers see them: calls in, answers and errors out.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::api::*;
use super::ops::*;
use super::*;
use crate::ec2::subnet::{CreateSubnet, CreateSubnetInput, SubnetId};
use crate::ec2::testing::World;
use crate::ec2::vpc::{CreateVpc, CreateVpcInput};

fn subnet(world: &World) -> SubnetId {
    let vpc = CreateVpcInput {
        cidr_block: Some("10.0.0.0/16".into()),
        ..CreateVpcInput::default()
    };
    let subnet = CreateSubnetInput {
        vpc_id: world.ok::<CreateVpc>(vpc).vpc.vpc_id,
        cidr_block: Some("10.0.0.0/28".into()),
        ..CreateSubnetInput::default()
    };
    world.ok::<CreateSubnet>(subnet).subnet.subnet_id
}

fn input(subnet_id: &SubnetId, address: Option<&str>) -> CreateNetworkInterfaceInput {
    CreateNetworkInterfaceInput {
        subnet_id: subnet_id.clone(),
        private_ip_address: address.map(Into::into),
        ..CreateNetworkInterfaceInput::default()
    }
}

#[test]
fn addresses_are_of_the_subnet_and_free() {
    let world = World::new();
    let subnet = subnet(&world);
    for (address, code) in [
        ("10.0.0.4", ""),
        ("10.0.0.4", "InvalidIPAddress.InUse"),
        ("10.0.0.3", "InvalidParameterValue"),
        ("10.0.0.15", "InvalidParameterValue"),
        ("10.0.0.16", "InvalidParameterValue"),
        ("ten", "InvalidParameterValue"),
        ("10.0.0.14", ""),
    ] {
        assert_eq!(
            world.code::<CreateNetworkInterface>(input(&subnet, Some(address))),
            code,
            "{address}"
        );
    }
}

#[test]
fn a_subnet_gives_each_address_once_and_then_says_that_it_is_full() {
    let world = World::new();
    let subnet = subnet(&world);
    let make = || world.ok::<CreateNetworkInterface>(input(&subnet, None)).network_interface;
    let made: Vec<_> = (0..11).map(|_| make()).collect();
    let given: BTreeSet<Ipv4Addr> = made.iter().map(|eni| eni.private_ip_address.parse().expect("address")).collect();
    assert_eq!(given.len(), 11);
    assert_eq!(
        world.code::<CreateNetworkInterface>(input(&subnet, None)),
        "InsufficientFreeAddressesInSubnet"
    );
    world.ok::<DeleteNetworkInterface>(DeleteNetworkInterfaceInput {
        network_interface_id: made[3].network_interface_id.clone(),
        dry_run: None,
    });
    assert_eq!(make().private_ip_address, made[3].private_ip_address);
}

#[test]
fn a_lent_address_comes_back_and_an_attached_interface_stays() {
    let world = World::new();
    let id = world
        .ok::<CreateNetworkInterface>(input(&subnet(&world), None))
        .network_interface
        .network_interface_id;
    let leases = || world.see(|tx| tx.all::<crate::ec2::address::Lease>().len());
    let mut eni = world.see(|tx| NetworkInterface::require(tx, world.place(), &id)).expect("eni");
    let attachment = Attachment {
        id: world.call.ids.next(),
        instance: Some("i-1".into()),
        device_index: 0,
        attached: world.call.now,
        delete_on_termination: true,
    };
    world.change(|tx| lend_public(tx, &world.call.ids, &mut eni)).expect("lend");
    world.change(|tx| attach(tx, &mut eni, attachment.clone())).expect("attach");
    assert!(world.change(|tx| attach(tx, &mut eni, attachment)).is_err());
    assert_eq!(leases(), 1);
    let delete = || DeleteNetworkInterfaceInput {
        network_interface_id: id.clone(),
        dry_run: None,
    };
    let error = world.run::<DeleteNetworkInterface>(delete()).expect_err("in use");
    assert_eq!(error.message, format!("Network interface '{id}' is currently in use."));
    world
        .change(|tx| {
            detach(tx, &mut eni);
            Ok(())
        })
        .expect("detach");
    assert_eq!(world.code::<DeleteNetworkInterface>(delete()), "");
    assert_eq!(leases(), 0);
}

#[test]
fn further_addresses_come_and_go() {
    let world = World::new();
    let subnet = subnet(&world);
    let made = world.ok::<CreateNetworkInterface>(CreateNetworkInterfaceInput {
        private_ip_addresses: vec![PrivateIpAddressSpecification {
            primary: Some(false),
            private_ip_address: Some("10.0.0.9".into()),
        }],
        ..input(&subnet, Some("10.0.0.8"))
    });
    let id = made.network_interface.network_interface_id;
    let shown = || world.see(|tx| NetworkInterface::require(tx, world.place(), &id).map(|eni| eni.addresses().collect::<Vec<_>>()));
    assert_eq!(
        shown(),
        Ok(vec!["10.0.0.8".parse().expect("address"), "10.0.0.9".parse().expect("address")])
    );
    let other = world
        .ok::<CreateNetworkInterface>(input(&subnet, Some("10.0.0.10")))
        .network_interface;
    let assign = |eni: &NetworkInterfaceId, given: &[&str], more: Option<i32>, allow: bool| {
        world.code::<assign::AssignPrivateIpAddresses>(AssignPrivateIpAddressesInput {
            network_interface_id: eni.clone(),
            private_ip_addresses: given.iter().map(ToString::to_string).collect(),
            secondary_private_ip_address_count: more,
            allow_reassignment: Some(allow),
        })
    };
    let other = other.network_interface_id;
    for (given, more, allow, code) in [
        (&["10.0.0.9"][..], None, false, "InvalidIPAddress.InUse"),
        (&["10.0.0.8"], None, true, "InvalidIPAddress.InUse"),
        (&["10.0.0.9"], Some(1), false, "InvalidParameterCombination"),
        (&[], None, false, "InvalidParameterCombination"),
        (&["10.0.0.77"], None, false, "InvalidParameterValue"),
        (&["10.0.0.9"], None, true, ""),
        (&[], Some(2), false, ""),
        (&[], Some(-1), false, "InvalidParameterValue"),
        (&[], Some(50), false, "PrivateIpAddressLimitExceeded"),
    ] {
        assert_eq!(assign(&other, given, more, allow), code, "{given:?} {more:?} {allow}");
    }
    assert_eq!(shown(), Ok(vec!["10.0.0.8".parse().expect("address")]));
    let unassign = |given: &str| {
        world.code::<assign::UnassignPrivateIpAddresses>(UnassignPrivateIpAddressesInput {
            network_interface_id: other.clone(),
            private_ip_addresses: vec![given.into()],
        })
    };
    assert_eq!(unassign("10.0.0.10"), "InvalidParameterValue");
    assert_eq!(unassign("10.0.0.9"), "");
    assert_eq!(assign(&id, &["10.0.0.9"], None, false), "");
}
