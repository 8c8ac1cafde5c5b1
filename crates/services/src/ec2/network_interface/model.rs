//! An elastic network interface as the store keeps it.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};
use tierra_model::{Timestamp, text_enum};

use crate::ec2::address::{AddressAssociationId, AllocationId};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;

id_type!(/// `eni-0123…`
    NetworkInterfaceId, "eni-");
id_type!(/// `eni-attach-0123…`
    AttachmentId, "eni-attach-");

/// An interface with an address, in a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    pub place: Place,
    pub id: NetworkInterfaceId,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    /// `us-east-1a`
    pub zone: String,
    pub address: Ipv4Addr,
    /// Its further addresses, in the order in which they were assigned.
    #[serde(default)]
    pub secondary: Vec<Ipv4Addr>,
    pub mac: [u8; 6],
    pub groups: Vec<SecurityGroupId>,
    pub description: String,
    pub source_dest_check: bool,
    /// The service that made it for itself (`amazon-elb`, `amazon-rds`): then callers cannot delete it.
    pub requester: Option<String>,
    /// What its caller said, so that a creation that is tried again makes no second one.
    pub client_token: Option<String>,
    pub attachment: Option<Attachment>,
    pub public: Option<PublicAddress>,
    pub status: InterfaceStatus,
}

/// The instance (or a service's node) that uses the interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    /// The instance; a service's own node has none that callers could see.
    pub instance: Option<String>,
    pub device_index: i32,
    pub attached: Timestamp,
    pub delete_on_termination: bool,
}

/// The public address that leads to an interface. The one place where that is written: an elastic address finds its interface by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAddress {
    pub address: Ipv4Addr,
    /// Where it is an elastic one; else it was lent for as long as the interface keeps it.
    pub elastic: Option<Elastic>,
}

/// Which elastic address it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elastic {
    pub allocation: AllocationId,
    pub association: AddressAssociationId,
}

/// What the reconciler found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceStatus {
    /// The machine's network knows the interface: a sandbox can be plugged into it.
    pub in_force: bool,
}

text_enum! {
    /// Whether something uses the interface.
    pub enum InterfaceState {
        Available = "available",
        InUse = "in-use",
    }
}

impl NetworkInterface {
    /// AWS's word for its state.
    pub fn state(&self) -> InterfaceState {
        if self.attachment.is_some() {
            InterfaceState::InUse
        } else {
            InterfaceState::Available
        }
    }

    /// Every private address, the primary one first.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        std::iter::once(self.address).chain(self.secondary.iter().copied())
    }

    /// The hardware address as text: `02:ab:…`.
    pub fn mac_text(&self) -> String {
        self.mac.map(|byte| format!("{byte:02x}")).join(":")
    }

    /// The name of its primary address: `ip-10-0-0-5.ec2.internal`
    pub fn private_dns_name(&self) -> String {
        self.name_of(self.address)
    }

    /// The name of one of its addresses.
    pub fn name_of(&self, address: Ipv4Addr) -> String {
        let host = format!("ip-{}", dashed(address));
        match self.place.region.0.as_str() {
            "us-east-1" => format!("{host}.ec2.internal"),
            region => format!("{host}.{region}.compute.internal"),
        }
    }

    /// `ec2-127-100-3-7.compute-1.amazonaws.com`, where it has a public address.
    pub fn public_dns_name(&self) -> Option<String> {
        self.public.as_ref().map(|public| public_dns_name(&self.place, public.address))
    }

    /// The interfaces of an instance, in device order.
    pub fn of_instance(tx: &Tx, place: &Place, instance: &str) -> Vec<Self> {
        let mut interfaces: Vec<Self> = tx.by_index(place, "instance", instance);
        interfaces.sort_by_key(|interface| interface.attachment.as_ref().map(|attachment| attachment.device_index));
        interfaces
    }
}

/// The name by which the world knows a public address.
pub fn public_dns_name(place: &Place, address: Ipv4Addr) -> String {
    let host = format!("ec2-{}", dashed(address));
    match place.region.0.as_str() {
        "us-east-1" => format!("{host}.compute-1.amazonaws.com"),
        region => format!("{host}.{region}.compute.amazonaws.com"),
    }
}

fn dashed(address: Ipv4Addr) -> String {
    address.to_string().replace('.', "-")
}

impl Resource for NetworkInterface {
    const KIND: &'static str = "ec2/network-interface";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let attachment = self.attachment.iter();
        let elastic = self.public.iter().filter_map(|public| public.elastic.as_ref());
        let mut indexes = vec![("vpc", self.vpc.to_string()), ("subnet", self.subnet.to_string())];
        indexes.extend(self.addresses().map(|address| ("address", address_index(&self.subnet, address))));
        indexes.extend(self.groups.iter().map(|group| ("group", group.to_string())));
        indexes.extend(self.client_token.iter().map(|token| ("token", token.clone())));
        indexes.extend(attachment.clone().map(|attachment| ("attachment", attachment.id.to_string())));
        indexes.extend(attachment.filter_map(|attachment| Some(("instance", attachment.instance.clone()?))));
        indexes.extend(elastic.clone().map(|elastic| ("allocation", elastic.allocation.to_string())));
        indexes.extend(elastic.map(|elastic| ("association", elastic.association.to_string())));
        indexes
    }
}

/// The entry of index `address`: an address is taken at most once a subnet.
pub(super) fn address_index(subnet: &SubnetId, address: Ipv4Addr) -> String {
    format!("{subnet} {address}")
}
