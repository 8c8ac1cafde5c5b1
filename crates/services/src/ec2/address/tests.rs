//! Addresses, as callers see them: calls in, answers and errors out.

use std::collections::BTreeSet;

use super::api::*;
use super::ops::*;
use super::*;
use crate::ec2::network_interface::{self, NetworkInterfaceId, NewInterface};
use crate::ec2::testing::World;

fn allocate(world: &World) -> AllocationId {
    world.ok::<AllocateAddress>(AllocateAddressInput::default()).allocation_id
}

fn interface(world: &World) -> NetworkInterfaceId {
    let make = |tx: &mut tierra_core::Tx| {
        crate::ec2::vpc::default::lay_out_once(tx, world.place());
        let subnet = network_interface::default_subnet(tx, world.place(), None).expect("subnet");
        network_interface::create(tx, &world.call.ids, &subnet, NewInterface::default())
    };
    world.change(make).expect("interface").id
}

fn associate(address: &AllocationId, interface: &NetworkInterfaceId, may_move: bool) -> AssociateAddressInput {
    AssociateAddressInput {
        allocation_id: Some(address.clone()),
        network_interface_id: Some(interface.clone()),
        allow_reassociation: Some(may_move),
        ..AssociateAddressInput::default()
    }
}

#[test]
fn an_address_leads_to_one_interface_at_a_time() {
    let world = World::new();
    let address = allocate(&world);
    let (one, other) = (interface(&world), interface(&world));
    world.ok::<AssociateAddress>(associate(&address, &one, false));
    assert_eq!(
        world.code::<AssociateAddress>(associate(&address, &one, false)),
        "",
        "the same again"
    );
    assert_eq!(
        world.code::<AssociateAddress>(associate(&address, &other, false)),
        "Resource.AlreadyAssociated"
    );
    let association = world.ok::<AssociateAddress>(associate(&address, &other, true)).association_id;
    let shown = world.ok::<DescribeAddresses>(DescribeAddressesInput::default()).addresses.remove(0);
    assert_eq!(
        (shown.network_interface_id, shown.association_id),
        (Some(other), Some(association.clone()))
    );
    let release = || ReleaseAddressInput {
        allocation_id: Some(address.clone()),
        ..ReleaseAddressInput::default()
    };
    assert_eq!(world.code::<ReleaseAddress>(release()), "InvalidIPAddress.InUse");
    let disassociate = || DisassociateAddressInput {
        association_id: Some(association.clone()),
        ..DisassociateAddressInput::default()
    };
    assert_eq!(world.code::<DisassociateAddress>(disassociate()), "");
    assert_eq!(world.code::<DisassociateAddress>(disassociate()), "InvalidAssociationID.NotFound");
    assert_eq!(world.code::<ReleaseAddress>(release()), "");
    assert_eq!(world.code::<ReleaseAddress>(release()), "InvalidAllocationID.NotFound");
}

#[test]
fn no_public_address_is_held_twice_in_the_whole_cloud() {
    let world = World::new();
    let mut elsewhere = World::new();
    elsewhere.store = world.store.clone();
    elsewhere.call.place.region = tierra_core::Region("eu-west-1".into());
    let mut held = BTreeSet::new();
    for round in 0..40 {
        let cloud = if round % 2 == 0 { &world } else { &elsewhere };
        let made = cloud.ok::<AllocateAddress>(AllocateAddressInput::default());
        assert!(held.insert(made.public_ip.clone()), "{} twice", made.public_ip);
        if round % 5 == 0 {
            held.remove(&made.public_ip);
            let input = ReleaseAddressInput {
                public_ip: Some(made.public_ip),
                ..ReleaseAddressInput::default()
            };
            cloud.ok::<ReleaseAddress>(input);
        }
    }
}
