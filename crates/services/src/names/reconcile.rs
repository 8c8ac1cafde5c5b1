//! Brings the host's names to what the rows say.

use std::sync::Arc;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Tx};
use tierra_drivers::names::{HostNames, Names};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Name, on_host};
use crate::Rooms;
use crate::ec2::network_interface::NetworkInterface;
use crate::iam::bootstrap::{self, Cloud};

/// The reconciler of the host's names: one block for the whole cloud.
pub(super) struct OnHost {
    pub(super) driver: Arc<dyn HostNames>,
}

/// Starts it; it ends when `stop` says true.
pub fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let reconciler = OnHost {
        driver: Arc::clone(&rooms.names),
    };
    let runtime = Runtime::new(Arc::new(reconciler), rooms.store.clone(), Bounds::default());
    tasks.spawn(runtime.run(stop.clone()));
}

#[async_trait]
impl Reconciler for OnHost {
    const NAME: &'static str = "names";
    type Root = Cloud;
    type Actual = Names;
    type Step = Names;

    fn woken_by(&self, change: &Change, _: &Tx) -> Vec<Key<Cloud>> {
        let concerns = change.key::<Name>().is_some() || change.key::<NetworkInterface>().is_some();
        concerns.then(bootstrap::cloud_key).into_iter().collect()
    }

    async fn observe(&self, _: &Key<Cloud>) -> Result<Names, DriverError> {
        self.driver.observe().await
    }

    fn plan(&self, world: &Tx, _: &Key<Cloud>, actual: &Names) -> Vec<Names> {
        let wanted = on_host(world);
        if wanted == *actual { Vec::new() } else { vec![wanted] }
    }

    async fn apply(&self, _: &Key<Cloud>, names: Names) -> Result<Next, DriverError> {
        self.driver.ensure(&names).await?;
        Ok(Next::Settled)
    }
}
