//! Drivers with all that goes wrong on their machine.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tierra_drivers::DriverError;
use tierra_drivers::compute::inside::{Command, Control, Exec, Output};
use tierra_drivers::compute::sim::{SimCapture, SimCompute};
use tierra_drivers::compute::{Capture, Compute, Phase, Power, SandboxId, SandboxSpec, SandboxState, Still};
use tierra_drivers::data::{Data, DataId, Origin};
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::image::{ImageState, Images};
use tierra_drivers::names::{HostNames, Names};
use tierra_drivers::network::sim::SimNetwork;
use tierra_drivers::network::{Network, Plug, VpcId, VpcSpec, VpcState};
use tokio::net::UnixStream;

use crate::machine::Faults;

/// A driver and what goes wrong on its machine.
pub struct Faulty<D: ?Sized>(pub Arc<D>, pub Arc<Faults>);

/// Sandboxes that are plugged into the networks, as on a real machine.
pub struct FaultyCompute {
    /// The sandboxes.
    pub compute: Arc<SimCompute>,
    /// Their networks.
    pub network: Arc<SimNetwork>,
    /// What goes wrong.
    pub faults: Arc<Faults>,
}

#[async_trait]
impl Compute for FaultyCompute {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        let compute = Arc::clone(&self.compute);
        self.faults.look(async move { compute.observe().await }).await
    }

    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        let what = format!("Compute::ensure {id:?}");
        let (compute, network, id, spec) = (Arc::clone(&self.compute), Arc::clone(&self.network), id.clone(), spec.clone());
        let work = async move {
            let before = compute.observe().await?;
            let runs = before
                .iter()
                .any(|(one, state)| *one == id && state.phase == Phase::Running && state.boot == spec.boot);
            if spec.power == Power::On && !runs {
                plug(&network, &spec)?;
            }
            compute.ensure(&id, &spec).await
        };
        self.faults.deed(what, work).await
    }

    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        let (compute, id) = (Arc::clone(&self.compute), id.clone());
        self.faults
            .deed(format!("Compute::remove {id:?}"), async move { compute.remove(&id).await })
            .await
    }
}

#[async_trait]
impl Control for FaultyCompute {
    async fn connect(&self, id: &SandboxId, path: &str) -> Result<UnixStream, DriverError> {
        let (compute, id, path) = (Arc::clone(&self.compute), id.clone(), path.to_owned());
        self.faults.look(async move { compute.connect(&id, &path).await }).await
    }
}

/// Puts a sandbox's interfaces in.
fn plug(network: &SimNetwork, spec: &SandboxSpec) -> Result<(), DriverError> {
    let nowhere = std::fs::File::open("/dev/null").map_err(|error| DriverError::failed("plugging", error))?;
    let mut interfaces = spec.interfaces.iter().enumerate();
    interfaces.try_for_each(|(n, interface)| network.plug(interface, nowhere.as_fd(), &format!("eth{n}")))
}

#[async_trait]
impl Network for Faulty<SimNetwork> {
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError> {
        let network = Arc::clone(&self.0);
        self.1.look(async move { network.observe().await }).await
    }

    async fn ensure(&self, id: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError> {
        let (network, id, spec) = (Arc::clone(&self.0), id.clone(), spec.clone());
        self.1
            .deed(format!("Network::ensure {id:?}"), async move { network.ensure(&id, &spec).await })
            .await
    }

    async fn remove(&self, id: &VpcId) -> Result<(), DriverError> {
        let (network, id) = (Arc::clone(&self.0), id.clone());
        self.1
            .deed(format!("Network::remove {id:?}"), async move { network.remove(&id).await })
            .await
    }
}

#[async_trait]
impl Images for Faulty<SimImages> {
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError> {
        let images = Arc::clone(&self.0);
        self.1.look(async move { images.observe().await }).await
    }

    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError> {
        let (images, name) = (Arc::clone(&self.0), name.to_owned());
        self.1
            .deed(format!("Images::ensure {name:?}"), async move { images.ensure(&name).await })
            .await
    }

    async fn remove(&self, name: &str) -> Result<(), DriverError> {
        let (images, name) = (Arc::clone(&self.0), name.to_owned());
        self.1
            .deed(format!("Images::remove {name:?}"), async move { images.remove(&name).await })
            .await
    }
}

#[async_trait]
impl Exec for FaultyCompute {
    async fn run(&self, id: &SandboxId, command: &Command) -> Result<Output, DriverError> {
        let (compute, id, command) = (Arc::clone(&self.compute), id.clone(), command.clone());
        self.faults.look(async move { compute.run(&id, &command).await }).await
    }
}

#[async_trait]
impl Capture for Faulty<SimCapture> {
    async fn capture(&self, id: &SandboxId, image: &str, still: Still) -> Result<ImageState, DriverError> {
        let (capture, id, image) = (Arc::clone(&self.0), id.clone(), image.to_owned());
        self.1
            .deed(format!("Capture::capture {id:?}"), async move {
                capture.capture(&id, &image, still).await
            })
            .await
    }
}

#[async_trait]
impl HostNames for Faulty<dyn HostNames> {
    async fn observe(&self) -> Result<Names, DriverError> {
        let names = Arc::clone(&self.0);
        self.1.look(async move { names.observe().await }).await
    }

    async fn ensure(&self, wanted: &Names) -> Result<(), DriverError> {
        let (names, wanted) = (Arc::clone(&self.0), wanted.clone());
        self.1
            .deed(format!("HostNames::ensure {wanted:?}"), async move { names.ensure(&wanted).await })
            .await
    }
}

/// Data folders, and how often each was made.
pub struct FaultyData {
    data: Arc<dyn Data>,
    faults: Arc<Faults>,
    made: Arc<Mutex<BTreeMap<DataId, u64>>>,
}

impl FaultyData {
    /// Over this machine's folders.
    pub fn new(data: Arc<dyn Data>, faults: Arc<Faults>) -> Self {
        Self {
            data,
            faults,
            made: Arc::default(),
        }
    }

    /// Each that is there, and how often it was made.
    pub async fn all(&self) -> BTreeMap<DataId, u64> {
        let all = self.data.observe().await.expect("no faults here");
        let made = count(&self.made);
        let times = |id: DataId| {
            let times = made.get(&id).copied().unwrap_or_default();
            (id, times)
        };
        all.into_iter().map(times).collect()
    }
}

fn count(made: &Mutex<BTreeMap<DataId, u64>>) -> MutexGuard<'_, BTreeMap<DataId, u64>> {
    made.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Data for FaultyData {
    async fn observe(&self) -> Result<Vec<DataId>, DriverError> {
        let data = Arc::clone(&self.data);
        self.faults.look(async move { data.observe().await }).await
    }

    async fn ensure(&self, id: &DataId, origin: &Origin) -> Result<(), DriverError> {
        let what = format!("Data::ensure {id:?}");
        let (data, made, id, origin) = (Arc::clone(&self.data), Arc::clone(&self.made), id.clone(), origin.clone());
        let work = async move {
            let was_there = data.observe().await?.contains(&id);
            data.ensure(&id, &origin).await?;
            if !was_there {
                *count(&made).entry(id).or_default() += 1;
            }
            Ok(())
        };
        self.faults.deed(what, work).await
    }

    async fn remove(&self, id: &DataId) -> Result<(), DriverError> {
        let (data, id) = (Arc::clone(&self.data), id.clone());
        self.faults
            .deed(format!("Data::remove {id:?}"), async move { data.remove(&id).await })
            .await
    }
}
