//! Links, addresses and routes of a VPC's namespace, brought to what the spec says.
//!
//! **Invariant**: what is there is read from the kernel each time, so whatever an earlier process left half-done is finished
//! or taken away. The main table knows every address of the VPC; what it does not know goes by the sender's subnet's table.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::links::{Links, MAIN, Routes, Via};
use super::sysctl;
use crate::DriverError;
use crate::network::{Target, VpcSpec, VpcState, names};

const EVERYWHERE: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0);

/// What a VPC's namespace is set to before anything is in it; devices made later inherit it.
const SETTINGS: &[(&str, &str)] = &[
    ("ipv4/ip_forward", "1"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "1"),
    ("ipv4/conf/default/proxy_arp", "1"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
    ("ipv4/conf/all/accept_redirects", "0"),
    ("ipv4/conf/default/accept_redirects", "0"),
    ("ipv6/conf/all/disable_ipv6", "1"),
    ("ipv6/conf/default/disable_ipv6", "1"),
];

/// A single address as a block.
pub fn host_net(address: Ipv4Addr) -> Ipv4Net {
    Ipv4Net::from(address)
}

/// Sets up a namespace that may be new.
pub async fn prepare(links: Links) -> Result<(), DriverError> {
    sysctl::set_present(SETTINGS)?;
    match links.device("lo").await? {
        Some(lo) => links.up(lo).await,
        None => Ok(()),
    }
}

/// Brings everything but the packet filter to what `spec` says. `index` is that of the VPC's veth to the host.
pub async fn converge(links: Links, spec: &VpcSpec, index: u16) -> Result<VpcState, DriverError> {
    let _still = links.topology.lock().await;
    let mut devices = links.devices().await?;
    drop_strangers(&links, spec, &mut devices).await?;
    addresses(&links, spec, &devices, index).await?;
    for (id, interface) in &spec.interfaces {
        if devices.contains_key(&names::device(id)) {
            check_sources(id, interface.source_dest_check)?;
        }
    }
    routes(&links, spec, &devices, index).await?;
    Ok(state(spec, &devices))
}

/// Which interfaces have a device.
pub fn state(spec: &VpcSpec, devices: &BTreeMap<String, u32>) -> VpcState {
    VpcState {
        interfaces: spec
            .interfaces
            .keys()
            .filter(|id| devices.contains_key(&names::device(id)))
            .cloned()
            .collect(),
    }
}

/// Whether the kernel drops packets that come from this interface with an address that is not routed to it.
pub fn check_sources(interface: &str, check: bool) -> Result<(), DriverError> {
    sysctl::set(
        &format!("ipv4/conf/{}/rp_filter", names::device(interface)),
        if check { "1" } else { "0" },
    )
}

async fn drop_strangers(links: &Links, spec: &VpcSpec, devices: &mut BTreeMap<String, u32>) -> Result<(), DriverError> {
    let known: BTreeSet<String> = spec.interfaces.keys().map(|id| names::device(id)).collect();
    let strange = |name: &String| name.starts_with(names::DEVICE_PREFIX) && !known.contains(name);
    let strangers: Vec<_> = devices
        .iter()
        .filter(|(name, _)| strange(name))
        .map(|(name, index)| (name.clone(), *index))
        .collect();
    for (name, index) in strangers {
        links.delete(index).await?;
        devices.remove(&name);
    }
    Ok(())
}

/// Every device of this namespace, deleted.
pub async fn clear(links: Links) -> Result<(), DriverError> {
    let _still = links.topology.lock().await;
    for (name, index) in links.devices().await? {
        if name.starts_with(names::DEVICE_PREFIX) || name == names::UPLINK {
            links.delete(index).await?;
        }
    }
    Ok(())
}

async fn addresses(links: &Links, spec: &VpcSpec, devices: &BTreeMap<String, u32>, index: u16) -> Result<(), DriverError> {
    let ours = [names::METADATA, names::RESOLVER, names::ENDPOINTS].into_iter();
    let resolvers = spec.cidrs.iter().map(|block| names::resolver(*block));
    let gateways = spec.subnets.values().map(|subnet| names::gateway(subnet.cidr));
    let lo = devices.get("lo").copied();
    let mut wanted: BTreeSet<(u32, Ipv4Net)> = ours
        .chain(resolvers)
        .chain(gateways)
        .filter_map(|address| Some((lo?, host_net(address))))
        .collect();
    if let Some(up) = devices.get(names::UPLINK) {
        sysctl::set(&format!("ipv4/conf/{}/rp_filter", names::UPLINK), "0")?;
        sysctl::set(&format!("ipv4/conf/{}/proxy_arp", names::UPLINK), "0")?;
        links.up(*up).await?;
        wanted.insert((*up, link_net(names::link(index).1)));
    }
    let there = links.addresses().await?;
    for (device, address) in wanted.difference(&there) {
        links.add_address(*device, *address).await?;
    }
    for (device, address) in there.difference(&wanted).filter(|(_, address)| !address.addr().is_loopback()) {
        links.remove_address(*device, *address).await?;
    }
    Ok(())
}

/// An end of a veth between host and VPC, with the mask that holds just the other end.
pub fn link_net(end: Ipv4Addr) -> Ipv4Net {
    Ipv4Net::new_assert(end, 31)
}

async fn routes(links: &Links, spec: &VpcSpec, devices: &BTreeMap<String, u32>, index: u16) -> Result<(), DriverError> {
    let wanted = wanted_routes(spec, devices, index);
    let there = links.routes().await?;
    for ((table, to), via) in wanted.iter().filter(|(key, via)| there.get(*key) != Some(via)) {
        links.set_route(*table, *to, *via, 0).await?;
    }
    for ((table, to), via) in there.iter().filter(|(key, _)| !wanted.contains_key(*key)) {
        links.delete_route(*table, *to, *via).await?;
    }
    let tables: BTreeSet<u32> = spec.subnets.values().map(|subnet| names::table(subnet.cidr)).collect();
    let marks = links.marks().await?;
    for mark in tables.difference(&marks) {
        links.add_mark(*mark).await?;
    }
    for mark in marks.difference(&tables) {
        links.delete_mark(*mark).await?;
    }
    Ok(())
}

/// Every route of a VPC's namespace, given the devices that are there. What leads to one that is not leads nowhere.
pub fn wanted_routes(spec: &VpcSpec, devices: &BTreeMap<String, u32>, index: u16) -> Routes {
    let device = |id: &str| devices.get(&names::device(id)).copied();
    let via = |target: &Target| match target {
        Target::InternetGateway => devices.get(names::UPLINK).map(|up| Via::Gateway(names::link(index).0, *up)),
        Target::Interface(id) => spec.interfaces.get(id).and_then(|one| Some(Via::Gateway(one.address, device(id)?))),
        Target::Blackhole => None,
    };
    let mut routes: Routes = spec.cidrs.iter().map(|block| ((MAIN, block.trunc()), Via::Blackhole)).collect();
    routes.extend(
        spec.interfaces
            .iter()
            .filter_map(|(id, one)| Some((one, Via::Device(device(id)?))))
            .flat_map(|(one, via)| one.addresses().map(move |address| ((MAIN, host_net(address)), via))),
    );
    for subnet in spec.subnets.values() {
        let table = names::table(subnet.cidr);
        routes.insert((table, EVERYWHERE), Via::Blackhole);
        routes.extend(
            subnet
                .routes
                .iter()
                .map(|(to, target)| ((table, to.trunc()), via(target).unwrap_or(Via::Blackhole))),
        );
    }
    routes
}
