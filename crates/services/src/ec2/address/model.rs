//! Public addresses as the store keeps them: who holds which, and the elastic ones.
//!
//! **Invariant**: a [`Lease`] row is keyed by its address in one place for the whole cloud, so no address is held twice, whatever
//! account and region it serves.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use tierra_core::{AccountId, Place, Region, Resource, id_type};

id_type!(/// `eipalloc-0123…`
    AllocationId, "eipalloc-");
id_type!(/// `eipassoc-0123…`
    AddressAssociationId, "eipassoc-");

/// An elastic address. Which interface it leads to is written there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub place: Place,
    pub id: AllocationId,
    pub address: Ipv4Addr,
}

impl Resource for Address {
    const KIND: &'static str = "ec2/elastic-ip";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("address", self.address.to_string())]
    }
}

/// That an address of the cloud's public range is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    cloud: Place,
    pub address: Ipv4Addr,
    /// For whom.
    pub holder: Place,
}

impl Lease {
    /// That `holder` has this address.
    pub fn new(address: Ipv4Addr, holder: &Place) -> Self {
        Self {
            cloud: cloud(),
            address,
            holder: holder.clone(),
        }
    }
}

/// Where leases are kept: the whole cloud, not one account's region.
pub fn cloud() -> Place {
    Place {
        account: AccountId::default(),
        region: Region::global(),
    }
}

impl Resource for Lease {
    const KIND: &'static str = "ec2/public-address";
    fn place(&self) -> &Place {
        &self.cloud
    }
    fn id(&self) -> String {
        self.address.to_string()
    }
}
