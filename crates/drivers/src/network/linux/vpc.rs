//! One VPC: its namespace, what is in it, and its connection to the host.
//!
//! **Invariant**: the packet filter knows an interface before it has a device, and forgets it no later than the device goes.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use super::conntrack;
use super::host::{Host, Uplink};
use super::nft::Firewall;
use super::record::{Records, VpcRecord};
use super::topology;
use super::worker::{Place, Worker};
use crate::DriverError;
use crate::network::rules::vpc::compile;
use crate::network::{Target, VpcId, VpcSpec, VpcState};

/// The table of a VPC's namespace.
const TABLE: &str = "tierra";

/// A VPC whose namespace is there.
#[derive(Debug)]
pub struct Vpc {
    id: VpcId,
    index: u16,
    worker: Worker,
    firewall: Firewall,
    /// What it was last told to be.
    spec: Arc<VpcSpec>,
}

/// A namespace's file, opened.
pub fn namespace(path: &Path) -> Result<OwnedFd, DriverError> {
    let file = File::open(path).map_err(|error| DriverError::failed(format!("open {}", path.display()), error))?;
    Ok(file.into())
}

/// Unbinds and deletes a namespace's file. Succeeds where there is none.
pub fn unbind(path: &Path) -> Result<(), DriverError> {
    let _ = rustix::mount::unmount(path, rustix::mount::UnmountFlags::DETACH);
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DriverError::failed(format!("delete {}", path.display()), error)),
        _ => Ok(()),
    }
}

/// How a VPC with this spec is connected to the host; `None` where no route leads to an internet gateway.
pub fn uplink(spec: &VpcSpec, index: u16) -> Option<Uplink> {
    let leads_out = spec
        .subnets
        .values()
        .any(|subnet| subnet.routes.values().any(|target| *target == Target::InternetGateway));
    leads_out.then(|| Uplink {
        index,
        publics: spec.interfaces.values().filter_map(|one| one.public).collect(),
    })
}

impl Vpc {
    /// Makes the namespace.
    pub async fn make(records: &Records, id: &VpcId, index: u16) -> Result<Self, DriverError> {
        let path = records.namespace(id);
        unbind(&path)?;
        Self::new(id, index, Worker::start(Place::Make(path)).await?).await
    }

    /// Takes up a namespace that an earlier process made. `None` where there is none (the machine was restarted).
    pub async fn adopt(records: &Records, id: &VpcId, record: &VpcRecord) -> Result<Option<Self>, DriverError> {
        let Ok(namespace) = namespace(&records.namespace(id)) else {
            return Ok(None);
        };
        let Ok(worker) = Worker::start(Place::Enter(namespace)).await else {
            return Ok(None);
        };
        let mut vpc = Self::new(id, record.index, worker).await?;
        vpc.firewall.adopt(&vpc.worker, compile(&record.spec)).await?;
        vpc.spec = Arc::new(record.spec.clone());
        Ok(Some(vpc))
    }

    async fn new(id: &VpcId, index: u16, worker: Worker) -> Result<Self, DriverError> {
        worker.run(topology::prepare).await?;
        Ok(Self {
            id: id.clone(),
            index,
            worker,
            firewall: Firewall::new(TABLE),
            spec: Arc::default(),
        })
    }

    /// The thread in its namespace.
    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// Which veth to the host is its own.
    pub fn index(&self) -> u16 {
        self.index
    }

    /// Brings all of it to what `spec` says.
    pub async fn apply(&mut self, records: &Records, host: &Host, spec: Arc<VpcSpec>) -> Result<VpcState, DriverError> {
        self.firewall.apply(&self.worker, compile(&spec)).await?;
        match uplink(&spec, self.index) {
            Some(uplink) => host.connect(&self.id, uplink, namespace(&records.namespace(&self.id))?).await?,
            None => host.disconnect(&self.id).await?,
        }
        let (index, whole) = (self.index, spec.clone());
        let state = self
            .worker
            .run(move |links| async move { topology::converge(links, &whole, index).await });
        let state = state.await?;
        // Last of all: by now nothing leads to what is stale, so that no flow to it can begin anew.
        let stale = conntrack::stale(&self.spec, &spec);
        self.worker.run(move |_| async move { conntrack::forget(&stale) }).await?;
        self.spec = spec;
        Ok(state)
    }

    /// What of it is there.
    pub async fn state(&self, spec: Arc<VpcSpec>) -> Result<VpcState, DriverError> {
        self.worker
            .run(move |links| async move { Ok(topology::state(&spec, &links.devices().await?)) })
            .await
    }

    /// Empties the namespace, so that nothing of it is left even while someone holds one of its sockets.
    pub async fn clear(&mut self) -> Result<(), DriverError> {
        self.worker.run(topology::clear).await?;
        self.firewall.remove(&self.worker).await
    }
}
