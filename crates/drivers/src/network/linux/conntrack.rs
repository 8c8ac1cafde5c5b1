//! Flows that the kernel tracks, forgotten when an address is no longer whose it was: a flow that was let in goes on without
//! another look at the rules, so it must not outlive the interface or the public address that it leads to.
//!
//! Spoken as the kernel's `nfnetlink_conntrack.h` has it: a list of all, then a deletion for each that is meant.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use crate::DriverError;
use crate::network::{VpcSpec, names};

/// The subsystem of tracked flows, in the upper byte of a message's type, and its verbs.
const GET: u16 = 1 << 8 | 1;
const DELETE: u16 = 1 << 8 | 2;
/// Types of netlink's own messages.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// Flags of a request, of one that is to be acknowledged, and of one for all there is.
const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const DUMP: u16 = 0x300;
/// Attributes: a flow's two directions and its id; in a direction its addresses; in those the two ends.
const DIRECTIONS: [u16; 2] = [1, 2];
const ID: u16 = 12;
const ADDRESSES: u16 = 1;
const ENDS: [u16; 2] = [1, 2];
/// Bits of an attribute's type that say how its content is to be read.
const TYPE_BITS: u16 = 0x3fff;
/// Bytes of a message's head, and of the family's head behind it.
const HEAD: usize = 16;
const FAMILY_HEAD: usize = 4;
/// The family's head for IPv4.
const IPV4: [u8; FAMILY_HEAD] = [2, 0, 0, 0];
/// Bytes of one answer of the kernel at the most.
const ANSWER: usize = 64 << 10;
/// The error of a flow that ended by itself meanwhile.
const GONE: i32 = 2;

/// The addresses that no longer lead where they led: of interfaces that went, and public ones that moved.
pub fn stale(before: &VpcSpec, after: &VpcSpec) -> BTreeSet<Ipv4Addr> {
    let mut stale = BTreeSet::new();
    for (id, was) in &before.interfaces {
        let is = after.interfaces.get(id);
        let kept = |address: &Ipv4Addr| is.is_some_and(|is| is.addresses().any(|one| one == *address));
        stale.extend(was.addresses().filter(|address| !kept(address)));
        if let Some(public) = was.public.filter(|public| is.is_none_or(|is| is.public != Some(*public))) {
            stale.extend([public, names::transit(public)]);
        }
    }
    stale
}

/// Forgets every flow of this thread's namespace that has one of these addresses at an end.
///
/// # Errors
/// `Failed` where the kernel does not answer as it should.
pub fn forget(addresses: &BTreeSet<Ipv4Addr>) -> Result<(), DriverError> {
    if addresses.is_empty() {
        return Ok(());
    }
    forget_flows(addresses).map_err(|error| DriverError::failed("forget the flows of an address", error))
}

fn forget_flows(addresses: &BTreeSet<Ipv4Addr>) -> io::Result<()> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::NETFILTER),
    )?;
    let mut meant = Vec::new();
    ask(&socket, &message(GET, REQUEST | DUMP, &[]), |flow| {
        meant.extend(deletion(flow, addresses));
    })?;
    for body in meant {
        ask(&socket, &message(DELETE, REQUEST | ACKNOWLEDGE, &body), |_| {})?;
    }
    Ok(())
}

/// Sends a request and hands on what answers it, to the end.
fn ask(socket: &OwnedFd, request: &[u8], mut each: impl FnMut(&[u8])) -> io::Result<()> {
    rustix::net::sendto(socket, request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut buffer = vec![0; ANSWER];
    loop {
        let (length, _) = rustix::net::recv(socket, &mut buffer[..], RecvFlags::empty())?;
        for (kind, body) in messages(&buffer[..length]) {
            match (kind, body) {
                (DONE, _) => return Ok(()),
                (ERROR, [a, b, c, d, ..]) => return outcome(i32::from_ne_bytes([*a, *b, *c, *d])),
                _ => each(body.get(FAMILY_HEAD..).unwrap_or_default()),
            }
        }
    }
}

/// What an acknowledgement says: nothing, or a negative error.
fn outcome(code: i32) -> io::Result<()> {
    match -code {
        0 | GONE => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    // A message of this module is a few hundred bytes.
    let length = u32::try_from(HEAD + FAMILY_HEAD + body.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend(IPV4);
    bytes.extend(body);
    bytes
}

/// The messages of an answer: type and body.
fn messages(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
        let body = bytes.get(HEAD..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, body))
    })
}

/// The attributes of a body: type, content, and the whole as it came.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8], &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
        let kind = u16::from_ne_bytes(bytes.get(2..4)?.try_into().ok()?) & TYPE_BITS;
        let content = bytes.get(4..length)?;
        let padded = length.next_multiple_of(4).min(bytes.len());
        let whole = &bytes[..padded];
        bytes = &bytes[padded..];
        Some((kind, content, whole))
    })
}

/// What deletes a flow, where one of the addresses is at an end of it: the direction and the id by which the kernel knows it.
fn deletion(flow: &[u8], addresses: &BTreeSet<Ipv4Addr>) -> Option<Vec<u8>> {
    let directions = || attributes(flow).filter(|(kind, ..)| DIRECTIONS.contains(kind));
    let is_meant = directions()
        .flat_map(|(_, direction, _)| ends(direction))
        .any(|end| addresses.contains(&end));
    let known_by = attributes(flow).filter(|(kind, ..)| [DIRECTIONS[0], ID].contains(kind));
    is_meant.then(|| known_by.flat_map(|(_, _, whole)| whole.to_vec()).collect())
}

/// The two ends of a direction.
fn ends(direction: &[u8]) -> Vec<Ipv4Addr> {
    let addresses = attributes(direction).filter(|(kind, ..)| *kind == ADDRESSES);
    let ends = addresses
        .flat_map(|(_, content, _)| attributes(content))
        .filter(|(kind, ..)| ENDS.contains(kind));
    ends.filter_map(|(_, content, _)| <[u8; 4]>::try_from(content).ok().map(Ipv4Addr::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + content.len()).expect("short");
        let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn direction(kind: u16, from: [u8; 4], to: [u8; 4]) -> Vec<u8> {
        let nested = 0x8000;
        let ends = [attribute(1, &from), attribute(2, &to)].concat();
        attribute(kind | nested, &attribute(ADDRESSES | nested, &ends))
    }

    #[test]
    fn a_flow_is_meant_by_either_end_of_either_direction() {
        let (client, public, private) = ([203, 0, 113, 1], [100, 64, 0, 1], [10, 0, 0, 5]);
        let original = direction(1, client, public);
        let id = attribute(ID, &[0, 0, 0, 7]);
        let flow = [original.clone(), direction(2, private, client), attribute(3, &[0; 5]), id.clone()].concat();
        for (address, meant) in [(public, true), (private, true), ([10, 0, 0, 6], false)] {
            let addresses = [Ipv4Addr::from(address)].into();
            let expected = meant.then(|| [original.clone(), id.clone()].concat());
            assert_eq!(deletion(&flow, &addresses), expected, "{address:?}");
        }
        let answer = [message(GET, 0, &flow), message(DONE, 0, &[])].concat();
        let kinds: Vec<_> = messages(&answer).map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [GET, DONE]);
        assert!(attributes(&[9, 0, 1]).next().is_none() && attributes(&[255, 0, 1, 0]).next().is_none());
    }
}
