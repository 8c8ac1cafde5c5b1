//! What a VPC's resolver knows, from the rows of its interfaces and of every name.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use tierra_core::{Key, Tx};
use tierra_dataplane::dns::Zone;
use tierra_dataplane::dns::forward::parse_resolv_conf;
use tierra_drivers::network::names::{ENDPOINTS, resolver};
use tierra_services::ec2::network::Network;
use tierra_services::ec2::network_interface::NetworkInterface;
use tierra_services::ec2::vpc::Vpc;
use tierra_services::names;

/// Where a VPC's resolver answers, and what.
#[derive(Debug)]
pub struct Plan {
    /// The VPC's block plus two.
    pub resolver: Ipv4Addr,
    /// What it knows.
    pub zone: Zone,
}

/// The resolver of a VPC; `None` where the VPC is gone, or nothing of it is on the machine yet.
pub fn plan(world: &Tx, key: &Key<Network>, upstreams: &[SocketAddr]) -> Option<Plan> {
    let vpc: Vpc = world.find(&key.place, &key.id)?;
    let region = &key.place.region.0;
    let interfaces: Vec<NetworkInterface> = world.by_index(&key.place, "vpc", &key.id);
    if !interfaces.iter().any(|interface| interface.status.in_force) {
        return None;
    }
    let mut zone = Zone::new(region, upstreams.to_vec());
    zone.add_endpoints("amazonaws.com", ENDPOINTS);
    for interface in interfaces {
        zone.add_instance(region, interface.address, interface.public.map(|public| public.address));
    }
    for (name, addresses) in names::seen_from(world, &vpc.id) {
        zone.add_name(&name, addresses);
    }
    Some(Plan {
        resolver: resolver(vpc.cidr),
        zone,
    })
}

/// The host's own resolvers; none where it has no `/etc/resolv.conf`.
pub fn host_resolvers() -> Vec<SocketAddr> {
    fs::read_to_string("/etc/resolv.conf")
        .map(|text| parse_resolv_conf(&text))
        .unwrap_or_default()
}
