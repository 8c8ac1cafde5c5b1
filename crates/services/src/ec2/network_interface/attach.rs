//! Interfaces attached to instances and detached from them, running or stopped. A running instance gets another device at once.

use tierra_core::{AwsError, Call, Tx};

use super::api::{AttachNetworkInterfaceInput, AttachNetworkInterfaceOutput, DetachNetworkInterfaceInput};
use super::errors::NetworkInterfaceError;
use super::lifecycle;
use super::model::{Attachment, NetworkInterface};
use crate::ec2::instance::{Instance, InstanceError, InstanceState};
use crate::ec2::operation::{arn, operations};

operations! {
    /// Attaches an interface to an instance, as a further device. "AttachNetworkInterface"
    writes AttachNetworkInterface(AttachNetworkInterfaceInput) -> AttachNetworkInterfaceOutput = attach,
        on |_, input, call| [arn(call, "instance", &input.instance_id), arn(call, "network-interface", &input.network_interface_id)].concat();
    /// Detaches an interface, at once whether it is forced or not. "DetachNetworkInterface"
    writes DetachNetworkInterface(DetachNetworkInterfaceInput) -> () = detach, on |tx, input, call| {
        let found: Option<NetworkInterface> = tx.by_index(&call.place, "attachment", input.attachment_id.as_str()).pop();
        found.map_or_else(Vec::new, |interface| arn(call, "network-interface", &interface.id))
    }, harmless ["Force"];
}

fn attach(tx: &mut Tx, call: &Call, input: AttachNetworkInterfaceInput) -> Result<AttachNetworkInterfaceOutput, AwsError> {
    let mut interface = NetworkInterface::require(tx, &call.place, &input.network_interface_id)?;
    let instance = Instance::find(tx, &call.place, &input.instance_id)?;
    check(tx, &interface, &instance, input.device_index)?;
    let attachment = Attachment {
        id: call.ids.next(),
        instance: Some(instance.id.to_string()),
        device_index: input.device_index,
        attached: call.now,
        delete_on_termination: false,
    };
    let attachment_id = attachment.id.clone();
    lifecycle::attach(tx, &mut interface, attachment)?;
    Ok(AttachNetworkInterfaceOutput {
        attachment_id,
        network_card_index: 0,
    })
}

fn check(tx: &Tx, interface: &NetworkInterface, instance: &Instance, index: i32) -> Result<(), AwsError> {
    let id = || instance.id.to_string();
    if !matches!(instance.state(), InstanceState::Running | InstanceState::Stopped) {
        let done = "attached to an interface";
        return Err(InstanceError::State { id: id(), done }.into());
    }
    if interface.zone != instance.spec.zone {
        let (interface, instance) = (interface.id.clone(), id());
        return Err(NetworkInterfaceError::OtherZone { id: interface, instance }.into());
    }
    let attached = NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str());
    let taken = |one: &NetworkInterface| one.attachment.as_ref().is_some_and(|attachment| attachment.device_index == index);
    if attached.iter().any(taken) {
        return Err(NetworkInterfaceError::IndexTaken { instance: id(), index }.into());
    }
    let count = attached.len() + 1;
    let most = instance.spec.kind.size.interfaces.0;
    if usize::try_from(most).is_ok_and(|most| count > most) {
        let kind = instance.spec.kind.to_string();
        return Err(NetworkInterfaceError::TooManyInterfaces { count, kind }.into());
    }
    Ok(())
}

fn detach(tx: &mut Tx, call: &Call, input: DetachNetworkInterfaceInput) -> Result<(), AwsError> {
    let id = input.attachment_id;
    let found: Option<NetworkInterface> = tx.by_index(&call.place, "attachment", id.as_str()).pop();
    let mut interface = found.ok_or_else(|| NetworkInterfaceError::NoSuchAttachment { id: id.clone() })?;
    let Some(attachment) = interface.attachment.clone() else {
        return Ok(());
    };
    let instance = attachment.instance.ok_or(NetworkInterfaceError::NotYourAttachment { id })?;
    if attachment.device_index == 0 {
        return Err(NetworkInterfaceError::First.into());
    }
    lifecycle::detach(tx, &mut interface);
    // The interface no longer says whose it was: this wakes whoever has to take it out.
    if let Some(instance) = tx.find::<Instance>(&call.place, &instance) {
        tx.save(instance);
    }
    Ok(())
}
