//! How interfaces look to callers, and by what they can be chosen.

use std::net::Ipv4Addr;

use tierra_core::{Tag, Tx};

use super::api::{GroupIdentifier, NetworkInterfaceAssociation, NetworkInterfaceAttachment, NetworkInterfaceDescription, PrivateIpAddress};
use super::model::{Attachment, NetworkInterface, PublicAddress, public_dns_name};
use crate::ec2::filter::{Field, Filterable, each, maybe, one};
use crate::ec2::listing::Described;
use crate::ec2::security_group::SecurityGroup;
use crate::ec2::tag;

impl NetworkInterfaceDescription {
    fn attached(&self, part: impl Fn(&NetworkInterfaceAttachment) -> Vec<String>) -> Vec<String> {
        self.attachment.iter().flat_map(part).collect()
    }

    fn associated(&self, part: impl Fn(&NetworkInterfaceAssociation) -> Vec<String>) -> Vec<String> {
        self.association.iter().flat_map(part).collect()
    }
}

impl Filterable for NetworkInterfaceDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("addresses.private-ip-address", |eni| {
            each(&eni.private_ip_addresses, |address| one(&address.private_ip_address))
        }),
        ("addresses.primary", |eni| {
            each(&eni.private_ip_addresses, |address| one(&address.primary))
        }),
        ("addresses.association.public-ip", |eni| {
            eni.associated(|association| one(&association.public_ip))
        }),
        ("association.allocation-id", |eni| {
            eni.associated(|association| maybe(&association.allocation_id))
        }),
        ("association.association-id", |eni| {
            eni.associated(|association| maybe(&association.association_id))
        }),
        ("association.ip-owner-id", |eni| {
            eni.associated(|association| one(&association.ip_owner_id))
        }),
        ("association.public-dns-name", |eni| {
            eni.associated(|association| one(&association.public_dns_name))
        }),
        ("association.public-ip", |eni| {
            eni.associated(|association| one(&association.public_ip))
        }),
        ("attachment.attachment-id", |eni| {
            eni.attached(|attachment| one(&attachment.attachment_id))
        }),
        ("attachment.delete-on-termination", |eni| {
            eni.attached(|attachment| one(&attachment.delete_on_termination))
        }),
        ("attachment.device-index", |eni| {
            eni.attached(|attachment| one(&attachment.device_index))
        }),
        ("attachment.instance-id", |eni| {
            eni.attached(|attachment| maybe(&attachment.instance_id))
        }),
        ("attachment.instance-owner-id", |eni| {
            eni.attached(|attachment| one(&attachment.instance_owner_id))
        }),
        ("attachment.status", |eni| eni.attached(|attachment| one(&attachment.status))),
        ("availability-zone", |eni| one(&eni.availability_zone)),
        ("description", |eni| one(&eni.description)),
        ("group-id", |eni| each(&eni.groups, |group| one(&group.group_id))),
        ("group-name", |eni| each(&eni.groups, |group| one(&group.group_name))),
        ("interface-type", |eni| one(&eni.interface_type)),
        ("mac-address", |eni| one(&eni.mac_address)),
        ("network-interface-id", |eni| one(&eni.network_interface_id)),
        ("owner-id", |eni| one(&eni.owner_id)),
        ("private-dns-name", |eni| one(&eni.private_dns_name)),
        ("private-ip-address", |eni| one(&eni.private_ip_address)),
        ("requester-id", |eni| maybe(&eni.requester_id)),
        ("requester-managed", |eni| one(&eni.requester_managed)),
        ("source-dest-check", |eni| one(&eni.source_dest_check)),
        ("status", |eni| one(&eni.status)),
        ("subnet-id", |eni| one(&eni.subnet_id)),
        ("vpc-id", |eni| one(&eni.vpc_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tag_set
    }
}

impl Described for NetworkInterfaceDescription {
    const IDS: &'static str = "networkInterfaceIds";
    fn id(&self) -> String {
        self.network_interface_id.to_string()
    }
}

/// An interface as callers see it.
pub fn show(tx: &Tx, eni: &NetworkInterface) -> NetworkInterfaceDescription {
    let association = eni.public.as_ref().map(|public| show_association(eni, public));
    NetworkInterfaceDescription {
        network_interface_id: eni.id.clone(),
        attachment: eni.attachment.as_ref().map(|attachment| show_attachment(eni, attachment)),
        availability_zone: eni.zone.clone(),
        description: eni.description.clone(),
        groups: group_identifiers(tx, eni),
        interface_type: "interface".to_owned(),
        ipv6_addresses: Vec::new(),
        mac_address: eni.mac_text(),
        owner_id: eni.place.account.to_string(),
        private_dns_name: eni.private_dns_name(),
        private_ip_address: eni.address.to_string(),
        private_ip_addresses: eni
            .addresses()
            .map(|address| show_address(eni, address, association.as_ref()))
            .collect(),
        association,
        requester_id: eni.requester.clone(),
        requester_managed: eni.requester.is_some(),
        source_dest_check: eni.source_dest_check,
        status: eni.state().to_string(),
        subnet_id: eni.subnet.clone(),
        tag_set: tag::list(tx, &eni.place, &eni.id),
        vpc_id: eni.vpc.clone(),
    }
}

/// The public address leads to the primary one.
fn show_address(eni: &NetworkInterface, address: Ipv4Addr, association: Option<&NetworkInterfaceAssociation>) -> PrivateIpAddress {
    let primary = address == eni.address;
    PrivateIpAddress {
        association: association.filter(|_| primary).cloned(),
        primary,
        private_dns_name: eni.name_of(address),
        private_ip_address: address.to_string(),
    }
}

/// An interface's groups by id and name.
pub fn group_identifiers(tx: &Tx, eni: &NetworkInterface) -> Vec<GroupIdentifier> {
    let groups = eni.groups.iter().filter_map(|id| tx.find::<SecurityGroup>(&eni.place, id));
    let identifier = |group: SecurityGroup| GroupIdentifier {
        group_id: group.id,
        group_name: group.name,
    };
    groups.map(identifier).collect()
}

/// A lent address belongs to Amazon, an elastic one to the account.
fn show_association(eni: &NetworkInterface, public: &PublicAddress) -> NetworkInterfaceAssociation {
    let elastic = public.elastic.as_ref();
    NetworkInterfaceAssociation {
        allocation_id: elastic.map(|elastic| elastic.allocation.clone()),
        association_id: elastic.map(|elastic| elastic.association.clone()),
        ip_owner_id: elastic.map_or_else(|| "amazon".to_owned(), |_| eni.place.account.to_string()),
        public_dns_name: public_dns_name(&eni.place, public.address),
        public_ip: public.address.to_string(),
    }
}

fn show_attachment(eni: &NetworkInterface, attachment: &Attachment) -> NetworkInterfaceAttachment {
    let own = attachment.instance.as_ref().map(|_| eni.place.account.to_string());
    NetworkInterfaceAttachment {
        attachment_id: attachment.id.clone(),
        attach_time: attachment.attached,
        delete_on_termination: attachment.delete_on_termination,
        device_index: attachment.device_index,
        network_card_index: 0,
        instance_id: attachment.instance.clone(),
        instance_owner_id: own.or_else(|| eni.requester.clone()).unwrap_or_default(),
        status: "attached".to_owned(),
    }
}
