//! `CreateDBInstance`.

use tierra_core::{AwsError, Call, Tag, Tags, Tx};
use tierra_model::Shape;

use super::make::{self, Making};
use super::master::{self, Wish};
use super::{InstanceOutput, unbuilt};
use crate::declare::operations;
use crate::ec2::network_interface::NetworkInterfaceId;
use crate::ec2::security_group::SecurityGroupId;
use crate::rds::api::arns;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::model::{DbInstanceSpec, Engine, Origin, Pending, Power, Version};
use crate::rds::window::Window;

/// What is usual where a caller does not say.
const STORAGE_TYPE: &str = "gp2";
const BACKUP_WINDOW: &str = "06:00-06:30";
const MAINTENANCE_WINDOW: &str = "sun:09:00-sun:09:30";
const RETENTION: i32 = 1;
/// The certificate authority's name, as RDS calls its newest.
pub(crate) const CA: &str = "rds-ca-rsa2048-g1";

operations! { "rds", AwsError;
    write CreateDBInstance(CreateInput) -> InstanceOutput = create, on |_, input, call| arns(call, "db", &input.id);
}

/// Input of [`CreateDBInstance`].
#[derive(Default, Shape)]
pub struct CreateInput {
    #[shape("DBName")]
    pub(crate) db_name: Option<String>,
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    pub(crate) allocated_storage: Option<i32>,
    #[shape("DBInstanceClass")]
    pub(crate) class: String,
    pub(crate) engine: String,
    pub(crate) master_username: Option<String>,
    pub(crate) master_user_password: Option<String>,
    pub(crate) vpc_security_group_ids: Vec<SecurityGroupId>,
    pub(crate) availability_zone: Option<String>,
    #[shape("DBSubnetGroupName")]
    pub(crate) subnet_group: Option<String>,
    pub(crate) preferred_maintenance_window: Option<String>,
    #[shape("DBParameterGroupName")]
    pub(crate) parameter_group: Option<String>,
    pub(crate) backup_retention_period: Option<i32>,
    pub(crate) preferred_backup_window: Option<String>,
    pub(crate) port: Option<i32>,
    #[shape("MultiAZ")]
    pub(crate) multi_az: Option<bool>,
    pub(crate) engine_version: Option<String>,
    pub(crate) auto_minor_version_upgrade: Option<bool>,
    pub(crate) license_model: Option<String>,
    pub(crate) publicly_accessible: Option<bool>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) storage_type: Option<String>,
    pub(crate) storage_encrypted: Option<bool>,
    pub(crate) copy_tags_to_snapshot: Option<bool>,
    pub(crate) monitoring_interval: Option<i32>,
    #[shape("EnableIAMDatabaseAuthentication")]
    pub(crate) iam_authentication: Option<bool>,
    pub(crate) enable_performance_insights: Option<bool>,
    pub(crate) deletion_protection: Option<bool>,
    #[shape("CACertificateIdentifier")]
    pub(crate) ca: Option<String>,
    pub(crate) manage_master_user_password: Option<bool>,
}

/// The engine and version that a caller means.
pub(super) fn version(engine: &str, version: Option<&str>) -> Result<&'static Version, RdsError> {
    let unknown = |_| RdsError::value(format!("Invalid DB engine: {engine}"));
    let engine: Engine = engine.parse().map_err(unknown)?;
    let missing = || RdsError::combination(format!("Cannot find version {} for {engine}", version.unwrap_or_default()));
    engine.version(version).ok_or_else(missing)
}

/// Checks which authority is asked for.
pub(super) fn ca(id: Option<String>) -> Result<String, RdsError> {
    match id {
        Some(id) if id != CA => Err(RdsError::CertificateNotFound { id }),
        _ => Ok(CA.to_owned()),
    }
}

fn check(input: &CreateInput, engine: Engine) -> Result<(), RdsError> {
    unbuilt(&[
        ("A Multi-AZ deployment", input.multi_az == Some(true)),
        ("Storage encryption", input.storage_encrypted == Some(true)),
        ("Enhanced Monitoring", input.monitoring_interval.is_some_and(|seconds| seconds != 0)),
        ("IAM database authentication", input.iam_authentication == Some(true)),
        ("Performance Insights", input.enable_performance_insights == Some(true)),
    ])?;
    if let Some(licence) = input.license_model.as_deref().filter(|licence| *licence != engine.licence()) {
        return Err(RdsError::combination(format!(
            "Invalid license model '{licence}' for engine '{engine}'."
        )));
    }
    input
        .preferred_maintenance_window
        .as_deref()
        .map_or(Ok(()), |text| Window::parse(text).map(drop))?;
    limits::class(&input.class)
}

fn spec(input: &CreateInput, version: &Version) -> Result<DbInstanceSpec, RdsError> {
    let engine = version.engine;
    let storage = input.allocated_storage.ok_or_else(|| RdsError::Missing {
        reason: "The request must contain the parameter AllocatedStorage.".to_owned(),
    })?;
    let storage_type = input.storage_type.clone().unwrap_or_else(|| STORAGE_TYPE.to_owned());
    limits::storage(engine, &storage_type, storage)?;
    let name = input.db_name.clone().filter(|name| !name.is_empty());
    name.as_ref().map_or(Ok(()), |name| limits::database(engine, name))?;
    Ok(DbInstanceSpec {
        revision: 1,
        engine,
        engine_version: version.version.to_owned(),
        class: input.class.clone(),
        storage,
        storage_type,
        port: input.port.map_or(Ok(engine.port()), limits::port)?,
        // PostgreSQL always has a database to connect to.
        db_name: name.or_else(|| (engine == Engine::Postgres).then(|| "postgres".to_owned())),
        master: Default::default(),
        subnet_group: String::new(),
        zone: String::new(),
        interface: NetworkInterfaceId::default(),
        endpoint_label: String::new(),
        parameter_group: String::new(),
        publicly_accessible: false,
        deletion_protection: input.deletion_protection.unwrap_or(false),
        copy_tags_to_snapshot: input.copy_tags_to_snapshot.unwrap_or(false),
        auto_minor_version_upgrade: input.auto_minor_version_upgrade.unwrap_or(true),
        backup_retention: input.backup_retention_period.map_or(Ok(RETENTION), limits::retention)?,
        backup_window: input.preferred_backup_window.clone().unwrap_or_else(|| BACKUP_WINDOW.to_owned()),
        maintenance_window: input
            .preferred_maintenance_window
            .clone()
            .unwrap_or_else(|| MAINTENANCE_WINDOW.to_owned()),
        ca: ca(input.ca.clone())?,
        power: Power::On,
        boot: 1,
        origin: Origin::New,
        deletion: None,
        pending: Pending::default(),
    })
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<InstanceOutput, AwsError> {
    let id = make::free_id(tx, call, &input.id)?;
    let version = version(&input.engine, input.engine_version.as_deref())?;
    check(&input, version.engine)?;
    let mut spec = spec(&input, version)?;
    let missing = |what: &str| RdsError::Missing {
        reason: format!("The request must contain the parameter {what}."),
    };
    let username = input.master_username.ok_or_else(|| missing("MasterUsername"))?;
    limits::username(version.engine, &username)?;
    let wish = Wish::of(version.engine, input.master_user_password, input.manage_master_user_password)?;
    let resource_id = make::resource_id(call);
    let wish = wish.ok_or_else(|| missing("MasterUserPassword"))?;
    spec.master = master::new(tx, call, &resource_id, username, wish)?;
    let making = Making {
        id,
        resource_id,
        spec,
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
