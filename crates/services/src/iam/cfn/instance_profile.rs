//! `AWS::IAM::InstanceProfile`

use serde_json::Value;
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::{attributes, gone, name, progress, text, texts};
use crate::iam::limits::NAME_LENGTH;
use crate::iam::model::{InstanceProfile, find};
use crate::iam::ops::instance_profile::{
    AddRoleToInstanceProfile, ByProfile, CreateInstanceProfile, CreateInstanceProfileInput, DeleteInstanceProfile, ProfileRole,
    RemoveRoleFromInstanceProfile,
};
use crate::invoke;

/// The type.
pub(super) struct InstanceProfileType;

/// Brings the profile to the template's one role.
fn settle(tx: &mut Tx, call: &Call, id: &str, wanted: &[String]) -> Result<(), AwsError> {
    let with = |role_name: String| ProfileRole {
        instance_profile_name: id.to_owned(),
        role_name,
    };
    let current = find::<InstanceProfile>(tx, call, id)?.role;
    if let Some(role) = current.clone().filter(|role| !wanted.contains(role)) {
        invoke::<RemoveRoleFromInstanceProfile>(tx, call, with(role))?;
    }
    let new = wanted.iter().filter(|role| current.as_ref() != Some(role));
    new.cloned()
        .try_for_each(|role| invoke::<AddRoleToInstanceProfile>(tx, call, with(role)))
}

impl ResourceType for InstanceProfileType {
    fn name(&self) -> &'static str {
        "AWS::IAM::InstanceProfile"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let instance_profile_name = name(creation, call, "InstanceProfileName", NAME_LENGTH);
        let input = CreateInstanceProfileInput {
            instance_profile_name: instance_profile_name.clone(),
            path: text(creation.properties, "Path"),
            tags: Vec::new(),
        };
        invoke::<CreateInstanceProfile>(tx, call, input)?;
        settle(tx, call, &instance_profile_name, &texts(creation.properties, "Roles"))?;
        Ok(instance_profile_name)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        progress::<InstanceProfile>(tx, call, id)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        attributes::<InstanceProfile>(tx, call, id, "InstanceProfileId")
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        settle(tx, call, id, &texts(new.properties, "Roles"))
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let delete = |tx: &mut Tx| {
            settle(tx, call, id, &[])?;
            invoke::<DeleteInstanceProfile>(
                tx,
                call,
                ByProfile {
                    instance_profile_name: id.to_owned(),
                },
            )
        };
        gone(delete(tx))
    }
}
