//! What the making of an instance takes, whether it begins empty or as a snapshot.

use sha2::{Digest, Sha256};
use tierra_core::{AwsError, Call, Place, Tags, Tx};

use super::{find, place};
use crate::ec2::security_group::SecurityGroupId;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::model::{DbInstance, DbInstanceSpec, DbInstanceStatus, DbParameterGroup, Family};
use crate::rds::ops::subnet_group;

/// Characters after `db-` in a resource id, and of an endpoint's label.
const RESOURCE_ID: usize = 26;
const LABEL: usize = 12;

/// What is asked of a new instance beside its spec.
pub(super) struct Making {
    pub(super) id: String,
    pub(super) resource_id: String,
    pub(super) spec: DbInstanceSpec,
    pub(super) subnet_group: Option<String>,
    pub(super) zone: Option<String>,
    /// `None`: public where the group is the default VPC's.
    pub(super) publicly_accessible: Option<bool>,
    pub(super) groups: Vec<SecurityGroupId>,
    pub(super) parameter_group: Option<String>,
    pub(super) tags: Tags,
}

/// A resource id that nothing had before.
pub(super) fn resource_id(call: &Call) -> String {
    format!("db-{}", call.ids.upper(RESOURCE_ID))
}

/// The checked name of a new instance, which no other has.
pub(super) fn free_id(tx: &Tx, call: &Call, id: &str) -> Result<String, RdsError> {
    let id = limits::identifier("DBInstanceIdentifier", id)?;
    if find(tx, call, &id).is_ok() {
        return Err(RdsError::InstanceExists);
    }
    if tx.list::<DbInstance>(&call.place).len() >= limits::INSTANCES {
        return Err(RdsError::Quota { code_of: "DB instances" });
    }
    Ok(id)
}

/// A parameter group that fits a family.
pub(super) fn parameter_group(tx: &Tx, call: &Call, name: Option<&str>, family: Family) -> Result<String, RdsError> {
    let Some(name) = name else { return Ok(family.default_group()) };
    let missing = || RdsError::ParameterGroupNotFound { name: name.to_owned() };
    let group = DbParameterGroup::named(tx, &call.place, &name.to_ascii_lowercase()).ok_or_else(missing)?;
    if group.family == family {
        return Ok(group.name);
    }
    let reason = format!(
        "The parameter group {name} with DBParameterGroupFamily {} cannot be used for this instance. Please use a Parameter Group with DBParameterGroupFamily {family}",
        group.family
    );
    Err(RdsError::combination(reason))
}

/// Makes an instance, its interface and its name.
///
/// # Errors
/// Where a group, the subnet or the zone does not fit.
pub(super) fn make(tx: &mut Tx, call: &Call, making: Making) -> Result<DbInstance, AwsError> {
    let group = subnet_group::named_or_default(tx, call, making.subnet_group.as_deref())?;
    let subnet = subnet_group::choose(tx, call, &group, making.zone.as_deref())?;
    let interface = place::interface(tx, call, &subnet, making.groups)?;
    let mut spec = making.spec;
    let version = spec.engine.version(Some(&spec.engine_version));
    let family = version.ok_or_else(|| RdsError::value("Cannot find this engine version"))?.family;
    spec.parameter_group = parameter_group(tx, call, making.parameter_group.as_deref(), family)?;
    spec.interface = interface.id;
    spec.zone = subnet.zone;
    spec.publicly_accessible = making.publicly_accessible.unwrap_or(group.name == "default");
    spec.subnet_group = group.name;
    spec.endpoint_label = label(&call.place);
    let instance = DbInstance {
        place: call.place.clone(),
        id: making.id,
        resource_id: making.resource_id,
        created: call.now,
        tags: making.tags,
        spec,
        status: DbInstanceStatus::default(),
    };
    tx.save(instance.clone());
    place::publish(tx, &call.ids, &instance)?;
    Ok(instance)
}

/// What all endpoints of an account in a region share, also with those that were and that will be: a database that is restored under
/// its old name is found under its old address.
fn label(place: &Place) -> String {
    let digest = hex::encode(Sha256::digest(format!("{}/{}", place.account, place.region)));
    format!("c{}", &digest[..LABEL - 1])
}

#[cfg(test)]
mod tests {
    use tierra_core::{AccountId, Region};

    use super::*;

    #[test]
    fn an_account_has_one_label_a_region_for_ever() {
        let of = |region: &str| {
            label(&Place {
                account: AccountId("123456789012".to_owned()),
                region: Region(region.to_owned()),
            })
        };
        assert_eq!(of("us-east-1"), of("us-east-1"));
        assert_ne!(of("us-east-1"), of("eu-west-1"));
        assert_eq!(of("us-east-1").len(), LABEL);
    }
}
