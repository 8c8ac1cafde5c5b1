//! What the cloud itself serves inside each VPC: metadata at 169.254.169.254, names at `.2` and 169.254.169.253, AWS's endpoints
//! under their own names. The sockets are opened by the agent in the VPC's namespace and served here.
//!
//! **Invariant**: a VPC's sockets are open for as long as its network is there, and answer from the store alone.

mod metadata;
mod names;
mod sockets;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tierra_core::reconcile::{Next, Reconciler};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Resource, Tx};
use tierra_drivers::network::Sockets;
use tierra_services::Rooms;
use tierra_services::ec2::network::Network;
use tierra_services::ec2::network_interface::NetworkInterface;
use tierra_services::names::Name;

use crate::edge::Edge;
use sockets::Served;

/// Serves every VPC.
pub struct VpcServices {
    rooms: Rooms,
    sockets: Arc<dyn Sockets>,
    edge: Arc<Edge>,
    upstreams: Vec<std::net::SocketAddr>,
    served: Mutex<BTreeMap<String, Arc<Served>>>,
}

/// One thing to do for a VPC.
#[derive(Debug)]
pub enum Step {
    /// Open its sockets where they are not, and answer names from this.
    Serve(Box<names::Plan>),
    /// Close them.
    Close,
}

impl VpcServices {
    /// Services that open their sockets by `sockets` and ask the host's own resolvers for what they do not know.
    pub fn new(rooms: Rooms, sockets: Arc<dyn Sockets>, edge: Arc<Edge>) -> Self {
        let upstreams = names::host_resolvers();
        Self {
            rooms,
            sockets,
            edge,
            upstreams,
            served: Mutex::default(),
        }
    }

    /// Whether the machine has VPCs in which something can be served.
    pub fn can_serve(&self) -> bool {
        self.sockets.are_real()
    }

    fn with_served<T>(&self, body: impl FnOnce(&mut BTreeMap<String, Arc<Served>>) -> T) -> T {
        // Holders only insert and remove.
        body(&mut self.served.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn serve(&self, key: &Key<Network>, plan: names::Plan) -> Result<(), DriverError> {
        let zone = Arc::new(plan.zone);
        if let Some(served) = self.with_served(|all| all.get(&key.id).cloned()) {
            served.tell(zone);
            return Ok(());
        }
        let served = Served::open(self, key, plan.resolver, zone).await?;
        self.with_served(|all| all.insert(key.id.clone(), Arc::new(served)));
        Ok(())
    }
}

#[async_trait]
impl Reconciler for VpcServices {
    const NAME: &'static str = "vpc services";
    type Root = Network;
    type Actual = ();
    type Step = Step;

    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Network>> {
        let network = change.key::<Network>().into_iter();
        let interface = change.key::<NetworkInterface>().into_iter().flat_map(|key| match world.get(&key) {
            Some(interface) => vec![Key::new(&key.place, &interface.vpc)],
            // It is gone, and where it was is no longer written anywhere.
            None => world
                .list::<Network>(&key.place)
                .iter()
                .map(|network| Key::new(&key.place, &network.vpc))
                .collect(),
        });
        // A name is answered in every VPC.
        let name = change.key::<Name>().map(|_| world.all::<Network>());
        let named = name.into_iter().flatten().map(|network| Key::new(network.place(), &network.vpc));
        network.chain(interface).chain(named).collect()
    }

    async fn observe(&self, _: &Key<Network>) -> Result<(), DriverError> {
        Ok(())
    }

    fn plan(&self, world: &Tx, key: &Key<Network>, (): &()) -> Vec<Step> {
        let network = world.get(key).filter(|network| !network.leaving);
        match network.and_then(|_| names::plan(world, key, &self.upstreams)) {
            Some(plan) => vec![Step::Serve(Box::new(plan))],
            None => vec![Step::Close],
        }
    }

    async fn apply(&self, key: &Key<Network>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Serve(plan) => self.serve(key, *plan).await?,
            // Dropping what is served closes its sockets.
            Step::Close => drop(self.with_served(|all| all.remove(&key.id))),
        }
        Ok(Next::Settled)
    }
}
