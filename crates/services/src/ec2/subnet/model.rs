//! A subnet as the store keeps it.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, id_type};

use crate::ec2::network_acl::NetworkAclAssociationId;
use crate::ec2::vpc::VpcId;

id_type!(/// `subnet-0123…`
    SubnetId, "subnet-");

/// Addresses at the start of a subnet that no interface gets: network, gateway, resolver, one for later.
pub const RESERVED_FIRST: u32 = 4;
/// Addresses of a subnet that no interface gets: those at its start and the last.
pub const RESERVED: u32 = RESERVED_FIRST + 1;

/// A part of a VPC, in one availability zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub place: Place,
    pub id: SubnetId,
    pub vpc: VpcId,
    pub cidr: Ipv4Net,
    /// `us-east-1a`
    pub zone: String,
    pub default_for_az: bool,
    pub map_public_ip_on_launch: bool,
    pub network_acl_association: NetworkAclAssociationId,
}

impl Subnet {
    /// How many addresses interfaces can have.
    pub fn capacity(&self) -> u32 {
        (1 << (32 - u32::from(self.cidr.prefix_len()))) - RESERVED
    }

    /// The address of this ordinal, from 0 to below [`Subnet::capacity`].
    pub fn address(&self, ordinal: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.cidr.network()) + RESERVED_FIRST + ordinal)
    }

    /// Whether the subnet keeps this address of its own for itself.
    pub fn is_reserved(&self, address: Ipv4Addr) -> bool {
        let ordinal = u32::from(address) - u32::from(self.cidr.network());
        ordinal < RESERVED_FIRST || address == self.cidr.broadcast()
    }
}

impl Resource for Subnet {
    const KIND: &'static str = "ec2/subnet";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let default = self.default_for_az.then(|| ("default", self.zone.clone()));
        default.into_iter().chain([("vpc", self.vpc.to_string())]).collect()
    }
}
