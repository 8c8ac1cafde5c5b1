//! What the reconcilers of everything that runs share: how the machine is asked about one sandbox, and what a start waits for.
//!
//! **Invariant**: a sandbox is started only when its image is complete and its interfaces are in force.

mod builds;

use std::time::Duration;

use tierra_core::{DriverError, Expect, Key, Resource, Store, StoreError, Tx};
use tierra_drivers::compute::SandboxState;
use tierra_model::Timestamp;

pub(crate) use builds::Builds;

use crate::Rooms;
use crate::ec2::network_interface::NetworkInterface;

/// What it waits for while its image is built.
pub(crate) const IMAGE: &str = "its image is being built";
/// What it waits for while its network is laid.
pub(crate) const NETWORK: &str = "its network interfaces are not in force yet";

/// What the machine holds of one sandbox.
#[derive(Clone, Debug)]
pub struct Actual {
    pub(crate) sandbox: Option<SandboxState>,
    /// The images that are complete; asked only where there is no sandbox.
    pub(crate) images: Vec<String>,
    pub(crate) now: Timestamp,
}

impl Actual {
    /// Asks the machine.
    pub(crate) async fn of(rooms: &Rooms, sandbox: &str) -> Result<Self, DriverError> {
        let all = rooms.compute.observe().await?;
        let sandbox = all.into_iter().find(|(id, _)| id == sandbox).map(|(_, state)| state);
        // A sandbox that is there has its image.
        let images = if sandbox.is_some() {
            Vec::new()
        } else {
            rooms.images.observe().await?
        };
        Ok(Self {
            sandbox,
            images: images.into_iter().map(|image| image.name).collect(),
            now: rooms.clock.now(),
        })
    }

    /// Whether a start would have to wait for this image.
    pub(crate) fn lacks(&self, image: &str) -> bool {
        self.sandbox.is_none() && !self.images.iter().any(|name| name == image)
    }
}

/// Whether a sandbox can be plugged into these: all that it has, and at least one.
pub(crate) fn in_force(interfaces: &[NetworkInterface]) -> bool {
    !interfaces.is_empty() && interfaces.iter().all(|interface| interface.status.in_force)
}

/// The time from one moment to another; none where the clock went back.
pub(crate) fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0))
}

/// Changes a row's status, where the row is still there and the change is news.
pub(crate) fn note<R: Resource + PartialEq>(store: &Store, key: &Key<R>, change: impl FnOnce(&mut Tx, &mut R)) -> Result<(), DriverError> {
    store.write(|tx| {
        let Some(before) = tx.get(key) else { return Ok(()) };
        let mut after = before.value.clone();
        change(tx, &mut after);
        if after != before.value {
            let put = tx.put(after, Expect::Version(before.version));
            debug_assert!(put.is_ok(), "this transaction is the only writer");
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(())
}
