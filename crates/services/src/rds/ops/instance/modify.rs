//! `ModifyDBInstance`: at once, or in the next maintenance window. Follows the user guide's page "Settings for DB instances".

use tierra_core::{AwsError, Call, Ids, Key, Tx};
use tierra_model::Shape;

use super::create::{ca, version};
use super::make::{free_id, parameter_group};
use super::master::{self, Wish};
use super::{InstanceOutput, find_in, place, unbuilt};
use crate::declare::operations;
use crate::ec2::network_interface::{NetworkInterface, check_groups};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::Subnet;
use crate::rds::api::arns;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::model::{DbInstance, DbInstanceState, Pending};
use crate::rds::window::Window;

operations! { "rds", AwsError;
    write ModifyDBInstance(ModifyInput) -> InstanceOutput = modify, on |_, input, call| arns(call, "db", &input.id);
}

/// Input of [`ModifyDBInstance`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    pub(crate) allocated_storage: Option<i32>,
    #[shape("DBInstanceClass")]
    pub(crate) class: Option<String>,
    pub(crate) vpc_security_group_ids: Vec<SecurityGroupId>,
    pub(crate) apply_immediately: Option<bool>,
    pub(crate) master_user_password: Option<String>,
    #[shape("DBParameterGroupName")]
    pub(crate) parameter_group: Option<String>,
    pub(crate) backup_retention_period: Option<i32>,
    pub(crate) preferred_backup_window: Option<String>,
    pub(crate) preferred_maintenance_window: Option<String>,
    #[shape("MultiAZ")]
    pub(crate) multi_az: Option<bool>,
    pub(crate) engine_version: Option<String>,
    pub(crate) allow_major_version_upgrade: Option<bool>,
    pub(crate) auto_minor_version_upgrade: Option<bool>,
    #[shape("NewDBInstanceIdentifier")]
    pub(crate) new_id: Option<String>,
    pub(crate) storage_type: Option<String>,
    #[shape("CACertificateIdentifier")]
    pub(crate) ca: Option<String>,
    pub(crate) copy_tags_to_snapshot: Option<bool>,
    pub(crate) monitoring_interval: Option<i32>,
    #[shape("DBPortNumber")]
    pub(crate) port: Option<i32>,
    pub(crate) publicly_accessible: Option<bool>,
    #[shape("EnableIAMDatabaseAuthentication")]
    pub(crate) iam_authentication: Option<bool>,
    pub(crate) enable_performance_insights: Option<bool>,
    pub(crate) deletion_protection: Option<bool>,
    pub(crate) manage_master_user_password: Option<bool>,
    pub(crate) rotate_master_user_password: Option<bool>,
}

/// Puts what a caller gave in the place of what was there, and says whether that is news.
fn put<T: PartialEq>(place: &mut T, given: Option<T>) -> bool {
    match given {
        Some(given) if given != *place => {
            *place = given;
            true
        }
        _ => false,
    }
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<InstanceOutput, AwsError> {
    unbuilt(&[
        ("A Multi-AZ deployment", input.multi_az == Some(true)),
        ("Enhanced Monitoring", input.monitoring_interval.is_some_and(|seconds| seconds != 0)),
        ("IAM database authentication", input.iam_authentication == Some(true)),
        ("Performance Insights", input.enable_performance_insights == Some(true)),
    ])?;
    let states = [DbInstanceState::Available, DbInstanceState::Stopped, DbInstanceState::BackingUp];
    let mut instance = find_in(tx, call, &input.id, &states)?;
    let wanted = waiting(tx, call, &instance, &input)?;
    at_once(tx, call, &mut instance, input.clone_for_now())?;
    change_password(tx, call, &mut instance, &input)?;
    instance.spec.pending = merged(std::mem::take(&mut instance.spec.pending), wanted);
    // A new port restarts the engine whatever the caller says.
    if input.apply_immediately == Some(true) || instance.spec.pending.port.is_some() {
        apply_pending(tx, &call.ids, &mut instance)?;
    }
    tx.save(instance.clone());
    place::publish(tx, &call.ids, &instance)?;
    Ok(InstanceOutput::of(tx, &instance))
}

/// What changes whatever the caller says of when.
struct Now {
    groups: Vec<SecurityGroupId>,
    parameter_group: Option<String>,
    publicly_accessible: Option<bool>,
    deletion_protection: Option<bool>,
    copy_tags_to_snapshot: Option<bool>,
    auto_minor_version_upgrade: Option<bool>,
    backup_window: Option<String>,
    maintenance_window: Option<String>,
    ca: Option<String>,
}

impl ModifyInput {
    fn clone_for_now(&self) -> Now {
        Now {
            groups: self.vpc_security_group_ids.clone(),
            parameter_group: self.parameter_group.clone(),
            publicly_accessible: self.publicly_accessible,
            deletion_protection: self.deletion_protection,
            copy_tags_to_snapshot: self.copy_tags_to_snapshot,
            auto_minor_version_upgrade: self.auto_minor_version_upgrade,
            backup_window: self.preferred_backup_window.clone(),
            maintenance_window: self.preferred_maintenance_window.clone(),
            ca: self.ca.clone(),
        }
    }
}

fn at_once(tx: &mut Tx, call: &Call, instance: &mut DbInstance, now: Now) -> Result<(), AwsError> {
    if !now.groups.is_empty() {
        change_groups(tx, instance, now.groups)?;
    }
    if let (Some(name), Some(family)) = (now.parameter_group, instance.family()) {
        instance.spec.parameter_group = parameter_group(tx, call, Some(&name), family)?;
    }
    now.maintenance_window
        .as_deref()
        .map_or(Ok(()), |text| Window::parse(text).map(drop))?;
    let spec = &mut instance.spec;
    put(&mut spec.publicly_accessible, now.publicly_accessible);
    put(&mut spec.deletion_protection, now.deletion_protection);
    put(&mut spec.copy_tags_to_snapshot, now.copy_tags_to_snapshot);
    put(&mut spec.auto_minor_version_upgrade, now.auto_minor_version_upgrade);
    put(&mut spec.backup_window, now.backup_window);
    put(&mut spec.maintenance_window, now.maintenance_window);
    spec.ca = ca(now.ca)?;
    Ok(())
}

fn change_groups(tx: &mut Tx, instance: &DbInstance, groups: Vec<SecurityGroupId>) -> Result<(), AwsError> {
    let missing = || AwsError::internal("a database without its interface");
    let mut interface: NetworkInterface = tx.find(&instance.place, &instance.spec.interface).ok_or_else(missing)?;
    let subnet: Subnet = tx.find(&instance.place, &interface.subnet).ok_or_else(missing)?;
    check_groups(tx, &subnet, &groups)?;
    interface.groups = groups;
    tx.save(interface);
    Ok(())
}

fn change_password(tx: &mut Tx, call: &Call, instance: &mut DbInstance, input: &ModifyInput) -> Result<(), AwsError> {
    let managed = instance.spec.master.secret.is_some();
    if managed && input.master_user_password.is_some() && input.manage_master_user_password != Some(false) {
        let reason = "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.";
        return Err(RdsError::combination(reason).into());
    }
    if managed && input.manage_master_user_password == Some(false) && input.master_user_password.is_none() {
        let reason = "You must specify MasterUserPassword when you disable ManageMasterUserPassword.";
        return Err(RdsError::combination(reason).into());
    }
    let rotate = managed && input.rotate_master_user_password == Some(true);
    let begin = !managed && input.manage_master_user_password == Some(true);
    let wish = Wish::of(instance.spec.engine, input.master_user_password.clone(), Some(rotate || begin))?;
    let Some(wish) = wish else { return Ok(()) };
    let (resource_id, mut master) = (instance.resource_id.clone(), instance.spec.master.clone());
    master::change(tx, call, &resource_id, &mut master, wish)?;
    instance.spec.master = master;
    Ok(())
}

/// What a caller asks for that may wait, checked; what is so already is nothing that waits.
fn waiting(tx: &Tx, call: &Call, instance: &DbInstance, input: &ModifyInput) -> Result<Pending, RdsError> {
    let spec = &instance.spec;
    let storage_type = input.storage_type.clone().unwrap_or_else(|| spec.storage_type.clone());
    if let Some(storage) = input.allocated_storage {
        limits::storage(spec.engine, &storage_type, storage)?;
        if storage < spec.storage {
            return Err(RdsError::combination(format!(
                "Invalid storage size for engine name {} and storage type {storage_type}: {storage}. Storage cannot be reduced.",
                spec.engine
            )));
        }
    }
    input.class.as_deref().map_or(Ok(()), limits::class)?;
    let engine_version = match &input.engine_version {
        Some(asked) => Some(upgrade(instance, asked, input.allow_major_version_upgrade == Some(true))?),
        None => None,
    };
    let new_id = input.new_id.as_deref().filter(|id| !id.eq_ignore_ascii_case(&instance.id));
    let kept = |days: i32| limits::retention(days).map(Some);
    Ok(Pending {
        class: input.class.clone().filter(|class| *class != spec.class),
        storage: input.allocated_storage.filter(|storage| *storage != spec.storage),
        port: input.port.map(limits::port).transpose()?.filter(|port| *port != spec.port),
        engine_version: engine_version.filter(|version| *version != spec.engine_version),
        id: new_id.map(|id| free_id(tx, call, id)).transpose()?,
        backup_retention: input
            .backup_retention_period
            .map_or(Ok(None), kept)?
            .filter(|days| *days != spec.backup_retention),
        storage_type: input.storage_type.clone().filter(|kind| *kind != spec.storage_type),
        password: None,
    })
}

/// The version that an instance can be brought to.
fn upgrade(instance: &DbInstance, asked: &str, major: bool) -> Result<String, RdsError> {
    let spec = &instance.spec;
    let to = version(spec.engine.word(), Some(asked))?;
    if Some(to.family) == instance.family() || asked == spec.engine_version {
        return Ok(to.version.to_owned());
    }
    let reason = if major {
        format!("Cannot upgrade {} from {} to {asked}", spec.engine, spec.engine_version)
    } else {
        "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.".to_owned()
    };
    Err(RdsError::combination(reason))
}

/// What waited, and what came to it.
fn merged(old: Pending, new: Pending) -> Pending {
    Pending {
        class: new.class.or(old.class),
        storage: new.storage.or(old.storage),
        port: new.port.or(old.port),
        engine_version: new.engine_version.or(old.engine_version),
        id: new.id.or(old.id),
        backup_retention: new.backup_retention.or(old.backup_retention),
        storage_type: new.storage_type.or(old.storage_type),
        password: new.password.or(old.password),
    }
}

/// Brings everything into force that waits. The caller saves the instance.
///
/// # Errors
/// Where the cloud has no public address left.
pub(crate) fn apply_pending(tx: &mut Tx, ids: &Ids, instance: &mut DbInstance) -> Result<(), AwsError> {
    let pending = std::mem::take(&mut instance.spec.pending);
    let spec = &mut instance.spec;
    let machine = [
        put(&mut spec.class, pending.class),
        put(&mut spec.storage, pending.storage),
        put(&mut spec.port, pending.port),
    ];
    put(&mut spec.engine_version, pending.engine_version);
    put(&mut spec.backup_retention, pending.backup_retention);
    put(&mut spec.storage_type, pending.storage_type);
    if machine.contains(&true) {
        spec.revision += 1;
    }
    if let Some(id) = pending.id {
        place::unpublish(tx, instance);
        tx.delete(&Key::<DbInstance>::new(&instance.place, &instance.id));
        instance.id = id;
        place::publish(tx, ids, instance)?;
    }
    Ok(())
}
