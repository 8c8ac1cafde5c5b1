//! The packet filter as a value: what a namespace's nftables table should hold, and the changes from one such value to the
//! next. Compiled from specs by [`vpc`] and [`host`], written in nft's language by [`encode`].
//!
//! **Invariant**: pure. A change touches only what differs: a table is never reloaded while its flows run.

pub mod diff;
pub mod encode;
pub mod host;
pub mod vpc;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::network::names;

pub use diff::{Change, diff};

/// All that one table holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// Sets and maps by name.
    pub sets: BTreeMap<String, Set>,
    /// Chains by name.
    pub chains: BTreeMap<String, Chain>,
}

/// A set, or a map where its kind has values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// What its elements are.
    pub kind: SetKind,
    /// They, each with its value where it is a map.
    pub elements: BTreeMap<Vec<Field>, Option<Value>>,
}

/// What the elements of a set are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetKind {
    /// Addresses.
    Addresses,
    /// Device names.
    Devices,
    /// A device and an address.
    DeviceAddresses,
    /// A kind of packet: protocol, first and second two bytes of its header, each a range.
    Services,
    /// A block and a kind of packet.
    BlockServices,
    /// Where packets of a device are judged.
    DeviceVerdicts,
    /// The mark of a device's packets.
    DeviceMarks,
    /// An address for an address.
    AddressMap,
}

/// A part of an element.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// An address.
    Address(Ipv4Addr),
    /// A block.
    Block(Ipv4Net),
    /// A device name.
    Device(String),
    /// A range of numbers, both ends included.
    Range(u16, u16),
}

/// What a map gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An address.
    Address(Ipv4Addr),
    /// A mark.
    Mark(u32),
    /// Go on in this chain.
    Goto(String),
}

/// A chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Where packets enter it; `None` where only other chains lead here.
    pub hook: Option<Hook>,
    /// Its rules in order.
    pub lines: Vec<Line>,
}

/// Where packets enter a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Whether it translates addresses.
    pub nat: bool,
    /// The kernel's hook.
    pub at: HookPoint,
    /// Among the chains of a hook, lowest first.
    pub priority: i32,
    /// Whether what reaches its end is dropped.
    pub drop: bool,
}

/// The kernel's hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookPoint {
    /// As a packet arrives.
    Prerouting,
    /// To this namespace's own addresses.
    Input,
    /// Through this namespace.
    Forward,
    /// Made in this namespace.
    Output,
    /// As a packet leaves.
    Postrouting,
}

/// One rule: its statements in order; a match that fails ends it.
pub type Line = Vec<Statement>;

/// A part of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Goes on only where these parts of the packet are an element of the set.
    In(Vec<Part>, String),
    /// Goes on only where the packet arrived at (or leaves by) this device; a closing `*` stands for anything.
    Device(Part, String),
    /// Goes on only where the part lies in the block (or, with `false`, outside).
    Block(Part, Ipv4Net, bool),
    /// Goes on only for the first packets of flows.
    New,
    /// Accepts answers and what belongs to accepted flows, drops what belongs to none.
    Tracked,
    /// Marks the packet with what the map gives for the part; goes on only where it gives something.
    Mark(Part, String),
    /// Goes where the map says.
    Dispatch(Part, String),
    /// Changes the destination to what the map gives for it.
    TranslateDestination(String),
    /// Changes the source to what the map gives for it.
    TranslateSource(String),
    /// Changes the source to this address.
    Source(Ipv4Addr),
    /// Changes the source to that of the device by which the packet leaves.
    Masquerade,
    /// Goes through that chain and comes back.
    Jump(String),
    /// Goes on in that chain.
    Goto(String),
    /// Passes this hook.
    Accept,
    /// Ends here.
    Drop,
}

/// A part of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The device by which it came.
    InDevice,
    /// The device by which it goes.
    OutDevice,
    /// Its source address.
    Source,
    /// Its destination address.
    Destination,
    /// Its transport protocol's number.
    Protocol,
    /// The first two bytes of its transport header.
    First,
    /// The next two.
    Second,
}

impl Ruleset {
    /// Adds a set or map; an empty one too, so that rules can name it.
    fn set(&mut self, name: impl Into<String>, kind: SetKind, elements: impl IntoIterator<Item = (Vec<Field>, Option<Value>)>) {
        self.sets.insert(
            name.into(),
            Set {
                kind,
                elements: elements.into_iter().collect(),
            },
        );
    }

    /// Adds a chain at a hook.
    fn base(&mut self, name: &str, hook: Hook, lines: Vec<Line>) {
        self.chains.insert(name.into(), Chain { hook: Some(hook), lines });
    }

    /// Adds a chain that others lead to.
    fn chain(&mut self, name: impl Into<String>, lines: Vec<Line>) {
        self.chains.insert(name.into(), Chain { hook: None, lines });
    }

    /// Adds the empty chain whose name says what the table holds, so that a later process can tell whether it is up to date.
    fn mark(&mut self) {
        let name = format!("{MARKER}{:016x}", names::digest(&format!("{self:?}")));
        self.chain(name, Vec::new());
    }

    /// The name of that chain.
    pub fn marker(&self) -> Option<&str> {
        self.chains.keys().map(String::as_str).find(|name| name.starts_with(MARKER))
    }
}

/// What the name of the chain that says what a table holds begins with.
pub const MARKER: &str = "applied_";
