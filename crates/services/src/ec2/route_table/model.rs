//! A route table as the store keeps it.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};
use tierra_model::text_enum;

use crate::ec2::internet_gateway::{InternetGateway, InternetGatewayId};
use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceId};
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;

id_type!(/// `rtb-0123…`
    RouteTableId, "rtb-");
id_type!(/// `rtbassoc-0123…`
    RouteTableAssociationId, "rtbassoc-");

/// A table of routes for the subnets that are associated with it; the main table is for all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    pub place: Place,
    pub id: RouteTableId,
    pub vpc: VpcId,
    /// In the order in which they were made; the local route is first.
    pub routes: Vec<Route>,
    pub associations: Vec<Association>,
    /// What its caller said, so that a creation that is tried again makes no second one.
    pub client_token: Option<String>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub destination: Ipv4Net,
    pub target: Target,
}

/// Where a route leads. The target may have gone since: then the route is a black hole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Within the VPC.
    Local,
    InternetGateway(InternetGatewayId),
    Interface(NetworkInterfaceId),
}

/// Whom the table is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    pub id: RouteTableAssociationId,
    /// `None`: it is the VPC's main table.
    pub subnet: Option<SubnetId>,
}

text_enum! {
    /// Whether packets get anywhere by a route.
    pub enum RouteState {
        Active = "active",
        Blackhole = "blackhole",
    }
}

impl Route {
    /// Whether its target is there and takes packets.
    pub fn state(&self, tx: &Tx, place: &Place, vpc: &VpcId) -> RouteState {
        let leads_somewhere = match &self.target {
            Target::Local => true,
            Target::InternetGateway(id) => tx
                .find::<InternetGateway>(place, id)
                .is_some_and(|gateway| gateway.vpc.as_ref() == Some(vpc)),
            Target::Interface(id) => tx.find::<NetworkInterface>(place, id).is_some_and(|eni| eni.attachment.is_some()),
        };
        if leads_somewhere {
            RouteState::Active
        } else {
            RouteState::Blackhole
        }
    }
}

impl RouteTable {
    /// Whether it is its VPC's main table.
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.subnet.is_none())
    }

    /// The main table of a VPC.
    pub fn main(tx: &Tx, place: &Place, vpc: &VpcId) -> Option<Self> {
        tx.by_index(place, "main", vpc.as_str()).pop()
    }

    /// The table that a subnet is explicitly associated with.
    pub fn explicit(tx: &Tx, place: &Place, subnet: &SubnetId) -> Option<Self> {
        tx.by_index(place, "subnet", subnet.as_str()).pop()
    }

    /// The table that routes a subnet's packets.
    pub fn of_subnet(tx: &Tx, place: &Place, subnet: &SubnetId, vpc: &VpcId) -> Option<Self> {
        Self::explicit(tx, place, subnet).or_else(|| Self::main(tx, place, vpc))
    }
}

impl Resource for RouteTable {
    const KIND: &'static str = "ec2/route-table";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let associated = self.associations.iter().flat_map(|association| {
            let whom = match &association.subnet {
                Some(subnet) => ("subnet", subnet.to_string()),
                None => ("main", self.vpc.to_string()),
            };
            [("association", association.id.to_string()), whom]
        });
        let token = self.client_token.iter().map(|token| ("token", token.clone()));
        associated.chain(token).chain([("vpc", self.vpc.to_string())]).collect()
    }
}
