//! `DBInstance` as it is shown.

use tierra_core::{Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::subnet_group::DbSubnetGroupShape;
use crate::ec2::network_interface::NetworkInterface;
use crate::rds::model::{DbInstance, DbInstanceState, DbParameterGroup, DbSnapshot, DbSubnetGroup, Pending};

/// Days for which a database's certificate is good; each restart that is asked for brings a new one.
pub(crate) const CERTIFICATE_DAYS: u32 = 3650;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A database instance.
#[derive(Debug, Default, Shape)]
pub struct DbInstanceShape {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    #[shape("DBInstanceClass")]
    pub(crate) class: String,
    pub(crate) engine: String,
    #[shape("DBInstanceStatus")]
    pub(crate) status: DbInstanceState,
    pub(crate) master_username: String,
    #[shape("DBName")]
    pub(crate) db_name: Option<String>,
    pub(crate) endpoint: Option<EndpointShape>,
    pub(crate) allocated_storage: i32,
    pub(crate) instance_create_time: Option<Timestamp>,
    pub(crate) preferred_backup_window: String,
    pub(crate) backup_retention_period: i32,
    #[shape("DBSecurityGroups")]
    pub(crate) db_security_groups: Vec<OldGroupShape>,
    pub(crate) vpc_security_groups: Vec<GroupShape>,
    #[shape("DBParameterGroups")]
    pub(crate) parameter_groups: Vec<ParameterGroupStatusShape>,
    pub(crate) availability_zone: Option<String>,
    #[shape("DBSubnetGroup")]
    pub(crate) subnet_group: Option<DbSubnetGroupShape>,
    pub(crate) preferred_maintenance_window: String,
    pub(crate) pending_modified_values: PendingShape,
    #[shape("MultiAZ")]
    pub(crate) multi_az: bool,
    pub(crate) engine_version: String,
    pub(crate) auto_minor_version_upgrade: bool,
    #[shape("ReadReplicaDBInstanceIdentifiers")]
    pub(crate) read_replicas: Vec<String>,
    pub(crate) license_model: String,
    pub(crate) option_group_memberships: Vec<OptionGroupShape>,
    pub(crate) publicly_accessible: bool,
    pub(crate) storage_type: String,
    pub(crate) db_instance_port: i32,
    pub(crate) storage_encrypted: bool,
    pub(crate) dbi_resource_id: String,
    #[shape("CACertificateIdentifier")]
    pub(crate) ca: String,
    pub(crate) copy_tags_to_snapshot: bool,
    pub(crate) monitoring_interval: i32,
    #[shape("DBInstanceArn")]
    pub(crate) arn: String,
    #[shape("IAMDatabaseAuthenticationEnabled")]
    pub(crate) iam_authentication: bool,
    pub(crate) performance_insights_enabled: bool,
    pub(crate) deletion_protection: bool,
    pub(crate) tag_list: Vec<Tag>,
    pub(crate) network_type: String,
    pub(crate) backup_target: String,
    pub(crate) certificate_details: Option<CertificateDetailsShape>,
    pub(crate) master_user_secret: Option<MasterUserSecretShape>,
}

/// Where clients connect to.
#[derive(Debug, Default, Shape)]
pub struct EndpointShape {
    pub(crate) address: String,
    pub(crate) port: i32,
}

/// Of the time before VPCs; there are none.
#[derive(Debug, Default, Shape)]
pub struct OldGroupShape {
    #[shape("DBSecurityGroupName")]
    name: String,
    status: String,
}

/// A security group of its interface.
#[derive(Debug, Default, Shape)]
pub struct GroupShape {
    pub(crate) vpc_security_group_id: String,
    pub(crate) status: String,
}

/// Its parameter group, and whether that is in force.
#[derive(Debug, Default, Shape)]
pub struct ParameterGroupStatusShape {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
    pub(crate) parameter_apply_status: String,
}

/// The option group of its engine, which has no options.
#[derive(Debug, Default, Shape)]
pub struct OptionGroupShape {
    option_group_name: String,
    status: String,
}

/// What waits for the maintenance window.
#[derive(Debug, Default, Shape)]
pub struct PendingShape {
    #[shape("DBInstanceClass")]
    pub(crate) class: Option<String>,
    pub(crate) allocated_storage: Option<i32>,
    pub(crate) master_user_password: Option<String>,
    pub(crate) port: Option<i32>,
    pub(crate) backup_retention_period: Option<i32>,
    pub(crate) engine_version: Option<String>,
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: Option<String>,
    pub(crate) storage_type: Option<String>,
}

/// Its server certificate.
#[derive(Debug, Default, Shape)]
pub struct CertificateDetailsShape {
    #[shape("CAIdentifier")]
    ca: String,
    valid_till: Timestamp,
}

/// The secret in which its master password lies.
#[derive(Debug, Default, Shape)]
pub struct MasterUserSecretShape {
    pub(crate) secret_arn: String,
    pub(crate) secret_status: String,
    pub(crate) kms_key_id: Option<String>,
}

impl From<&Pending> for PendingShape {
    fn from(pending: &Pending) -> Self {
        Self {
            class: pending.class.clone(),
            allocated_storage: pending.storage,
            master_user_password: pending.password.as_ref().map(|_| "****".to_owned()),
            port: pending.port.map(i32::from),
            backup_retention_period: pending.backup_retention,
            engine_version: pending.engine_version.clone(),
            id: pending.id.clone(),
            storage_type: pending.storage_type.clone(),
        }
    }
}

impl DbInstanceShape {
    /// An instance as it is shown.
    pub(crate) fn of(tx: &Tx, instance: &DbInstance) -> Self {
        let spec = &instance.spec;
        let group: Option<DbSubnetGroup> = tx.find(&instance.place, &spec.subnet_group);
        let pending = Self {
            id: instance.id.clone(),
            class: spec.class.clone(),
            engine: spec.engine.to_string(),
            status: state(tx, instance),
            master_username: spec.master.username.clone(),
            db_name: spec.db_name.clone(),
            allocated_storage: spec.storage,
            instance_create_time: instance.status.first_up,
            preferred_backup_window: spec.backup_window.clone(),
            backup_retention_period: spec.backup_retention,
            vpc_security_groups: groups(tx, instance),
            parameter_groups: parameter_groups(tx, instance),
            availability_zone: Some(spec.zone.clone()),
            subnet_group: group.map(|group| DbSubnetGroupShape::of(tx, &group)),
            preferred_maintenance_window: spec.maintenance_window.clone(),
            pending_modified_values: PendingShape::from(&spec.pending),
            engine_version: spec.engine_version.clone(),
            auto_minor_version_upgrade: spec.auto_minor_version_upgrade,
            license_model: spec.engine.licence().to_owned(),
            publicly_accessible: spec.publicly_accessible,
            storage_type: spec.storage_type.clone(),
            dbi_resource_id: instance.resource_id.clone(),
            ca: spec.ca.clone(),
            copy_tags_to_snapshot: spec.copy_tags_to_snapshot,
            arn: instance.arn().to_string(),
            deletion_protection: spec.deletion_protection,
            tag_list: instance.tags.list(),
            ..Self::default()
        };
        pending.with_certificates(instance)
    }

    /// What follows from the rest, and what is the same for all.
    fn with_certificates(self, instance: &DbInstance) -> Self {
        let spec = &instance.spec;
        let version = spec.engine.version(Some(&spec.engine_version));
        let options = version.map(|version| OptionGroupShape {
            option_group_name: format!("default:{}-{}", spec.engine, version.major.replace('.', "-")),
            status: "in-sync".to_owned(),
        });
        let up = instance.status.first_up;
        Self {
            endpoint: up.map(|_| EndpointShape {
                address: instance.endpoint(),
                port: i32::from(spec.port),
            }),
            option_group_memberships: options.into_iter().collect(),
            network_type: "IPV4".to_owned(),
            backup_target: "region".to_owned(),
            certificate_details: up.map(|up| CertificateDetailsShape {
                ca: spec.ca.clone(),
                valid_till: up.plus_millis(i64::from(CERTIFICATE_DAYS) * DAY),
            }),
            master_user_secret: spec.master.secret.as_ref().map(|arn| MasterUserSecretShape {
                secret_arn: arn.clone(),
                secret_status: if up.is_some() { "active" } else { "creating" }.to_owned(),
                kms_key_id: None,
            }),
            ..self
        }
    }
}

/// AWS's word for an instance's state.
pub(crate) fn state(tx: &Tx, instance: &DbInstance) -> DbInstanceState {
    let snapshots: Vec<DbSnapshot> = tx.by_index(&instance.place, "resource-id", &instance.resource_id);
    let taking = |one: &DbSnapshot| one.copy_of.is_none() && one.state() == "creating";
    instance.state(snapshots.iter().any(taking))
}

fn groups(tx: &Tx, instance: &DbInstance) -> Vec<GroupShape> {
    let interface: Option<NetworkInterface> = tx.find(&instance.place, &instance.spec.interface);
    let groups = interface.into_iter().flat_map(|interface| interface.groups);
    let shown = groups.map(|group| GroupShape {
        vpc_security_group_id: group.to_string(),
        status: "active".to_owned(),
    });
    shown.collect()
}

fn parameter_groups(tx: &Tx, instance: &DbInstance) -> Vec<ParameterGroupStatusShape> {
    let group = DbParameterGroup::named(tx, &instance.place, &instance.spec.parameter_group);
    let shown = group.map(|group| ParameterGroupStatusShape {
        parameter_apply_status: instance.parameter_status(&group).to_owned(),
        name: group.name,
    });
    shown.into_iter().collect()
}
