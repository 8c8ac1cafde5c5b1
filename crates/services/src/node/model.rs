//! A node as the store keeps it.
//!
//! **Invariant**: its owner writes `spec`, the reconciler writes `status`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};
use tierra_drivers::compute::{Limits, SandboxFile, SandboxMount};
use tierra_model::Timestamp;

use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceId};

id_type!(/// `node-0123…`: the sandbox that it is.
    NodeId, "node-");

/// A sandbox that a managed service owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The account and region of its owner.
    pub place: Place,
    /// Its sandbox's name too.
    pub id: NodeId,
    /// What it should be.
    pub spec: NodeSpec,
    /// The data folders that it has beside its root, for life. They are made before it, and outlive it.
    #[serde(default)]
    pub mounts: Vec<SandboxMount>,
    /// What was found.
    #[serde(default)]
    pub status: NodeStatus,
}

/// What a node should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// The ARN of what it works for.
    pub owner: String,
    /// What the machine calls its root filesystem.
    pub image: String,
    /// Its host name.
    pub hostname: String,
    /// Its first process and that one's arguments.
    pub init: Vec<String>,
    /// Its environment. Secrets have no place here: they go by a file or a command's input.
    pub env: BTreeMap<String, String>,
    /// Files laid into its root before each start.
    pub files: Vec<SandboxFile>,
    /// Its network interfaces, in device order. At least one.
    pub interfaces: Vec<NetworkInterfaceId>,
    /// What it may use.
    pub limits: Limits,
    /// Whether it should run.
    pub power: Power,
    /// Raised by one for each restart that its owner wants.
    pub boot: u64,
}

/// Whether a node should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    /// Running.
    On,
    /// Stopped, its disk kept.
    Off,
    /// Ended, with its disk.
    Gone,
}

/// What was found of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// What the machine holds.
    pub found: Found,
    /// The `boot` of the spec with which it was last found running.
    pub booted: Option<u64>,
    /// When it was first found running since its last start.
    pub since: Option<Timestamp>,
    /// How often it was started again by itself. With `spec.boot` it makes the sandbox's boot.
    pub restarts: u64,
    /// The last end that nobody asked for.
    pub end: Option<End>,
    /// Why it is not there yet, for people.
    pub waits_for: Option<String>,
}

/// An end that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The sandbox's boot that ended.
    pub boot: u64,
    /// For people.
    pub reason: String,
    /// When it was noticed.
    pub at: Timestamp,
    /// How many there were in a row, this one too, each soon after a start.
    pub streak: u32,
}

/// What the machine holds of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// Nothing yet, or nothing any more.
    #[default]
    Nothing,
    /// Its first process lives.
    Running,
    /// It was stopped.
    Stopped,
    /// It ended by itself, and is to be started again.
    Exited,
}

impl Node {
    /// The nodes of an owner.
    pub fn of_owner(tx: &Tx, place: &Place, owner: &str) -> Vec<Self> {
        tx.by_index(place, "owner", owner)
    }

    /// Whether it runs as its spec says, and not at an older boot. What runs inside may not be ready yet.
    pub fn runs(&self) -> bool {
        self.status.found == Found::Running && self.status.booted == Some(self.spec.boot)
    }

    /// The boot that its sandbox should be at.
    pub(super) fn boot(&self) -> u64 {
        self.spec.boot + self.status.restarts
    }

    /// Its interfaces that there are, in device order.
    pub(super) fn interfaces(&self, tx: &Tx) -> Vec<NetworkInterface> {
        let ids = self.spec.interfaces.iter();
        ids.filter_map(|id| tx.find(&self.place, id)).collect()
    }
}

impl Resource for Node {
    const KIND: &'static str = "node/node";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let interfaces = self.spec.interfaces.iter().map(|id| ("interface", id.to_string()));
        interfaces.chain([("owner", self.spec.owner.clone())]).collect()
    }
}
