//! A database instance: what is wanted of it, what the machine made of that, and AWS's word for both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tags, Tx};
use tierra_model::{Timestamp, text_enum};

use super::arn;
use super::engine::{Engine, Family};
use super::parameter_group::DbParameterGroup;
use crate::ec2::network_interface::NetworkInterfaceId;
use crate::iam::bootstrap;
use crate::iam::seal::Sealed;

/// A database instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbInstance {
    pub place: Place,
    /// `DBInstanceIdentifier`, in lower case. It changes where the instance is renamed.
    pub id: String,
    /// `db-…`: never changes. What the machine keeps (data, node) goes by it.
    pub resource_id: String,
    pub created: Timestamp,
    pub tags: Tags,
    pub spec: DbInstanceSpec,
    pub status: DbInstanceStatus,
}

/// What is wanted now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbInstanceSpec {
    /// Raised by every change that the machine has to follow.
    pub revision: u64,
    pub engine: Engine,
    pub engine_version: String,
    /// `db.t3.micro`
    pub class: String,
    /// GiB.
    pub storage: i32,
    /// `gp2`, `gp3`, `standard`, `io1`: said back, and all the same disk.
    pub storage_type: String,
    pub port: u16,
    /// The database that is made at the start.
    pub db_name: Option<String>,
    pub master: Master,
    pub subnet_group: String,
    /// `us-east-1a`
    pub zone: String,
    /// Its interface, which is the instance's for life.
    pub interface: NetworkInterfaceId,
    /// What stands between name and region in its endpoint: the same for an account in a region.
    pub endpoint_label: String,
    pub parameter_group: String,
    pub publicly_accessible: bool,
    pub deletion_protection: bool,
    pub copy_tags_to_snapshot: bool,
    pub auto_minor_version_upgrade: bool,
    /// Days.
    pub backup_retention: i32,
    /// `03:10-03:40`
    pub backup_window: String,
    /// `mon:04:10-mon:04:40`
    pub maintenance_window: String,
    pub ca: String,
    pub power: Power,
    /// Raised by every reboot and start: the engine is started anew where it differs from the status's.
    pub boot: u64,
    pub origin: Origin,
    pub deletion: Option<Deletion>,
    /// What waits for the maintenance window.
    pub pending: Pending,
}

/// The master user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Master {
    pub username: String,
    /// Sealed for [`DbInstance::seal_owner`].
    pub password: Sealed,
    /// Raised by every change of the password.
    pub revision: u64,
    /// The secret in which RDS keeps the password, where it is asked to.
    pub secret: Option<String>,
}

/// Whether it is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    On,
    Off,
}

/// What its data begins as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Empty.
    New,
    /// A snapshot's data, by [`DbSnapshot::data`](super::DbSnapshot): it stays true when the snapshot is gone.
    Snapshot(String),
}

/// How it is to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The snapshot that is taken before, which is a row of its own already.
    pub final_snapshot: Option<String>,
}

/// Changes that wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    pub class: Option<String>,
    pub storage: Option<i32>,
    pub port: Option<u16>,
    pub engine_version: Option<String>,
    pub id: Option<String>,
    pub backup_retention: Option<i32>,
    pub storage_type: Option<String>,
    /// Sealed for [`DbInstance::seal_owner`].
    pub password: Option<Sealed>,
}

/// What the machine made of it. Written by the reconciler alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DbInstanceStatus {
    /// When it first answered. `None`: it is still being made.
    pub first_up: Option<Timestamp>,
    /// The engine answers.
    pub running: bool,
    /// What is in force.
    pub applied: Option<Applied>,
    /// What its node was last told.
    #[serde(default)]
    pub told: Option<Told>,
    /// How often its engine had died by itself when it last answered.
    #[serde(default)]
    pub deaths: u64,
    /// Why it will not get there.
    pub failure: Option<String>,
}

/// What a node was told, with which its engine starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// [`DbInstanceSpec::revision`]
    pub revision: u64,
    /// [`DbInstanceSpec::boot`]
    pub boot: u64,
    pub parameter_group: String,
    /// [`DbParameterGroup::revision`] of when it was told.
    pub parameters: u64,
    /// The parameters of its configuration, formulas computed.
    pub values: BTreeMap<String, String>,
    /// It was stopped before.
    pub from_stop: bool,
}

/// What of the spec is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// [`DbInstanceSpec::revision`]
    pub revision: u64,
    /// [`DbInstanceSpec::boot`]
    pub boot: u64,
    /// [`Master::revision`]
    pub password: u64,
    /// The group whose parameters the engine started with.
    pub parameter_group: String,
    /// [`DbParameterGroup::revision`] of what is loaded.
    pub parameters: u64,
    /// [`DbParameterGroup::revision`] of when the engine started.
    pub parameters_at_boot: u64,
}

text_enum! {
    /// `DBInstanceStatus`. Follows the user guide's page "Viewing Amazon RDS DB instance status".
    pub enum DbInstanceState {
        Available = "available",
        BackingUp = "backing-up",
        Creating = "creating",
        Deleting = "deleting",
        Failed = "failed",
        Modifying = "modifying",
        Rebooting = "rebooting",
        ResettingMasterCredentials = "resetting-master-credentials",
        Starting = "starting",
        Stopped = "stopped",
        Stopping = "stopping",
    }
}

impl DbInstance {
    /// AWS's word for its state. `backing_up`: a snapshot of it is being taken.
    pub fn state(&self, backing_up: bool) -> DbInstanceState {
        let (spec, status) = (&self.spec, &self.status);
        if spec.deletion.is_some() {
            return DbInstanceState::Deleting;
        }
        if status.failure.is_some() {
            return DbInstanceState::Failed;
        }
        let Some(applied) = status.applied.as_ref().filter(|_| status.first_up.is_some()) else {
            return DbInstanceState::Creating;
        };
        match (spec.power, status.running) {
            (Power::Off, true) => return DbInstanceState::Stopping,
            (Power::Off, false) => return DbInstanceState::Stopped,
            (Power::On, false) if applied.boot == spec.boot => return DbInstanceState::Rebooting,
            (Power::On, false) => return DbInstanceState::Starting,
            (Power::On, true) => {}
        }
        if applied.boot != spec.boot {
            DbInstanceState::Rebooting
        } else if applied.password != spec.master.revision {
            DbInstanceState::ResettingMasterCredentials
        } else if applied.revision != spec.revision {
            DbInstanceState::Modifying
        } else if backing_up {
            DbInstanceState::BackingUp
        } else {
            DbInstanceState::Available
        }
    }

    /// `in-sync`, `applying` or `pending-reboot`: how its parameter group stands.
    pub fn parameter_status(&self, group: &DbParameterGroup) -> &'static str {
        match &self.status.applied {
            None => "in-sync",
            Some(applied) if applied.parameter_group != self.spec.parameter_group => "pending-reboot",
            Some(applied) if applied.parameters_at_boot < group.static_revision => "pending-reboot",
            Some(applied) if applied.parameters < group.revision => "applying",
            Some(_) => "in-sync",
        }
    }

    /// `mydb.c9akciq32.us-east-1.rds.amazonaws.com`
    pub fn endpoint(&self) -> String {
        let Self { place, id, spec, .. } = self;
        format!("{id}.{}.{}.rds.amazonaws.com", spec.endpoint_label, place.region)
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        arn(&self.place, "db", &self.id)
    }

    /// What parameter groups it can have.
    pub fn family(&self) -> Option<Family> {
        let version = self.spec.engine.version(Some(&self.spec.engine_version));
        version.map(|version| version.family)
    }

    /// Whom its master password is sealed for.
    pub fn seal_owner(resource_id: &str) -> String {
        format!("rds {resource_id}")
    }

    /// The master password, for the engine alone; `None` where it does not open.
    pub fn password(&self, tx: &Tx) -> Option<String> {
        let owner = Self::seal_owner(&self.resource_id);
        bootstrap::cloud(tx)?.key.open(&owner, &self.spec.master.password.0)
    }
}

impl Resource for DbInstance {
    const KIND: &'static str = "rds/db-instance";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![
            ("resource-id", self.resource_id.clone()),
            ("subnet-group", self.spec.subnet_group.clone()),
            ("parameter-group", self.spec.parameter_group.clone()),
        ]
    }
}
