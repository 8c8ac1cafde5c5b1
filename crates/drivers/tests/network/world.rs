//! What the contract asks of a twin, beside the driver's traits: guests that can be plugged, and probes.

use std::os::fd::AsFd;

use async_trait::async_trait;
use tierra_drivers::network::policy::{End, Probe};
use tierra_drivers::network::sim::SimNetwork;
use tierra_drivers::network::{Network, Plug};

use crate::spec::VPC;

/// A packet to be tried.
pub type Try = (End, End, Probe);

/// A twin with guests.
#[async_trait]
pub trait World: Send + Sync {
    /// The driver.
    fn network(&self) -> &dyn Network;
    /// Makes a guest with this interface.
    async fn plug(&self, interface: &str);
    /// Which of these packets of [`VPC`] reach their receiver.
    async fn pass(&self, tries: &[Try]) -> Vec<bool>;
}

#[async_trait]
impl World for SimNetwork {
    fn network(&self) -> &dyn Network {
        self
    }

    async fn plug(&self, interface: &str) {
        let any = std::fs::File::open("/").expect("a descriptor");
        Plug::plug(self, &interface.to_owned(), any.as_fd(), "eth0").expect("plug");
    }

    async fn pass(&self, tries: &[Try]) -> Vec<bool> {
        tries
            .iter()
            .map(|(from, to, probe)| self.passes(&VPC.to_owned(), from, to, *probe))
            .collect()
    }
}
