//! A sandbox's disk kept as an image.
//!
//! **Invariant**: what was frozen for it goes on: when the work ends, however it ends, or when the next agent starts.

use async_trait::async_trait;

use super::cgroup::{Cgroup, Hierarchies};
use super::files::read_json;
use super::launch::Known;
use super::{Inner, LinuxCompute, failed, wait_until};
use crate::DriverError;
use crate::compute::{Capture, Phase, SandboxId, Still, check_id};
use crate::image::{ImageState, check_name};

use std::time::Duration;

/// How long processes may take to stand still: one that waits for a slow disk does so only after.
const FREEZE_BOUND: Duration = Duration::from_secs(10);

#[async_trait]
impl Capture for LinuxCompute {
    async fn capture(&self, id: &SandboxId, image: &str, still: Still) -> Result<ImageState, DriverError> {
        check_id(id)?;
        check_name(image)?;
        let (id, image) = (id.clone(), image.to_owned());
        self.work(move |inner| inner.capture(&id, &image, still)).await
    }
}

/// Lets go on what an agent that was killed had frozen.
pub(super) fn thaw_all(hierarchies: &Hierarchies) {
    for id in hierarchies.ids() {
        // A group that goes at this moment needs nothing.
        let _ = hierarchies.of(&id).freeze(false);
    }
}

impl Inner {
    fn capture(&self, id: &str, image: &str, still: Still) -> Result<ImageState, DriverError> {
        let places = self.places(id);
        let known: Known = read_json(&places.known()).ok_or_else(|| DriverError::NotFound { what: id.to_owned() })?;
        let upper = places.disk().join("upper");
        // The turn is taken inside: before it the image workshop may have to be waited for.
        self.config.images.keep(image, &known.image, &upper, |work| {
            self.in_turn(id, || self.hold_still(id, still, work))
        })
    }

    fn hold_still(&self, id: &str, still: Still, work: &mut dyn FnMut() -> Result<(), DriverError>) -> Result<(), DriverError> {
        match (self.state(id)?.phase, still) {
            (Phase::Running, Still::Frozen) => {
                let _frozen = Frozen::hold(self.hierarchies.of(id))?;
                work()
            }
            (Phase::Running, Still::Stopped) => self.stop(id).and_then(|()| work()),
            (Phase::Stopped | Phase::Exited { .. }, _) => work(),
        }
    }
}

impl LinuxCompute {
    /// Does the work while the sandbox stands still, if it runs.
    pub(crate) fn while_frozen(&self, id: &str, work: &mut dyn FnMut() -> Result<(), DriverError>) -> Result<(), DriverError> {
        check_id(id)?;
        self.inner.in_turn(id, || self.inner.hold_still(id, Still::Frozen, work))
    }
}

/// A guest that stands still for as long as this lives.
struct Frozen(Cgroup);

impl Frozen {
    fn hold(group: Cgroup) -> Result<Self, DriverError> {
        let frozen = Self(group);
        frozen.0.freeze(true).map_err(failed("freezing"))?;
        if wait_until(FREEZE_BOUND, || frozen.0.is_frozen()) {
            Ok(frozen)
        } else {
            Err(DriverError::failed("freezing", "a process does not stand still"))
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        if let Err(error) = self.0.freeze(false) {
            tracing::warn!(%error, "what was frozen could not be told to go on");
        }
    }
}
