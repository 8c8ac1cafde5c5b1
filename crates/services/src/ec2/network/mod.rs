//! The network of a VPC on the machine: what it should be follows from the rows of its nouns, and the driver makes it so.
//!
//! **Invariant**: a [`Network`] row is there before anything of its VPC is on the machine, and goes only after all of it has gone.

mod reconcile;
mod spec;

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};

pub use reconcile::start;
pub use spec::vpc_spec;

use super::vpc::VpcId;

/// That the machine holds, or may hold, a VPC's network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    place: Place,
    pub vpc: VpcId,
    /// The VPC was deleted: the machine must let go of it.
    pub leaving: bool,
}

impl Network {
    /// The network of a new VPC.
    pub fn new(place: &Place, vpc: &VpcId) -> Self {
        Self {
            place: place.clone(),
            vpc: vpc.clone(),
            leaving: false,
        }
    }

    /// The network of a VPC that was deleted.
    pub fn leaving(place: &Place, vpc: &VpcId) -> Self {
        Self {
            leaving: true,
            ..Self::new(place, vpc)
        }
    }
}

impl Resource for Network {
    const KIND: &'static str = "ec2/network";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.vpc.to_string()
    }
}
