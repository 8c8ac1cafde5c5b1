//! Where an instance is and whether it can serve.

use std::net::Ipv4Addr;

use tierra_core::{Place, Tx};

use crate::ec2::instance::{Instance, InstanceState};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::vpc::VpcId;

/// An instance as a balancer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub state: InstanceState,
    /// Its primary private address, as long as it has one.
    pub address: Option<Ipv4Addr>,
    pub zone: String,
    pub vpc: VpcId,
}

impl Server {
    /// The instance of this id.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Option<Self> {
        let instance: Instance = tx.find(place, id)?;
        let interfaces = NetworkInterface::of_instance(tx, place, id);
        Some(Self {
            state: instance.state(),
            address: interfaces.first().map(|interface| interface.address),
            zone: instance.spec.zone,
            vpc: instance.spec.vpc,
        })
    }

    /// Whether requests may be sent to it.
    pub fn runs(&self) -> bool {
        matches!(self.state, InstanceState::Running)
    }
}
