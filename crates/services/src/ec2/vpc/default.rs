//! The default VPC that every region of an account has from the start.
//! Follows the page "Default VPC components" of the VPC user guide.
//!
//! **Invariant**: its ids follow from the place, so that a read, whose writes are not kept, shows the very VPC that the first write keeps.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tierra_core::{Ids, Place, Resource, Tx};

use super::model::{Tenancy, Vpc};
use super::parts::{self, NewVpc};
use crate::ec2::dhcp_options::DhcpOptionsId;
use crate::ec2::internet_gateway::InternetGateway;
use crate::ec2::route_table::{Route, RouteTable, Target};
use crate::ec2::subnet;
use crate::ec2::zone;

/// The default VPC's block.
const CIDR: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(172, 31, 0, 0), 16);
/// The size of its subnets.
pub const SUBNET_PREFIX: u8 = 20;
/// The one id of a place's [`Home`].
const HOME: &str = "home";

/// What a region of an account has beside its VPCs; that it is there means that the default VPC was laid out, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Home {
    place: Place,
    /// Its default DHCP options.
    pub dhcp_options: DhcpOptionsId,
}

impl Home {
    /// The one of this place; laid out by every operation before it looks at anything.
    pub fn of(tx: &Tx, place: &Place) -> Option<Self> {
        tx.find(place, HOME)
    }
}

impl Resource for Home {
    const KIND: &'static str = "ec2/home";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        HOME.to_owned()
    }
}

/// Lays out the default VPC, where this place never had one.
pub fn lay_out_once(tx: &mut Tx, place: &Place) {
    if Home::of(tx, place).is_some() {
        return;
    }
    let ids = Ids::seeded(seed(place));
    tx.save(Home {
        place: place.clone(),
        dhcp_options: ids.next(),
    });
    lay_out(tx, place, &ids);
}

/// Lays out a default VPC: a subnet in each zone, a gateway, and a route to it.
pub fn lay_out(tx: &mut Tx, place: &Place, ids: &Ids) -> Vpc {
    let new = NewVpc {
        cidr: CIDR,
        tenancy: Tenancy::Default,
        is_default: true,
    };
    let vpc = parts::make(tx, place, ids, &new);
    let blocks = CIDR.subnets(SUBNET_PREFIX).into_iter().flatten();
    for (zone, cidr) in zone::names(place).zip(blocks) {
        tx.save(subnet::make(ids, &vpc, cidr, zone, true));
    }
    route_to_internet(tx, place, ids, &vpc);
    vpc
}

fn route_to_internet(tx: &mut Tx, place: &Place, ids: &Ids, vpc: &Vpc) {
    let gateway = InternetGateway {
        place: place.clone(),
        id: ids.next(),
        vpc: Some(vpc.id.clone()),
    };
    if let Some(mut table) = RouteTable::main(tx, place, &vpc.id) {
        table.routes.push(Route {
            destination: Ipv4Net::default(),
            target: Target::InternetGateway(gateway.id.clone()),
        });
        tx.save(table);
    }
    tx.save(gateway);
}

/// A number that follows from the place.
fn seed(place: &Place) -> u64 {
    let digest = Sha256::digest(format!("{}/{}", place.account, place.region));
    digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
