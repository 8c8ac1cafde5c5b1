//! Where an instance is: its interface, its public address, its name.

use tierra_core::{AwsError, Call, Ids, Tx};
use tierra_model::Timestamp;

use crate::ec2::network_interface::{self, Attachment, NetworkInterface, NewInterface};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::Subnet;
use crate::names::{self, Name};
use crate::rds::model::{DbInstance, DbSnapshot, Source, tell};
use tierra_core::Key;

/// As RDS's interfaces are called in EC2.
const DESCRIPTION: &str = "RDSNetworkInterface";
const REQUESTER: &str = "amazon-rds";

/// Makes the interface of a new instance.
///
/// # Errors
/// As [`network_interface::create`].
pub(super) fn interface(tx: &mut Tx, call: &Call, subnet: &Subnet, groups: Vec<SecurityGroupId>) -> Result<NetworkInterface, AwsError> {
    let new = NewInterface {
        groups,
        description: DESCRIPTION.to_owned(),
        requester: Some(REQUESTER.to_owned()),
        ..NewInterface::default()
    };
    let mut interface = network_interface::create(tx, &call.ids, subnet, new)?;
    let attachment = Attachment {
        id: call.ids.next(),
        instance: None,
        device_index: 0,
        attached: call.now,
        delete_on_termination: false,
    };
    network_interface::attach(tx, &mut interface, attachment)?;
    Ok(interface)
}

/// Brings public address and name to what the instance says.
///
/// # Errors
/// Where the cloud has no public address left.
pub(super) fn publish(tx: &mut Tx, ids: &Ids, instance: &DbInstance) -> Result<(), AwsError> {
    let Some(mut interface) = tx.find::<NetworkInterface>(&instance.place, &instance.spec.interface) else {
        return Ok(());
    };
    if instance.spec.publicly_accessible {
        network_interface::lend_public(tx, ids, &mut interface)?;
    } else {
        network_interface::release_public(tx, &mut interface);
    }
    let name = Name {
        place: instance.place.clone(),
        fqdn: instance.endpoint(),
        vpc: interface.vpc.clone(),
        private: vec![interface.address],
        public: interface.public.iter().map(|public| public.address).collect(),
    };
    names::put(tx, &name);
    Ok(())
}

/// Takes its name away, as when it gets another one.
pub(super) fn unpublish(tx: &mut Tx, instance: &DbInstance) {
    names::remove(tx, &instance.place, &instance.endpoint());
}

/// Takes everything away that an instance had, once the machine holds nothing of it any more: name, interface, row.
pub fn forget(tx: &mut Tx, ids: &Ids, now: Timestamp, instance: &DbInstance) {
    unpublish(tx, instance);
    if let Some(interface) = tx.find::<NetworkInterface>(&instance.place, &instance.spec.interface) {
        network_interface::delete(tx, &interface);
    }
    let automated = |one: &DbSnapshot| one.kind == crate::rds::model::SnapshotType::Automated;
    for snapshot in tx
        .by_index::<DbSnapshot>(&instance.place, "resource-id", &instance.resource_id)
        .into_iter()
        .filter(automated)
    {
        tx.delete(&Key::<DbSnapshot>::new(&snapshot.place, &snapshot.id));
    }
    tx.delete(&Key::<DbInstance>::new(&instance.place, &instance.id));
    tell(tx, ids, now, Source::DbInstance, &instance.arn(), "deletion", "DB instance deleted");
}
