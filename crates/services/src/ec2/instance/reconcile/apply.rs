//! Does what the plan says, and writes what came of it.

use std::sync::PoisonError;
use std::time::Duration;

use tierra_core::reconcile::Next;
use tierra_core::{DriverError, Key, StoreError, Tx};
use tierra_drivers::compute::{Phase, Power};

use super::Instances;
use super::plan::Step;
use super::sandbox;
use crate::ec2::instance::model::{Cause, Found, Halt, Instance};
use crate::ec2::instance::ops::power::take_back_public;
use crate::ec2::network_interface::{self, NetworkInterface};
use crate::ec2::{tag, volume};
use crate::machine;

/// How often an instance looks whether its image has been built.
const BUILD_POLL: Duration = Duration::from_millis(500);
/// When to look again at a sandbox that ended right after its start.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Instances {
    pub(super) async fn apply(&self, key: &Key<Instance>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Build(image) => return self.build(key, &image).await,
            Step::Start => return self.start(key).await,
            Step::Plug => self.plug(key).await?,
            Step::Stop => self.stop(key).await?,
            Step::Remove => {
                self.rooms.compute.remove(&key.id).await?;
                self.plugged.lock().unwrap_or_else(PoisonError::into_inner).remove(&key.id);
            }
            Step::Say(what) => self.note(key, |_, one| one.status.waits_for = Some(what.to_owned()))?,
            Step::Found(found) => self.note(key, |_, one| one.found(found))?,
            Step::Halt { boot, cause } => self.halt(key, boot, cause)?,
            Step::Release => self.release(key)?,
            Step::Forget => self.forget(key)?,
            Step::Wait(time) => return Ok(Next::After(time)),
        }
        Ok(Next::Settled)
    }

    async fn build(&self, key: &Key<Instance>, image: &str) -> Result<Next, DriverError> {
        match self.builds.advance(&self.rooms.images, image).await {
            Ok(true) => Ok(Next::After(Duration::ZERO)),
            Ok(false) => Ok(Next::After(BUILD_POLL)),
            Err(error) => self.failed(key, error),
        }
    }

    async fn start(&self, key: &Key<Instance>) -> Result<Next, DriverError> {
        let Some((instance, interfaces)) = self.read(key)? else {
            return Ok(Next::Settled);
        };
        let spec = sandbox::spec(&instance, &interfaces, &self.rooms.ca_pem, Power::On);
        match self.rooms.compute.ensure(&key.id, &spec).await {
            Ok(state) if state.phase == Phase::Running => {
                self.remember(key, spec.interfaces);
                self.note(key, |_, one| one.found(Found::Running))?;
                Ok(Next::Settled)
            }
            Ok(_) => Ok(Next::After(LOOK_AGAIN)),
            // After a stop of the cloud or a restart of the machine the network that was in force is only being laid again.
            Err(DriverError::NotFound { what }) if interfaces.iter().any(|interface| interface.id.as_str() == what) => {
                Ok(Next::After(LOOK_AGAIN))
            }
            Err(error) => self.failed(key, error),
        }
    }

    /// A failure ends nothing that runs: it is tried again.
    async fn plug(&self, key: &Key<Instance>) -> Result<(), DriverError> {
        if let Some((instance, interfaces)) = self.read(key)? {
            let spec = sandbox::spec(&instance, &interfaces, &self.rooms.ca_pem, Power::On);
            self.rooms.compute.ensure(&key.id, &spec).await?;
            self.remember(key, spec.interfaces);
        }
        Ok(())
    }

    fn remember(&self, key: &Key<Instance>, interfaces: Vec<String>) {
        let mut plugged = self.plugged.lock().unwrap_or_else(PoisonError::into_inner);
        plugged.insert(key.id.clone(), interfaces);
    }

    async fn stop(&self, key: &Key<Instance>) -> Result<(), DriverError> {
        let Some((instance, interfaces)) = self.read(key)? else {
            return Ok(());
        };
        let spec = sandbox::spec(&instance, &interfaces, &self.rooms.ca_pem, Power::Off);
        self.rooms.compute.ensure(&key.id, &spec).await?;
        self.note(key, |_, one| one.found(Found::Stopped))
    }

    /// A failure that may pass is tried again; another ends the boot.
    fn failed(&self, key: &Key<Instance>, error: DriverError) -> Result<Next, DriverError> {
        if error.is_transient() {
            return Err(error);
        }
        let Some((instance, _)) = self.read(key)? else {
            return Ok(Next::Settled);
        };
        self.halt(key, instance.spec.boot, Cause::Failed { reason: error.to_string() })?;
        Ok(Next::Settled)
    }

    fn halt(&self, key: &Key<Instance>, boot: u64, cause: Cause) -> Result<(), DriverError> {
        let at = self.rooms.clock.now();
        self.note(key, |tx, one| {
            one.status.halt = Some(Halt { boot, cause, at });
            one.status.waits_for = None;
            take_back_public(tx, one);
        })
    }

    /// Interfaces go as their attachments say.
    fn release(&self, key: &Key<Instance>) -> Result<(), DriverError> {
        let now = self.rooms.clock.now();
        self.note(key, |tx, one| {
            for mut interface in NetworkInterface::of_instance(tx, &one.place, one.id.as_str()) {
                match &interface.attachment {
                    Some(attachment) if attachment.delete_on_termination => network_interface::delete(tx, &interface),
                    _ => network_interface::detach(tx, &mut interface),
                }
            }
            volume::delete_of(tx, &one.place, one.id.as_str());
            one.found(Found::Gone);
            one.status.ended = Some(now);
        })
    }

    fn forget(&self, key: &Key<Instance>) -> Result<(), DriverError> {
        self.rooms.store.write(|tx| {
            let request = tx.get(key).and_then(|found| found.value.spec.spot_request);
            if let Some(request) = request {
                tag::forget(tx, &key.place, &request.id);
            }
            tag::forget(tx, &key.place, &key.id);
            tx.delete(key);
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    fn read(&self, key: &Key<Instance>) -> Result<Option<(Instance, Vec<NetworkInterface>)>, DriverError> {
        let read = |tx: &mut Tx| {
            let instance = tx.get(key).map(|found| found.value);
            Ok::<_, StoreError>(instance.map(|instance| (instance, NetworkInterface::of_instance(tx, &key.place, &key.id))))
        };
        Ok(self.rooms.store.read(read)?)
    }

    /// Changes the instance's status, where it is still there and the change is news.
    fn note(&self, key: &Key<Instance>, change: impl FnOnce(&mut Tx, &mut Instance)) -> Result<(), DriverError> {
        machine::note(&self.rooms.store, key, change)
    }
}

impl Instance {
    /// Notes what was found on the machine.
    pub(super) fn found(&mut self, found: Found) {
        self.status.found = found;
        self.status.has_run |= found == Found::Running;
        self.status.waits_for = None;
    }
}
