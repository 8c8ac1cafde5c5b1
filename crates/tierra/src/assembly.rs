//! How the house is put together: the store, the drivers, the services, the reconcilers, the edge.
//!
//! **Invariant**: the only place where the machine's clock and entropy are handed out; everything else gets them as arguments.

use std::io;
use std::sync::Arc;

use clap::ValueEnum;
use tierra_core::{AccountId, Ids, Registry, Store, StoreError, SystemClock};
use tierra_drivers::DriverError;
use tierra_drivers::agent::{Machine, Remote};
use tierra_services::Rooms;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::edge::{Auth, Authority, CaError, Edge};
use crate::home::Home;
use crate::root_key::RootKey;

/// What the cloud runs things on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Drivers {
    /// This machine, by way of the agent.
    Agent,
}

/// Why the house could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate authority cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The root user's key cannot be read or written.
    #[error("the root user's key: {0}")]
    RootKey(#[from] io::Error),
}

impl Drivers {
    /// As the command line says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
        }
    }

    /// The machine that is driven.
    pub fn machine(self, home: &Home) -> Machine {
        match self {
            Self::Agent => {
                let agent = Arc::new(Remote::new(home.agent_socket()));
                Machine {
                    compute: agent.clone(),
                    console: agent.clone(),
                    images: agent.clone(),
                    network: agent.clone(),
                    sockets: agent,
                }
            }
        }
    }
}

/// The control plane of one cloud, put together and not yet at work.
pub struct Cloud {
    rooms: Rooms,
    registry: Arc<Registry>,
    edge: Arc<Edge>,
}

impl Cloud {
    /// The cloud of this data directory. Nothing is started yet, and no driver is asked anything.
    ///
    /// # Errors
    /// Where a file of the data directory cannot be used.
    pub fn open(home: &Home, machine: Machine, auth: Auth) -> Result<Self, AssemblyError> {
        let ids = Ids::from_entropy();
        let root = RootKey::open(&home.root_key(), &ids)?;
        let rooms = rooms(Store::open(&home.store())?, ids, &machine);
        let registry = Arc::new(tierra_services::registry(&rooms));
        let authority = Arc::new(Authority::open(home.folder())?);
        let edge = Edge::new(rooms.clone(), Arc::clone(&registry), auth, AccountId(root.account), authority)?;
        Ok(Self {
            rooms,
            registry,
            edge: Arc::new(edge),
        })
    }

    /// The edge, for connections that are accepted elsewhere.
    pub fn edge(&self) -> Arc<Edge> {
        Arc::clone(&self.edge)
    }

    /// Serves the listener and reconciles until `stop` says true and what was under way has ended.
    pub async fn run(self, listener: TcpListener, stop: watch::Receiver<bool>) {
        let mut reconcilers = tierra_services::reconcile(&self.rooms, &self.registry, &stop);
        self.edge.serve(listener, stop).await;
        while reconcilers.join_next().await.is_some() {}
    }
}

fn rooms(store: Store, ids: Ids, machine: &Machine) -> Rooms {
    Rooms {
        store,
        clock: Arc::new(SystemClock),
        ids,
        compute: Arc::clone(&machine.compute),
        console: Arc::clone(&machine.console),
        network: Arc::clone(&machine.network),
        images: Arc::clone(&machine.images),
    }
}

/// Takes away everything that the drivers hold.
///
/// # Errors
/// Where something cannot be taken away.
pub async fn wipe(machine: &Machine) -> Result<(), DriverError> {
    for (sandbox, _) in machine.compute.observe().await? {
        machine.compute.remove(&sandbox).await?;
    }
    for (vpc, _) in machine.network.observe().await? {
        machine.network.remove(&vpc).await?;
    }
    for image in machine.images.observe().await? {
        machine.images.remove(&image.name).await?;
    }
    Ok(())
}
