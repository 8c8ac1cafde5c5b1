//! A security group as the store keeps it.

use std::fmt;
use std::str::FromStr;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};

use crate::ec2::vpc::VpcId;

id_type!(/// `sg-0123…`
    SecurityGroupId, "sg-");
id_type!(/// `sgr-0123…`
    SecurityGroupRuleId, "sgr-");

/// The group that every VPC has and no one can delete.
pub const DEFAULT_NAME: &str = "default";

/// A set of permissions for the interfaces that name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub place: Place,
    pub id: SecurityGroupId,
    pub name: String,
    pub description: String,
    pub vpc: VpcId,
    /// In the order in which they were made.
    pub rules: Vec<SecurityGroupRule>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    pub id: SecurityGroupRuleId,
    pub permission: Permission,
    pub description: Option<String>,
}

/// What a rule permits: two rules of a group never permit the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    pub direction: Direction,
    pub protocol: Protocol,
    /// Ports, or for ICMP type and code, where -1 is every one; `None` for protocols without.
    pub ports: Option<(i32, i32)>,
    pub peer: Peer,
}

/// Which way the first packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    Ingress,
    Egress,
}

/// To or from whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Peer {
    Cidr(Ipv4Net),
    /// Kept and told back; no packet of these networks is IPv6, so that it permits nothing.
    Cidr6(Ipv6Net),
    Group(SecurityGroupId),
}

/// An IP protocol: `-1` is every one; `tcp`, `udp`, `icmp` and `icmpv6` go by name, all others by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    All,
    Number(u8),
}

impl Protocol {
    pub const ICMP: Self = Self::Number(1);
    pub const TCP: Self = Self::Number(6);
    pub const UDP: Self = Self::Number(17);
    pub const ICMPV6: Self = Self::Number(58);
    const NAMES: [(&'static str, Self); 4] = [
        ("tcp", Self::TCP),
        ("udp", Self::UDP),
        ("icmp", Self::ICMP),
        ("icmpv6", Self::ICMPV6),
    ];
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, protocol)| protocol == self);
        match (name, self) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Self::All) => f.write_str("-1"),
            (None, Self::Number(number)) => write!(f, "{number}"),
        }
    }
}

impl FromStr for Protocol {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.to_ascii_lowercase();
        if text == "-1" || text == "all" {
            return Ok(Self::All);
        }
        let named = Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, protocol)| *protocol);
        named.or_else(|| text.parse().ok().map(Self::Number)).ok_or(())
    }
}

/// As AWS words a rule that is there already.
impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::All => "ALL".to_owned(),
            other => other.to_string().to_uppercase(),
        };
        write!(f, "peer: {}, {protocol}, ", self.peer)?;
        if let Some((from, to)) = self.ports {
            write!(f, "from port: {from}, to port: {to}, ")?;
        }
        f.write_str("ALLOW")
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(cidr) => cidr.fmt(f),
            Self::Cidr6(cidr) => cidr.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl SecurityGroup {
    /// The group of this name in a VPC.
    pub fn named(tx: &Tx, place: &Place, vpc: &VpcId, name: &str) -> Option<Self> {
        tx.by_index::<Self>(place, "vpc", vpc.as_str())
            .into_iter()
            .find(|group| group.name == name)
    }

    /// The rules of one direction.
    pub fn rules(&self, direction: Direction) -> impl Iterator<Item = &SecurityGroupRule> {
        self.rules.iter().filter(move |rule| rule.permission.direction == direction)
    }

    /// The groups that its rules name, itself included where they do.
    pub fn named_groups(&self) -> impl Iterator<Item = &SecurityGroupId> {
        self.rules.iter().filter_map(|rule| match &rule.permission.peer {
            Peer::Group(group) => Some(group),
            Peer::Cidr(_) | Peer::Cidr6(_) => None,
        })
    }
}

impl Resource for SecurityGroup {
    const KIND: &'static str = "ec2/security-group";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let rules = self.rules.iter().map(|rule| ("rule", rule.id.to_string()));
        let named = self.named_groups().map(|group| ("names", group.to_string()));
        rules.chain(named).chain([("vpc", self.vpc.to_string())]).collect()
    }
}
