//! The configuration made ready: rules compiled, certificates parsed, each group with its targets and their health.
//!
//! **Invariant**: immutable but for numbers (health, loads, counters) that each have one writer. What outlives a change of
//! the configuration (a target's health, a group's counters) is the same value in the next.

mod group;
mod listener;
mod target;

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::config::{Attributes, Config, GroupId, Kind};
use super::control::ListenerProblem;

pub use group::{Group, HeldGroup, Member};
pub use listener::{Address, Listener};
pub use target::Target;

/// What the threads serve from.
#[derive(Debug)]
pub struct Live {
    /// The configuration's revision.
    pub revision: u64,
    /// Which balancer it behaves as.
    pub kind: Kind,
    /// As access logs name it.
    pub name: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// Whether lines for access logs are made.
    pub access_log: bool,
    /// By port; see [`Live::listener`].
    pub listeners: HashMap<u16, Arc<Listener>>,
    /// By id.
    pub groups: HashMap<GroupId, Arc<Group>>,
    zones: HashMap<IpAddr, String>,
}

/// One thread's hold on the configuration. Every request holds it in turn, so each thread counts for itself: a count that all
/// share is the slowest thing on the whole way.
#[derive(Debug)]
pub struct Held {
    /// The groups, each held once for the thread.
    pub groups: HashMap<GroupId, Rc<HeldGroup>>,
    live: Arc<Live>,
}

impl Held {
    /// Holds it.
    pub fn new(live: Arc<Live>) -> Self {
        let groups = live
            .groups
            .iter()
            .map(|(id, group)| (id.clone(), Rc::new(HeldGroup(Arc::clone(group)))));
        Self {
            groups: groups.collect(),
            live,
        }
    }
}

impl Deref for Held {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.live
    }
}

impl Live {
    /// What is served before the first configuration: nothing.
    pub fn empty() -> Self {
        Self {
            revision: 0,
            kind: Kind::Application,
            name: String::new(),
            attributes: Attributes::default(),
            access_log: false,
            listeners: HashMap::new(),
            groups: HashMap::new(),
            zones: HashMap::new(),
        }
    }

    /// Makes a configuration ready for so many threads, taking over from the one before what goes on. Listeners that cannot
    /// be are left out and named.
    pub fn new(config: Config, before: &Self, threads: usize) -> (Self, Vec<ListenerProblem>) {
        let (kind, attributes) = (config.kind, config.attributes);
        let mut problems = Vec::new();
        let mut listeners = HashMap::new();
        for listener in config.listeners {
            let port = listener.port;
            match Listener::new(listener, attributes.http2) {
                Ok(ready) => drop(listeners.insert(port, Arc::new(ready))),
                Err(error) => problems.push(ListenerProblem {
                    port,
                    problem: error.to_string(),
                }),
            }
        }
        let (key, cross_zone) = (&config.cookie_key, attributes.cross_zone);
        let groups = config.groups.into_iter().map(|group| {
            let id = group.id.clone();
            let ready = Group::new(group, key, cross_zone, before.groups.get(&id), threads);
            (id, Arc::new(ready))
        });
        let groups = groups.collect();
        let live = Self {
            revision: config.revision,
            kind,
            name: config.name,
            attributes,
            access_log: config.access_log,
            listeners,
            groups,
            zones: zones(config.zones),
        };
        (live, problems)
    }

    /// The listener of a port.
    pub fn listener(&self, port: u16) -> Option<&Arc<Listener>> {
        self.listeners.get(&port)
    }

    /// The zone that one of the node's own addresses is in.
    pub fn zone(&self, local: IpAddr) -> Option<&str> {
        self.zones.get(&local).map(String::as_str)
    }

    /// Where to listen.
    pub fn addresses(&self) -> Vec<Address> {
        let everywhere = [IpAddr::from([0, 0, 0, 0])];
        let own: Vec<IpAddr> = self.zones.keys().copied().collect();
        let addresses = if own.is_empty() { &everywhere[..] } else { &own };
        let listeners = self.listeners.values();
        let all = listeners.flat_map(|listener| addresses.iter().map(|ip| Address::new(*ip, listener)));
        all.collect()
    }
}

fn zones(zones: Vec<super::config::Zone>) -> HashMap<IpAddr, String> {
    let pairs = zones
        .into_iter()
        .flat_map(|zone| zone.addresses.into_iter().map(move |address| (address, zone.name.clone())));
    pairs.collect()
}
