//! What callers do with network interfaces.

use tierra_core::{AwsError, Call, Place, Tx};

use super::api::{
    AttachmentChanges, CreateNetworkInterfaceInput, CreateNetworkInterfaceOutput, DeleteNetworkInterfaceInput,
    DescribeNetworkInterfacesInput, DescribeNetworkInterfacesOutput, ModifyNetworkInterfaceAttributeInput, count, parse_address,
};
use super::errors::NetworkInterfaceError;
use super::lifecycle::{self, NewInterface, check_groups};
use super::model::{NetworkInterface, NetworkInterfaceId};
use super::show::show;
use crate::ec2::listing::{self, query};
use crate::ec2::operation::{arn, operations};
use crate::ec2::subnet::Subnet;
use crate::ec2::tag;

operations! {
    /// Makes an interface. "CreateNetworkInterface"
    writes CreateNetworkInterface(CreateNetworkInterfaceInput) -> CreateNetworkInterfaceOutput = create,
        on |_, input, call| [arn(call, "network-interface", "*"), arn(call, "subnet", &input.subnet_id)].concat();
    /// Deletes an interface that nothing uses. "DeleteNetworkInterface"
    writes DeleteNetworkInterface(DeleteNetworkInterfaceInput) -> () = delete,
        on |_, input, call| arn(call, "network-interface", &input.network_interface_id);
    /// Tells of interfaces. "DescribeNetworkInterfaces"
    reads DescribeNetworkInterfaces(DescribeNetworkInterfacesInput) -> DescribeNetworkInterfacesOutput = describe;
    /// Changes one attribute. "ModifyNetworkInterfaceAttribute"
    writes ModifyNetworkInterfaceAttribute(ModifyNetworkInterfaceAttributeInput) -> () = modify_attribute,
        on |_, input, call| arn(call, "network-interface", &input.network_interface_id);
}

impl NetworkInterface {
    /// The interface of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &NetworkInterfaceId) -> Result<Self, NetworkInterfaceError> {
        tx.find(place, id).ok_or_else(|| NetworkInterfaceError::NotFound { id: id.clone() })
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateNetworkInterfaceInput) -> Result<CreateNetworkInterfaceOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "network-interface")?;
    let subnet = Subnet::require(tx, &call.place, &input.subnet_id)?;
    let earlier = input
        .client_token
        .as_ref()
        .and_then(|token| tx.by_index(&call.place, "token", token).pop());
    let interface = match earlier {
        Some(earlier) => earlier,
        None => {
            let (primary, further) = input.addresses();
            let new = NewInterface {
                address: primary.map(parse_address).transpose()?,
                secondary: further.into_iter().map(parse_address).collect::<Result<_, _>>()?,
                more: count(input.secondary_private_ip_address_count)?,
                groups: input.groups,
                description: input.description.unwrap_or_default(),
                requester: None,
                client_token: input.client_token.clone(),
            };
            let made = lifecycle::create(tx, &call.ids, &subnet, new)?;
            tag::set(tx, &call.place, &made.id, tags);
            made
        }
    };
    Ok(CreateNetworkInterfaceOutput {
        network_interface: show(tx, &interface),
        client_token: input.client_token,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteNetworkInterfaceInput) -> Result<(), AwsError> {
    let interface = NetworkInterface::require(tx, &call.place, &input.network_interface_id)?;
    let id = || interface.id.clone();
    if interface.attachment.is_some() {
        return Err(NetworkInterfaceError::InUse { id: id() }.into());
    }
    if interface.requester.is_some() {
        return Err(NetworkInterfaceError::NotYours { id: id() }.into());
    }
    lifecycle::delete(tx, &interface);
    Ok(())
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeNetworkInterfacesInput) -> Result<DescribeNetworkInterfacesOutput, AwsError> {
    let missing = |id: &NetworkInterfaceId| NetworkInterfaceError::NotFound { id: id.clone() };
    let page = listing::describe(tx, &call.place, &input.network_interface_ids, missing, show, &query!(input))?;
    Ok(DescribeNetworkInterfacesOutput {
        network_interfaces: page.items,
        next_token: page.next,
    })
}

fn modify_attribute(tx: &mut Tx, call: &Call, input: ModifyNetworkInterfaceAttributeInput) -> Result<(), AwsError> {
    let mut interface = NetworkInterface::require(tx, &call.place, &input.network_interface_id)?;
    if interface.requester.is_some() {
        return Err(NetworkInterfaceError::NotYours { id: interface.id }.into());
    }
    if let Some(description) = input.description.and_then(|given| given.value) {
        interface.description = description;
    }
    if let Some(check) = input.source_dest_check.and_then(|given| given.value) {
        interface.source_dest_check = check;
    }
    if !input.groups.is_empty() {
        let subnet = Subnet::require(tx, &call.place, &interface.subnet)?;
        check_groups(tx, &subnet, &input.groups)?;
        interface.groups = input.groups;
    }
    if let Some(changes) = input.attachment {
        change_attachment(&mut interface, &changes)?;
    }
    tx.save(interface);
    Ok(())
}

fn change_attachment(interface: &mut NetworkInterface, changes: &AttachmentChanges) -> Result<(), NetworkInterfaceError> {
    let attachment = interface
        .attachment
        .as_mut()
        .filter(|attachment| attachment.id == changes.attachment_id);
    let attachment = attachment.ok_or_else(|| NetworkInterfaceError::NoSuchAttachment {
        id: changes.attachment_id.clone(),
    })?;
    if let Some(delete) = changes.delete_on_termination {
        attachment.delete_on_termination = delete;
    }
    Ok(())
}
