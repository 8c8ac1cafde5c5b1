//! An internet gateway as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};

use crate::ec2::vpc::VpcId;

id_type!(/// `igw-0123…`
    InternetGatewayId, "igw-");

/// A VPC's door to the internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    pub place: Place,
    pub id: InternetGatewayId,
    /// The VPC that it is attached to.
    pub vpc: Option<VpcId>,
}

impl InternetGateway {
    /// The one that is attached to this VPC.
    pub fn of_vpc(tx: &Tx, place: &Place, vpc: &VpcId) -> Option<Self> {
        tx.by_index(place, "vpc", vpc.as_str()).pop()
    }
}

impl Resource for InternetGateway {
    const KIND: &'static str = "ec2/internet-gateway";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        self.vpc.iter().map(|vpc| ("vpc", vpc.to_string())).collect()
    }
}
