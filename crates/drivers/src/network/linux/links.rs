//! Links, addresses, routes and routing rules of the namespace that the thread is in. The one module that knows rtnetlink.
//!
//! **Invariant**: what is there already is made without error, what is gone already is deleted without error.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Arc;

use futures_util::TryStreamExt;
use ipnet::Ipv4Net;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::AddressAttribute;
use rtnetlink::packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkMessage};
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};
use rtnetlink::{AddressMessageBuilder, Handle, IpVersion, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder};

use crate::DriverError;

/// The main routing table.
pub const MAIN: u32 = RouteHeader::RT_TABLE_MAIN as u32;
/// The priority of the rules that send a mark to its table: behind the main table's.
const RULE_PRIORITY: u32 = 40_000;

/// A connection to the kernel.
#[derive(Clone, Debug)]
pub struct Links {
    handle: Handle,
    /// Held while links and the routes over them are looked at and changed together.
    pub topology: Arc<tokio::sync::Mutex<()>>,
}

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Straight to a device.
    Device(u32),
    /// To a gateway behind a device.
    Gateway(Ipv4Addr, u32),
    /// Nowhere.
    Blackhole,
}

/// Routes, by table and destination.
pub type Routes = BTreeMap<(u32, Ipv4Net), Via>;

/// A pair of devices joined to one another.
#[derive(Clone, Copy, Debug)]
pub struct Veth<'a> {
    /// This end.
    pub name: &'a str,
    /// The other end.
    pub peer: &'a str,
    /// The other end's namespace.
    pub peer_namespace: BorrowedFd<'a>,
    /// The other end's hardware address, where it matters.
    pub peer_mac: Option<[u8; 6]>,
}

fn failed(context: &str) -> impl Fn(rtnetlink::Error) -> DriverError {
    move |error| DriverError::failed(context, error)
}

/// The kernel's error number, where it gave one.
fn errno(error: &rtnetlink::Error) -> Option<rustix::io::Errno> {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.code.map(|code| rustix::io::Errno::from_raw_os_error(-code.get())),
        _ => None,
    }
}

fn unless(result: Result<(), rtnetlink::Error>, fine: &[rustix::io::Errno], context: &str) -> Result<(), DriverError> {
    match result {
        Err(error) if errno(&error).is_some_and(|number| fine.contains(&number)) => Ok(()),
        other => other.map_err(failed(context)),
    }
}

const THERE: &[rustix::io::Errno] = &[rustix::io::Errno::EXIST];
const GONE: &[rustix::io::Errno] = &[
    rustix::io::Errno::NODEV,
    rustix::io::Errno::NOENT,
    rustix::io::Errno::SRCH,
    rustix::io::Errno::ADDRNOTAVAIL,
];

impl Links {
    /// Connects, in the runtime and the namespace of this thread.
    ///
    /// # Errors
    /// `Failed` where the kernel gives no socket.
    pub fn open() -> Result<Self, DriverError> {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(|error| DriverError::failed("open rtnetlink", error))?;
        tokio::spawn(connection);
        Ok(Self {
            handle,
            topology: Arc::default(),
        })
    }

    /// Every device's index, by name.
    pub async fn devices(&self) -> Result<BTreeMap<String, u32>, DriverError> {
        let all: Vec<LinkMessage> = self
            .handle
            .link()
            .get()
            .execute()
            .try_collect()
            .await
            .map_err(failed("list links"))?;
        let name = |link: &LinkMessage| {
            link.attributes.iter().find_map(|one| {
                if let LinkAttribute::IfName(name) = one {
                    Some(name.clone())
                } else {
                    None
                }
            })
        };
        Ok(all.iter().filter_map(|link| Some((name(link)?, link.header.index))).collect())
    }

    /// A device's index; `None` where there is no such device.
    pub async fn device(&self, name: &str) -> Result<Option<u32>, DriverError> {
        let found = self.handle.link().get().match_name(name.to_owned()).execute().try_next().await;
        match found {
            Ok(link) => Ok(link.map(|link| link.header.index)),
            Err(error) if errno(&error).is_some_and(|number| GONE.contains(&number)) => Ok(None),
            Err(error) => Err(failed("find a link")(error)),
        }
    }

    /// Makes a pair, this end up (the kernel refuses to switch the other on in the same call). `false` where one of the names
    /// is taken.
    pub async fn add_veth(&self, veth: Veth<'_>) -> Result<bool, DriverError> {
        let mut peer = LinkUnspec::new_with_name(veth.peer).setns_by_fd(veth.peer_namespace.as_raw_fd());
        if let Some(mac) = veth.peer_mac {
            peer = peer.address(mac.to_vec());
        }
        let message = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
            .name(veth.name)
            .up()
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer.build())))
            .build();
        match self.handle.link().add(message).execute().await {
            Ok(()) => Ok(true),
            Err(error) if errno(&error) == Some(rustix::io::Errno::EXIST) => Ok(false),
            Err(error) => Err(failed("make a veth")(error)),
        }
    }

    /// Deletes a device, and its other end with it.
    pub async fn delete(&self, index: u32) -> Result<(), DriverError> {
        unless(self.handle.link().del(index).execute().await, GONE, "delete a link")
    }

    /// Switches a device on.
    pub async fn up(&self, index: u32) -> Result<(), DriverError> {
        let message = LinkUnspec::new_with_index(index).up().build();
        self.handle.link().set(message).execute().await.map_err(failed("set a link up"))
    }

    /// Sees to it that a device whose other end has just come up sends from now on. The kernel wakes its queue some time later,
    /// and drops what is sent before; asking for this one device makes it do so first (see `rtnl_getlink`).
    pub async fn sends(&self, name: &str) -> Result<(), DriverError> {
        self.device(name).await.map(drop)
    }

    /// The IPv4 addresses of every device.
    pub async fn addresses(&self) -> Result<BTreeSet<(u32, Ipv4Net)>, DriverError> {
        let all: Vec<_> = self
            .handle
            .address()
            .get()
            .execute()
            .try_collect()
            .await
            .map_err(failed("list addresses"))?;
        let address = |attributes: &[AddressAttribute]| {
            let local = |one: &AddressAttribute| {
                if let AddressAttribute::Local(IpAddr::V4(local)) = one {
                    Some(*local)
                } else {
                    None
                }
            };
            attributes.iter().find_map(local)
        };
        let net = |message: &rtnetlink::packet_route::address::AddressMessage| {
            Some((
                message.header.index,
                Ipv4Net::new(address(&message.attributes)?, message.header.prefix_len).ok()?,
            ))
        };
        Ok(all.iter().filter_map(net).collect())
    }

    /// Gives a device an address with its mask.
    pub async fn add_address(&self, device: u32, address: Ipv4Net) -> Result<(), DriverError> {
        let request = self.handle.address().add(device, IpAddr::V4(address.addr()), address.prefix_len());
        unless(request.execute().await, THERE, "add an address")
    }

    /// Takes an address from a device.
    pub async fn remove_address(&self, device: u32, address: Ipv4Net) -> Result<(), DriverError> {
        let message = AddressMessageBuilder::<Ipv4Addr>::new()
            .index(device)
            .address(address.addr(), address.prefix_len())
            .build();
        unless(self.handle.address().del(message).execute().await, GONE, "remove an address")
    }

    /// The IPv4 routes that someone added (not those that the kernel made for addresses).
    pub async fn routes(&self) -> Result<Routes, DriverError> {
        let every = RouteMessageBuilder::<Ipv4Addr>::new().build();
        let all: Vec<RouteMessage> = self
            .handle
            .route()
            .get(every)
            .execute()
            .try_collect()
            .await
            .map_err(failed("list routes"))?;
        Ok(all
            .iter()
            .filter(|route| route.header.protocol != RouteProtocol::Kernel)
            .filter_map(read_route)
            .collect())
    }

    /// Adds a route, or turns the one with this destination there.
    pub async fn set_route(&self, table: u32, to: Ipv4Net, via: Via, metric: u32) -> Result<(), DriverError> {
        let message = route_message(table, to, Some(via), metric);
        self.handle
            .route()
            .add(message)
            .replace()
            .execute()
            .await
            .map_err(failed("add a route"))
    }

    /// Deletes the route to this destination.
    pub async fn delete_route(&self, table: u32, to: Ipv4Net, via: Via) -> Result<(), DriverError> {
        let kind = if via == Via::Blackhole { Some(via) } else { None };
        unless(
            self.handle.route().del(route_message(table, to, kind, 0)).execute().await,
            GONE,
            "delete a route",
        )
    }

    /// The marks that have a table of their own: that of the same number.
    pub async fn marks(&self) -> Result<BTreeSet<u32>, DriverError> {
        let all: Vec<RuleMessage> = self
            .handle
            .rule()
            .get(IpVersion::V4)
            .execute()
            .try_collect()
            .await
            .map_err(failed("list routing rules"))?;
        let mark = |rule: &RuleMessage| {
            rule.attributes
                .iter()
                .find_map(|one| if let RuleAttribute::FwMark(mark) = one { Some(*mark) } else { None })
        };
        Ok(all.iter().filter_map(mark).collect())
    }

    /// Sends what has this mark, and what the main table does not know, through the table of the same number.
    pub async fn add_mark(&self, mark: u32) -> Result<(), DriverError> {
        let request = self
            .handle
            .rule()
            .add()
            .v4()
            .action(RuleAction::ToTable)
            .table_id(mark)
            .fw_mark(mark)
            .priority(RULE_PRIORITY);
        unless(request.execute().await, THERE, "add a routing rule")
    }

    /// Undoes [`Links::add_mark`].
    pub async fn delete_mark(&self, mark: u32) -> Result<(), DriverError> {
        let mut message = RuleMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.action = RuleAction::ToTable;
        message.attributes = vec![
            RuleAttribute::Table(mark),
            RuleAttribute::FwMark(mark),
            RuleAttribute::Priority(RULE_PRIORITY),
        ];
        unless(self.handle.rule().del(message).execute().await, GONE, "delete a routing rule")
    }
}

fn route_message(table: u32, to: Ipv4Net, via: Option<Via>, metric: u32) -> RouteMessage {
    let route = RouteMessageBuilder::<Ipv4Addr>::new()
        .table_id(table)
        .destination_prefix(to.network(), to.prefix_len());
    let route = if metric == 0 { route } else { route.priority(metric) };
    match via {
        Some(Via::Device(device)) => route.output_interface(device).scope(RouteScope::Link),
        Some(Via::Gateway(gateway, device)) => route.output_interface(device).gateway(gateway).onlink(),
        Some(Via::Blackhole) => route.kind(RouteType::BlackHole),
        None => route.scope(RouteScope::NoWhere),
    }
    .build()
}

fn read_route(route: &RouteMessage) -> Option<((u32, Ipv4Net), Via)> {
    let (mut table, mut to, mut gateway, mut device) = (u32::from(route.header.table), Ipv4Addr::UNSPECIFIED, None, None);
    for attribute in &route.attributes {
        match attribute {
            RouteAttribute::Table(number) => table = *number,
            RouteAttribute::Destination(RouteAddress::Inet(address)) => to = *address,
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => gateway = Some(*address),
            RouteAttribute::Oif(index) => device = Some(*index),
            _ => {}
        }
    }
    let via = match (route.header.kind, gateway, device) {
        (RouteType::BlackHole, ..) => Via::Blackhole,
        (RouteType::Unicast, Some(gateway), Some(device)) => Via::Gateway(gateway, device),
        (RouteType::Unicast, None, Some(device)) => Via::Device(device),
        _ => return None,
    };
    Some(((table, Ipv4Net::new(to, route.header.destination_prefix_length).ok()?), via))
}
