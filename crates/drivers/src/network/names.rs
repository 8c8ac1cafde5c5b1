//! What things of the network are called, and the fixed addresses.
//!
//! **Invariant**: a name follows from the id alone, so that what an earlier process left is found again.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Where public addresses come from: the host's loopback range, so that a browser on the host reaches them.
pub const PUBLIC: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 100, 0, 0), 16);
/// What public addresses are between host and VPC, where loopback addresses cannot be: 127.100.a.b is 100.64.a.b.
pub const TRANSIT: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 16);
/// Where the two ends of the veths between host and VPCs have their addresses.
pub const LINKS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(100, 65, 0, 0), 16);
/// Who a client on the host is inside a VPC (TEST-NET-3): outside every private block, matched by 0.0.0.0/0, by a rule for
/// just this address, and by nothing else that a template is likely to name.
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
/// Instance metadata.
pub const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// The resolver's link-local address; it answers at the third address of each VPC block too.
pub const RESOLVER: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);
/// Where AWS's endpoint names lead inside a VPC.
pub const ENDPOINTS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 250);
/// The VPC's end of its veth to the host.
pub const UPLINK: &str = "up";
/// What every interface's device name begins with.
pub const DEVICE_PREFIX: &str = "e";

/// Linux's bound on a device name, less the closing zero.
const DEVICE_LENGTH: usize = 15;

/// The device in the VPC's namespace that leads to an interface: `e` and the last hexadecimal digits of its id, as many as fit.
pub fn device(interface: &str) -> String {
    let hex: Vec<char> = interface.strip_prefix("eni-").unwrap_or(interface).chars().collect();
    let rest = &hex[hex.len().saturating_sub(DEVICE_LENGTH - DEVICE_PREFIX.len())..];
    DEVICE_PREFIX.chars().chain(rest.iter().copied()).collect()
}

/// A subnet's gateway: the first address of its block.
pub fn gateway(subnet: Ipv4Net) -> Ipv4Addr {
    nth(subnet, 1)
}

/// A VPC block's resolver ("Understanding Amazon DNS": the base of the range plus two).
pub fn resolver(block: Ipv4Net) -> Ipv4Addr {
    nth(block, 2)
}

fn nth(block: Ipv4Net, n: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(block.network()).saturating_add(n))
}

/// What a public address is between host and VPC.
pub fn transit(public: Ipv4Addr) -> Ipv4Addr {
    let [_, _, a, b] = public.octets();
    Ipv4Addr::new(100, 64, a, b)
}

/// The packet mark, and the routing table, of a subnet: its base address as a number, unique in a VPC and never reused for another.
pub fn table(subnet: Ipv4Net) -> u32 {
    u32::from(subnet.network())
}

/// The host's and the VPC's address of the `index`-th veth between them.
pub fn link(index: u16) -> (Ipv4Addr, Ipv4Addr) {
    let host = u32::from(LINKS.network()) + 2 * u32::from(index);
    (Ipv4Addr::from(host), Ipv4Addr::from(host + 1))
}

/// How many veths between host and VPCs there can be.
pub const LINK_COUNT: u16 = 1 << 15;

/// The host's end of the `index`-th veth of a cloud.
pub fn uplink(cloud: &str, index: u16) -> String {
    format!("{cloud}-up{index}")
}

/// A short number of a text that stays the same from build to build (FNV-1a).
pub fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
