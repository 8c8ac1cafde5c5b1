//! `AWS::RDS::DBInstance`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::resource_type::{Creation, Progress};
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::ec2::security_group::SecurityGroupId;
use crate::invoke;
use crate::rds::api::instance;
use crate::rds::model::{DbInstance, DbInstanceState};
use crate::rds::ops::instance::create::{CreateDBInstance, CreateInput};
use crate::rds::ops::instance::delete::{DeleteDBInstance, DeleteInput};
use crate::rds::ops::instance::modify::{ModifyDBInstance, ModifyInput};
use crate::rds::ops::instance::restore::{RestoreDBInstanceFromDBSnapshot, RestoreInput};
use crate::rds::ops::tag;

const NAME_LENGTH: usize = 63;
/// Characters that make the name of a last snapshot its own.
const SNAPSHOT_SUFFIX: usize = 12;

/// The type.
pub(super) struct InstanceType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    #[shape("DBInstanceIdentifier")]
    id: Option<String>,
    #[shape("DBName")]
    db_name: Option<String>,
    allocated_storage: Option<i32>,
    #[shape("DBInstanceClass")]
    class: Option<String>,
    engine: Option<String>,
    engine_version: Option<String>,
    master_username: Option<String>,
    master_user_password: Option<String>,
    manage_master_user_password: Option<bool>,
    #[shape("VPCSecurityGroups")]
    groups: Vec<SecurityGroupId>,
    availability_zone: Option<String>,
    #[shape("DBSubnetGroupName")]
    subnet_group: Option<String>,
    #[shape("DBParameterGroupName")]
    parameter_group: Option<String>,
    #[shape("DBSnapshotIdentifier")]
    snapshot: Option<String>,
    backup_retention_period: Option<i32>,
    preferred_backup_window: Option<String>,
    preferred_maintenance_window: Option<String>,
    port: Option<i32>,
    #[shape("MultiAZ")]
    multi_az: Option<bool>,
    auto_minor_version_upgrade: Option<bool>,
    allow_major_version_upgrade: Option<bool>,
    license_model: Option<String>,
    publicly_accessible: Option<bool>,
    storage_type: Option<String>,
    storage_encrypted: Option<bool>,
    copy_tags_to_snapshot: Option<bool>,
    monitoring_interval: Option<i32>,
    #[shape("EnableIAMDatabaseAuthentication")]
    iam_authentication: Option<bool>,
    enable_performance_insights: Option<bool>,
    deletion_protection: Option<bool>,
    #[shape("CACertificateIdentifier")]
    ca: Option<String>,
    /// Automated backups end with their instance.
    delete_automated_backups: Option<bool>,
}

impl From<Properties> for CreateInput {
    fn from(p: Properties) -> Self {
        Self {
            db_name: p.db_name,
            id: p.id.unwrap_or_default(),
            allocated_storage: p.allocated_storage,
            class: p.class.unwrap_or_default(),
            engine: p.engine.unwrap_or_default(),
            master_username: p.master_username,
            master_user_password: p.master_user_password,
            vpc_security_group_ids: p.groups,
            availability_zone: p.availability_zone,
            subnet_group: p.subnet_group,
            preferred_maintenance_window: p.preferred_maintenance_window,
            parameter_group: p.parameter_group,
            backup_retention_period: p.backup_retention_period,
            preferred_backup_window: p.preferred_backup_window,
            port: p.port,
            multi_az: p.multi_az,
            engine_version: p.engine_version,
            auto_minor_version_upgrade: p.auto_minor_version_upgrade,
            license_model: p.license_model,
            publicly_accessible: p.publicly_accessible,
            tags: Vec::new(),
            storage_type: p.storage_type,
            storage_encrypted: p.storage_encrypted,
            copy_tags_to_snapshot: p.copy_tags_to_snapshot,
            monitoring_interval: p.monitoring_interval,
            iam_authentication: p.iam_authentication,
            enable_performance_insights: p.enable_performance_insights,
            deletion_protection: p.deletion_protection,
            ca: p.ca,
            manage_master_user_password: p.manage_master_user_password,
        }
    }
}

impl From<Properties> for RestoreInput {
    fn from(p: Properties) -> Self {
        Self {
            id: p.id.unwrap_or_default(),
            snapshot: p.snapshot,
            class: p.class,
            port: p.port,
            availability_zone: p.availability_zone,
            subnet_group: p.subnet_group,
            multi_az: p.multi_az,
            publicly_accessible: p.publicly_accessible,
            auto_minor_version_upgrade: p.auto_minor_version_upgrade,
            engine: p.engine,
            tags: Vec::new(),
            storage_type: p.storage_type,
            vpc_security_group_ids: p.groups,
            copy_tags_to_snapshot: p.copy_tags_to_snapshot,
            parameter_group: p.parameter_group,
            deletion_protection: p.deletion_protection,
        }
    }
}

/// Deletes an instance, and takes a snapshot of this name before.
fn delete(tx: &mut Tx, call: &Call, id: &str, final_snapshot: Option<String>) -> Result<(), AwsError> {
    let leaving = tx
        .find::<DbInstance>(&call.place, id)
        .is_none_or(|instance| instance.spec.deletion.is_some());
    if leaving {
        return Ok(());
    }
    let input = DeleteInput {
        id: id.to_owned(),
        skip_final_snapshot: Some(final_snapshot.is_none()),
        final_snapshot,
        delete_automated_backups: None,
    };
    invoke::<DeleteDBInstance>(tx, call, input).map(drop)
}

/// What differs, to be applied at once as CloudFormation does.
fn changes(id: &str, old: Properties, new: Properties) -> ModifyInput {
    fn differs<T: PartialEq>(old: Option<T>, new: Option<T>) -> Option<T> {
        if old == new { None } else { new }
    }
    ModifyInput {
        id: id.to_owned(),
        allocated_storage: differs(old.allocated_storage, new.allocated_storage),
        class: differs(old.class, new.class),
        vpc_security_group_ids: if old.groups == new.groups { Vec::new() } else { new.groups },
        apply_immediately: Some(true),
        master_user_password: differs(old.master_user_password, new.master_user_password),
        parameter_group: differs(old.parameter_group, new.parameter_group),
        backup_retention_period: differs(old.backup_retention_period, new.backup_retention_period),
        preferred_backup_window: differs(old.preferred_backup_window, new.preferred_backup_window),
        preferred_maintenance_window: differs(old.preferred_maintenance_window, new.preferred_maintenance_window),
        multi_az: new.multi_az,
        engine_version: differs(old.engine_version, new.engine_version),
        allow_major_version_upgrade: new.allow_major_version_upgrade,
        auto_minor_version_upgrade: differs(old.auto_minor_version_upgrade, new.auto_minor_version_upgrade),
        storage_type: differs(old.storage_type, new.storage_type),
        ca: new.ca,
        copy_tags_to_snapshot: differs(old.copy_tags_to_snapshot, new.copy_tags_to_snapshot),
        monitoring_interval: new.monitoring_interval,
        port: differs(old.port, new.port),
        publicly_accessible: differs(old.publicly_accessible, new.publicly_accessible),
        iam_authentication: new.iam_authentication,
        enable_performance_insights: new.enable_performance_insights,
        deletion_protection: differs(old.deletion_protection, new.deletion_protection),
        manage_master_user_password: differs(old.manage_master_user_password, new.manage_master_user_password),
        ..ModifyInput::default()
    }
}

impl Ec2Type for InstanceType {
    const NAME: &'static str = "AWS::RDS::DBInstance";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        let generated = || creation.generated_name(call, NAME_LENGTH).to_ascii_lowercase();
        properties.id.get_or_insert_with(generated);
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let made = if properties.snapshot.as_deref().is_some_and(|name| !name.is_empty()) {
            invoke::<RestoreDBInstanceFromDBSnapshot>(tx, call, properties.into())?
        } else {
            invoke::<CreateDBInstance>(tx, call, properties.into())?
        };
        Ok(made.instance.id)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let instance: DbInstance = tx.find(&call.place, id)?;
        let mut values = vec![
            ("Endpoint.Address", json!(instance.endpoint())),
            ("Endpoint.Port", json!(instance.spec.port.to_string())),
            ("DBInstanceArn", json!(instance.arn().to_string())),
            ("DbiResourceId", json!(instance.resource_id)),
        ];
        let secret = instance.spec.master.secret.map(|arn| ("MasterUserSecret.SecretArn", json!(arn)));
        values.extend(secret);
        Some(values)
    }

    fn progress(tx: &Tx, call: &Call, id: &str) -> Progress {
        let Some(instance) = tx.find::<DbInstance>(&call.place, id) else {
            return Progress::Gone;
        };
        match instance::state(tx, &instance) {
            DbInstanceState::Available | DbInstanceState::Stopped | DbInstanceState::BackingUp => Progress::Ready,
            DbInstanceState::Failed => Progress::Failed(instance.status.failure.unwrap_or_default()),
            _ => Progress::Working,
        }
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        invoke::<ModifyDBInstance>(tx, call, changes(id, old, new)).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        delete(tx, call, id, None)
    }

    const HAS_SNAPSHOTS: bool = true;

    /// What never came up has nothing to keep.
    fn delete_with_snapshot(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let has_data = |instance: DbInstance| instance.status.first_up.is_some();
        let name = tx.find(&call.place, id).is_some_and(has_data);
        let name = name.then(|| format!("{id}-snapshot-{}", call.ids.lower(SNAPSHOT_SUFFIX)));
        delete(tx, call, id, name)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        if let Some(instance) = tx.find::<DbInstance>(&call.place, id) {
            tag::set(tx, call, &instance.arn(), tags);
        }
    }
}
