//! Does what the plan says, and writes what came of it.

use std::time::Duration;

use tierra_core::reconcile::Next;
use tierra_core::{AwsError, DriverError, Key, StoreError, Tx};
use tierra_drivers::compute::SandboxFile;

use super::plan::{Changes, Step};
use super::{Databases, ask, wanted};
use crate::node::{self, Node, NodeId};
use crate::rds::api::instance::CERTIFICATE_DAYS;
use crate::rds::engine::{self, Client};
use crate::rds::model::{Applied, DbInstance, DbInstanceStatus, Origin, Source, Told, tell};
use crate::rds::ops::instance::place::forget;

/// How often an instance looks whether its engine's image has been built.
const BUILD_POLL: Duration = Duration::from_millis(500);

impl Databases {
    pub(super) async fn apply(&self, key: &Key<DbInstance>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Make => return self.make(key).await,
            Step::Tell => self.tell(key)?,
            Step::Stop => self.power(key, node::Power::Off)?,
            Step::Stopped => self.note(key, |status| {
                status.running = false;
                vec![("notification", "DB instance stopped".to_owned())]
            })?,
            Step::Down => self.note(key, |status| {
                status.running = false;
                vec![("recovery", "Recovery of the DB instance has started.".to_owned())]
            })?,
            Step::Up => self.up(key).await?,
            Step::Set { changes, revision } => self.set(key, changes, revision).await?,
            Step::End => self.power(key, node::Power::Gone)?,
            Step::Forget => self.forget(key).await?,
            Step::Wait(time) => return Ok(Next::After(time)),
        }
        Ok(Next::Settled)
    }

    fn read(&self, key: &Key<DbInstance>) -> Result<Option<DbInstance>, DriverError> {
        let found = self.rooms.store.read(|tx| Ok::<_, StoreError>(tx.get(key)))?;
        Ok(found.map(|found| found.value))
    }

    /// Works on the instance as it is now; does nothing where it is gone.
    fn write(&self, key: &Key<DbInstance>, work: impl FnOnce(&mut Tx, DbInstance)) -> Result<(), DriverError> {
        let written = self.rooms.store.write(|tx| {
            if let Some(found) = tx.get(key) {
                work(tx, found.value);
            }
            Ok::<_, StoreError>(())
        });
        Ok(written?)
    }

    /// Changes its status, and tells what `change` says has happened, where there is news.
    fn note(
        &self,
        key: &Key<DbInstance>,
        change: impl FnOnce(&mut DbInstanceStatus) -> Vec<(&'static str, String)>,
    ) -> Result<(), DriverError> {
        let now = self.rooms.clock.now();
        self.write(key, |tx, mut instance| {
            let before = instance.status.clone();
            let events = change(&mut instance.status);
            if instance.status == before {
                return;
            }
            for (category, message) in events {
                tell(tx, &self.rooms.ids, now, Source::DbInstance, &instance.arn(), category, &message);
            }
            tx.save(instance);
        })
    }

    /// The image, the data, then the node: each needs the one before.
    async fn make(&self, key: &Key<DbInstance>) -> Result<Next, DriverError> {
        let Some(instance) = self.read(key)? else {
            return Ok(Next::Settled);
        };
        let engine = wanted::engine(&instance, Default::default());
        let images = self.rooms.images.observe().await?;
        if !images.iter().any(|image| image.name == engine.image()) && !self.builds.advance(&self.rooms.images, engine.image()).await? {
            return Ok(Next::After(BUILD_POLL));
        }
        let made = self
            .rooms
            .data
            .ensure(&wanted::data(&instance.resource_id), &wanted::origin(&instance))
            .await;
        match made {
            Err(DriverError::NotFound { what }) if instance.spec.origin != Origin::New => {
                self.note(key, |status| {
                    status.failure = Some(format!("{what} is not there"));
                    vec![(
                        "failure",
                        "The DB instance could not be restored: its snapshot's data is not there.".to_owned(),
                    )]
                })?;
                return Ok(Next::Settled);
            }
            made => made?,
        };
        let tls = self.certificate(&instance)?;
        self.write(key, |tx, mut instance| {
            if wanted::node_of(tx, &instance).is_some() || instance.spec.deletion.is_some() {
                return;
            }
            let told = wanted::told(tx, &instance, false);
            let node = wanted::node(&instance, &told, tls);
            node::create_with(tx, &self.rooms.ids, &instance.place, node, vec![wanted::mount(&instance)]);
            instance.status.told = Some(told);
            tx.save(instance);
        })?;
        Ok(Next::Settled)
    }

    /// A certificate of its own for its endpoint; a new one at each start that is asked for.
    fn certificate(&self, instance: &DbInstance) -> Result<[SandboxFile; 2], DriverError> {
        let issued = self.rooms.authority.issue(&[instance.endpoint()], CERTIFICATE_DAYS);
        let issued = issued.map_err(|error| DriverError::failed("issuing a database's certificate", error))?;
        let chain = format!("{}{}", issued.certificate_pem, issued.chain_pem);
        Ok(engine::tls_files(&chain, &issued.key_pem))
    }

    fn tell(&self, key: &Key<DbInstance>) -> Result<(), DriverError> {
        let Some(instance) = self.read(key)? else { return Ok(()) };
        let tls = self.certificate(&instance)?;
        self.write(key, |tx, mut instance| {
            let Some(node) = wanted::node_of(tx, &instance) else { return };
            let told = wanted::told(tx, &instance, node.spec.power == node::Power::Off);
            let spec = wanted::node(&instance, &told, tls);
            node::change(tx, &node.place, &node.id, |now| *now = spec);
            instance.status.told = Some(told);
            tx.save(instance);
        })
    }

    fn power(&self, key: &Key<DbInstance>, power: node::Power) -> Result<(), DriverError> {
        self.write(key, |tx, instance| {
            if let Some(node) = wanted::node_of(tx, &instance) {
                node::change(tx, &node.place, &node.id, |spec| spec.power = power);
            }
        })
    }

    /// The instance with its node and its master password, where it still has them.
    fn with_node<T>(&self, key: &Key<DbInstance>, look: impl FnOnce(&mut Tx, DbInstance, Node) -> T) -> Result<Option<T>, DriverError> {
        let found = self.rooms.store.read(|tx| {
            let Some(found) = tx.get(key) else { return Ok(None) };
            let node = wanted::node_of(tx, &found.value);
            Ok::<_, StoreError>(node.map(|node| look(tx, found.value, node)))
        });
        Ok(found?)
    }

    async fn up(&self, key: &Key<DbInstance>) -> Result<(), DriverError> {
        let found = self.with_node(key, |tx, instance, node| (instance.password(tx), instance, node))?;
        let Some((password, instance, node)) = found else { return Ok(()) };
        let master = instance.spec.master.revision;
        if instance.status.applied.as_ref().is_none_or(|applied| applied.password != master) {
            let unread = || DriverError::failed("reading a master password", "it does not open with the cloud's key");
            let client = wanted::engine(&instance, Default::default()).bootstrap(&password.ok_or_else(unread)?);
            ask::insist(&self.rooms, &node.id, client, "giving a database its master user").await?;
        }
        let now = self.rooms.clock.now();
        self.note(key, |status| {
            let Some(told) = status.told.clone() else { return Vec::new() };
            let events = happened(status, &told, master, &instance.spec.origin);
            let applied = in_force(status.applied.take(), told, master);
            status.applied = Some(applied);
            status.running = true;
            status.deaths = node.status.restarts;
            status.first_up.get_or_insert(now);
            events
        })
    }

    async fn set(&self, key: &Key<DbInstance>, changes: Changes, revision: u64) -> Result<(), DriverError> {
        let found = self.with_node(key, |_, instance, node| (instance, node.id))?;
        let Some((instance, node)) = found else { return Ok(()) };
        let client = wanted::engine(&instance, Default::default()).set(&changes);
        self.pass_over(&node, client).await?;
        self.write(key, |tx, mut instance| {
            let (Some(told), Some(applied)) = (&mut instance.status.told, &mut instance.status.applied) else {
                return;
            };
            applied.parameters = revision;
            for (name, value) in changes {
                match value {
                    Some(value) => drop(told.values.insert(name, value)),
                    None => drop(told.values.remove(&name)),
                }
            }
            let values = told.values.clone();
            // What was set at run time is its configuration too, for when it dies.
            let files = wanted::engine(&instance, values).files();
            node::change(tx, &instance.place, &node, |spec| {
                spec.files.retain(|file| files.iter().all(|new| new.path != file.path));
                spec.files.extend(files);
            });
            tx.save(instance);
        })
    }

    /// What an engine does not take is left as it is, as AWS leaves it; what matters is that it was asked.
    async fn pass_over(&self, node: &NodeId, client: Client) -> Result<(), DriverError> {
        match ask::ask(&self.rooms, node, client).await? {
            Some(output) if output.code == 0 => Ok(()),
            Some(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                tracing::warn!(%node, %said, "an engine does not take a parameter");
                Ok(())
            }
            None => Err(DriverError::failed("setting parameters", "the engine does not run")),
        }
    }

    async fn forget(&self, key: &Key<DbInstance>) -> Result<(), DriverError> {
        let Some(instance) = self.read(key)? else { return Ok(()) };
        self.rooms.data.remove(&wanted::data(&instance.resource_id)).await?;
        let now = self.rooms.clock.now();
        let written = self.rooms.store.write(|tx| {
            if let Some(found) = tx.get(key) {
                forget(tx, &self.rooms.ids, now, &found.value);
            }
            Ok::<_, AwsError>(())
        });
        written.map_err(|error| DriverError::failed("forgetting a database", error))
    }
}

/// What is in force once the engine answers.
fn in_force(before: Option<Applied>, told: Told, password: u64) -> Applied {
    let started_anew = before
        .as_ref()
        .filter(|applied| (applied.boot, applied.revision) == (told.boot, told.revision));
    match started_anew {
        Some(applied) => Applied {
            password,
            ..applied.clone()
        },
        None => Applied {
            revision: told.revision,
            boot: told.boot,
            password,
            parameter_group: told.parameter_group,
            parameters: told.parameters,
            parameters_at_boot: told.parameters,
        },
    }
}

/// The events of an engine's coming up. Follows the user guide's page "Amazon RDS event categories and event messages".
fn happened(status: &DbInstanceStatus, told: &Told, password: u64, origin: &Origin) -> Vec<(&'static str, String)> {
    let Some(applied) = &status.applied else {
        let restored = matches!(origin, Origin::Snapshot(_)).then_some(("restoration", "Restored from snapshot"));
        let created = ("creation", "DB instance created");
        return [Some(created), restored]
            .into_iter()
            .flatten()
            .map(|(category, text)| (category, text.to_owned()))
            .collect();
    };
    let events = [
        (applied.boot != told.boot && told.from_stop, "notification", "DB instance started"),
        (
            applied.boot != told.boot && !told.from_stop,
            "availability",
            "DB instance restarted",
        ),
        (
            applied.revision != told.revision,
            "configuration change",
            "Finished applying modification to DB instance",
        ),
        (applied.password != password, "configuration change", "Reset master credentials"),
        (
            !status.running && applied.boot == told.boot,
            "recovery",
            "Recovery of the DB instance is complete.",
        ),
    ];
    let told = events.into_iter().filter(|(holds, _, _)| *holds);
    told.map(|(_, category, text)| (category, text.to_owned())).collect()
}
