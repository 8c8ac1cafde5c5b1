//! `RestoreDBInstanceFromDBSnapshot`.

use tierra_core::{AwsError, Call, Tag, Tags, Tx};
use tierra_model::Shape;

use super::make::{self, Making};
use super::master;
use super::{InstanceOutput, unbuilt};
use crate::declare::operations;
use crate::ec2::security_group::SecurityGroupId;
use crate::iam::bootstrap;
use crate::rds::api::arns;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::model::{DbInstance, DbInstanceSpec, DbSnapshot, Master, Origin, Pending, Power};
use crate::rds::ops::snapshot;

operations! { "rds", AwsError;
    write RestoreDBInstanceFromDBSnapshot(RestoreInput) -> InstanceOutput = restore, on |_, input, call| arns(call, "db", &input.id);
}

/// Input of [`RestoreDBInstanceFromDBSnapshot`].
#[derive(Default, Shape)]
pub struct RestoreInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    #[shape("DBSnapshotIdentifier")]
    pub(crate) snapshot: Option<String>,
    #[shape("DBInstanceClass")]
    pub(crate) class: Option<String>,
    pub(crate) port: Option<i32>,
    pub(crate) availability_zone: Option<String>,
    #[shape("DBSubnetGroupName")]
    pub(crate) subnet_group: Option<String>,
    #[shape("MultiAZ")]
    pub(crate) multi_az: Option<bool>,
    pub(crate) publicly_accessible: Option<bool>,
    pub(crate) auto_minor_version_upgrade: Option<bool>,
    pub(crate) engine: Option<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) storage_type: Option<String>,
    pub(crate) vpc_security_group_ids: Vec<SecurityGroupId>,
    pub(crate) copy_tags_to_snapshot: Option<bool>,
    #[shape("DBParameterGroupName")]
    pub(crate) parameter_group: Option<String>,
    pub(crate) deletion_protection: Option<bool>,
}

/// The snapshot's spec, with what the caller says in its place.
fn spec(input: &RestoreInput, snapshot: &DbSnapshot, master: Master) -> Result<DbInstanceSpec, RdsError> {
    let of = snapshot.spec.clone();
    if let Some(engine) = input.engine.as_deref().filter(|engine| *engine != of.engine.word()) {
        return Err(RdsError::combination(format!(
            "The engine {engine} does not match the engine of the snapshot: {}",
            of.engine
        )));
    }
    let class = input.class.clone().unwrap_or(of.class);
    limits::class(&class)?;
    let storage_type = input.storage_type.clone().unwrap_or(of.storage_type);
    limits::storage(of.engine, &storage_type, of.storage)?;
    Ok(DbInstanceSpec {
        class,
        storage_type,
        master,
        revision: 1,
        boot: 1,
        port: input.port.map_or(Ok(of.port), limits::port)?,
        auto_minor_version_upgrade: input.auto_minor_version_upgrade.unwrap_or(of.auto_minor_version_upgrade),
        copy_tags_to_snapshot: input.copy_tags_to_snapshot.unwrap_or(of.copy_tags_to_snapshot),
        deletion_protection: input.deletion_protection.unwrap_or(false),
        power: Power::On,
        origin: Origin::Snapshot(snapshot.data.clone()),
        deletion: None,
        pending: Pending::default(),
        ..of
    })
}

/// The snapshot's master user, whose password is sealed for the new instance.
fn master(tx: &Tx, snapshot: &DbSnapshot, resource_id: &str) -> Result<Master, AwsError> {
    let of = &snapshot.spec.master;
    let owner = DbInstance::seal_owner(&snapshot.resource_id);
    let password = bootstrap::cloud(tx).and_then(|cloud| cloud.key.open(&owner, &of.password.0));
    let password = password.ok_or_else(|| AwsError::internal("a snapshot's password does not open"))?;
    Ok(Master {
        username: of.username.clone(),
        password: master::seal(tx, resource_id, &password)?,
        revision: 1,
        secret: None,
    })
}

fn restore(tx: &mut Tx, call: &Call, input: RestoreInput) -> Result<InstanceOutput, AwsError> {
    unbuilt(&[("A Multi-AZ deployment", input.multi_az == Some(true))])?;
    let id = make::free_id(tx, call, &input.id)?;
    let name = input.snapshot.as_deref().ok_or_else(|| RdsError::Missing {
        reason: "The request must contain the parameter DBSnapshotIdentifier.".to_owned(),
    })?;
    let snapshot = snapshot::available(tx, call, name)?;
    let resource_id = make::resource_id(call);
    let master = master(tx, &snapshot, &resource_id)?;
    let making = Making {
        id,
        spec: spec(&input, &snapshot, master)?,
        resource_id,
        subnet_group: input.subnet_group,
        zone: input.availability_zone,
        publicly_accessible: input.publicly_accessible,
        groups: input.vpc_security_group_ids,
        parameter_group: input.parameter_group,
        tags: Tags::parse(&input.tags).map_err(RdsError::from)?,
    };
    let instance = make::make(tx, call, making)?;
    Ok(InstanceOutput::of(tx, &instance))
}
