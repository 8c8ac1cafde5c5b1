//! An interface put into a sandbox: a veth from the VPC's namespace into the guest's.
//!
//! **Invariant**: packets flow only once the packet filter knows the interface, since only applied specs are plugged from.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::links::{Links, MAIN, Veth, Via};
use super::worker::{Place, Worker};
use super::{sysctl, topology};
use crate::DriverError;
use crate::network::{InterfaceId, InterfaceSpec, VpcSpec, names};

/// Linux's bound on a device name.
const DEVICE_LENGTH: usize = 15;

/// See [`crate::network::Plug::plug`].
pub fn plug(vpc: &Worker, spec: &Arc<VpcSpec>, index: u16, id: &InterfaceId, netns: OwnedFd, device: &str) -> Result<(), DriverError> {
    let missing = || DriverError::NotFound { what: id.clone() };
    let interface = spec.interfaces.get(id).ok_or_else(missing)?.clone();
    let subnet = spec.subnets.get(&interface.subnet).ok_or_else(missing)?.cidr;
    if device.is_empty() || device.len() > DEVICE_LENGTH || !device.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(DriverError::Refused {
            reason: format!("{device:?} is not a device name"),
        });
    }
    let copy = netns
        .try_clone()
        .map_err(|error| DriverError::failed("copy a namespace's descriptor", error))?;
    let guest = Worker::start_blocking(Place::Enter(copy))?;
    let (own, name, whole, mine) = (id.clone(), device.to_owned(), spec.clone(), interface.clone());
    vpc.run_blocking(move |links| async move {
        let _still = links.topology.lock().await;
        let host = pair(&links, &own, &mine, &netns, &name).await?;
        lead(&links, &whole, index, &own, &mine, host).await
    })?;
    let name = device.to_owned();
    guest.run_blocking(move |links| async move { configure(&links, &name, &interface, subnet).await })?;
    let host = names::device(id);
    vpc.run_blocking(move |links| async move { links.sends(&host).await })
}

/// See [`crate::network::Plug::unplug`]. The guest's end is deleted, and the VPC's with it: where an interface was plugged in
/// elsewhere since, this one's end is gone already.
pub fn unplug(netns: OwnedFd, device: &str) -> Result<(), DriverError> {
    let guest = Worker::start_blocking(Place::Enter(netns))?;
    let name = device.to_owned();
    guest.run_blocking(move |links| async move {
        match links.device(&name).await? {
            Some(index) => links.delete(index).await,
            None => Ok(()),
        }
    })
}

/// Makes the pair, in place of one that an earlier sandbox left, and returns the VPC's end.
async fn pair(links: &Links, id: &str, interface: &InterfaceSpec, netns: &OwnedFd, device: &str) -> Result<u32, DriverError> {
    let name = names::device(id);
    let veth = Veth {
        name: &name,
        peer: device,
        peer_namespace: netns.as_fd(),
        peer_mac: Some(interface.mac),
    };
    if !links.add_veth(veth).await? {
        if let Some(old) = links.device(&name).await? {
            links.delete(old).await?;
        }
        if !links.add_veth(veth).await? {
            return Err(DriverError::failed(
                format!("plug {id}"),
                format!("the sandbox has another {device}"),
            ));
        }
    }
    links
        .device(&name)
        .await?
        .ok_or_else(|| DriverError::failed(format!("plug {id}"), "its device has gone"))
}

/// Leads the interface's address, and what is routed to it, to its device.
async fn lead(links: &Links, spec: &VpcSpec, index: u16, id: &str, interface: &InterfaceSpec, host: u32) -> Result<(), DriverError> {
    let name = names::device(id);
    sysctl::set(&format!("ipv4/neigh/{name}/proxy_delay"), "0")?;
    topology::check_sources(id, interface.source_dest_check)?;
    let here = BTreeMap::from([(name, host)]);
    for ((table, to), via) in topology::wanted_routes(spec, &here, index) {
        if matches!(via, Via::Device(_) | Via::Gateway(..)) {
            links.set_route(table, to, via, 0).await?;
        }
    }
    Ok(())
}

/// The guest's end: its address with the subnet's mask, and the subnet's gateway.
async fn configure(links: &Links, device: &str, interface: &InterfaceSpec, subnet: Ipv4Net) -> Result<(), DriverError> {
    let gone = || DriverError::failed("configure a sandbox's interface", format!("{device} is not there"));
    let index = links.device(device).await?.ok_or_else(gone)?;
    if let Some(lo) = links.device("lo").await? {
        links.up(lo).await?;
    }
    links
        .add_address(index, Ipv4Net::new_assert(interface.address, subnet.prefix_len()))
        .await?;
    links.up(index).await?;
    let everywhere = Ipv4Net::default();
    links
        .set_route(MAIN, everywhere, Via::Gateway(names::gateway(subnet), index), metric(device))
        .await?;
    links.sends(device).await
}

/// Later interfaces' default routes give way to the first's.
fn metric(device: &str) -> u32 {
    let digits: String = device.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
