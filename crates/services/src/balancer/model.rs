//! A balancer and its nodes as the store keeps them.
//!
//! **Invariant**: operations write [`Balancer`] and make and end [`ZoneNode`]s; a node's `status` is the reconciler's.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx};
use tierra_dataplane::balancer::config::Kind;
use tierra_dataplane::balancer::control::Health;
use tierra_model::{Timestamp, text_enum};

use crate::ec2::network_interface::NetworkInterfaceId;
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;
use crate::node::NodeId;

text_enum! {
    /// Whether the world reaches it.
    pub enum Scheme { InternetFacing = "internet-facing", Internal = "internal" }
}

/// A load balancer of whatever kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balancer {
    pub place: Place,
    /// As interfaces and access logs name it: `app/NAME/ID`, a classic one's `NAME`.
    pub name: String,
    pub kind: Kind,
    /// Its ARN.
    pub arn: String,
    pub scheme: Scheme,
    pub vpc: VpcId,
    pub groups: Vec<SecurityGroupId>,
    pub dns_name: String,
    /// What makes stickiness cookies its own. Random.
    pub cookie_key: String,
    pub created: Timestamp,
    /// The certificates that its listeners name.
    pub certificates: BTreeSet<String>,
}

/// The node of a balancer in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneNode {
    pub place: Place,
    /// Its node's too.
    pub id: NodeId,
    /// The name of its balancer.
    pub balancer: String,
    /// `us-east-1a`
    pub zone: String,
    pub subnet: SubnetId,
    pub interface: NetworkInterfaceId,
    /// The zone was taken from its balancer, or that is gone: the node ends, and then its interface.
    pub leaving: bool,
    #[serde(default)]
    pub status: NodeStatus,
}

/// What was found of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// It served at least once.
    pub has_served: bool,
    /// It answers now.
    pub serves: bool,
    /// Why not, or what of its configuration it cannot do; for people.
    pub trouble: Option<String>,
    /// The health of targets, by group and target.
    pub health: BTreeMap<String, BTreeMap<String, Health>>,
    /// No target that it may use is well: while other zones have one, the balancer's name does not lead here.
    #[serde(default)]
    pub failing: bool,
    /// Draining targets, by group and target, that have nothing under way any more.
    pub drained: BTreeSet<(String, String)>,
}

/// A target that is let finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The groups that it is in.
    pub groups: Vec<String>,
    pub target: String,
    pub since: Timestamp,
    /// How long it may take.
    pub seconds: u64,
}

impl Balancer {
    /// The balancer of this name.
    pub fn named(tx: &Tx, place: &Place, name: &str) -> Option<Self> {
        tx.find(place, name)
    }

    /// Its nodes, by zone; those that are leaving too.
    pub fn nodes(&self, tx: &Tx) -> Vec<ZoneNode> {
        let mut nodes: Vec<ZoneNode> = tx.by_index(&self.place, "balancer", &self.name);
        nodes.sort_by(|a, b| (a.leaving, &a.zone).cmp(&(b.leaving, &b.zone)));
        nodes
    }

    /// Its nodes that stay, by zone.
    pub fn standing(&self, tx: &Tx) -> Vec<ZoneNode> {
        let nodes = self.nodes(tx).into_iter();
        nodes.filter(|node| !node.leaving).collect()
    }

    /// How its interfaces are described: `ELB app/NAME/ID`.
    pub fn description(&self) -> String {
        format!("ELB {}", self.name)
    }

    /// Whether every node of it has served.
    pub fn has_served(&self, tx: &Tx) -> bool {
        let nodes = self.standing(tx);
        !nodes.is_empty() && nodes.iter().all(|node| node.status.has_served)
    }
}

impl Resource for Balancer {
    const KIND: &'static str = "balancer/balancer";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let certificates = self.certificates.iter();
        certificates.map(|arn| ("certificate", arn.clone())).collect()
    }
}

impl Resource for ZoneNode {
    const KIND: &'static str = "balancer/node";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("balancer", self.balancer.clone()), ("interface", self.interface.to_string())]
    }
}

/// The Route 53 hosted zone of balancers' names in a region ("Elastic Load Balancing endpoints and quotas").
pub fn hosted_zone(region: &tierra_core::Region) -> &'static str {
    match region.0.as_str() {
        "us-east-2" => "Z3AADJGX6KTTL2",
        "us-west-1" => "Z368ELLRRE2KJ0",
        "us-west-2" => "Z1H1FL5HABSF5",
        "ap-south-1" => "ZP97RAFLXTNZK",
        "ap-northeast-1" => "Z14GRHDCWA56QT",
        "ap-northeast-2" => "ZWKZPGTI48KDX",
        "ap-northeast-3" => "Z5LXEXXYW11ES",
        "ap-southeast-1" => "Z1LMS91P8CMLE5",
        "ap-southeast-2" => "Z1GM3OXH4ZPM65",
        "ca-central-1" => "ZQSVJUPU6J1EY",
        "eu-central-1" => "Z215JYRZR1TBD5",
        "eu-west-1" => "Z32O12XQLNTSW2",
        "eu-west-2" => "ZHURV8PSTC4K8",
        "eu-west-3" => "Z3Q77PNBQS71R4",
        "eu-north-1" => "Z23TAZ6LKFMNIO",
        "sa-east-1" => "Z2P70J7HTTTPLU",
        _ => "Z35SXDOTRQ7X7K",
    }
}
