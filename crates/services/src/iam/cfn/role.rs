//! `AWS::IAM::Role`

use serde_json::Value;
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::{attributes, document, gone, held, name, progress, put_own_tags, stale_tags, tags, text};
use crate::iam::api::ByRole;
use crate::iam::limits::SHORT_NAME_LENGTH;
use crate::iam::model::Role;
use crate::iam::ops::held::{DeleteRolePermissionsBoundary, PutRolePermissionsBoundary, RoleBoundary};
use crate::iam::ops::role::{
    CreateRole, CreateRoleInput, DeleteRole, UpdateAssumeRolePolicy, UpdateAssumeRolePolicyInput, UpdateRole, UpdateRoleInput,
};
use crate::iam::ops::tag::role as role_tag;
use crate::invoke;

/// The type.
pub(super) struct RoleType;

fn max_session(properties: &Value) -> Option<i32> {
    let value = properties.get("MaxSessionDuration")?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    i32::try_from(number).ok()
}

impl ResourceType for RoleType {
    fn name(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let properties = creation.properties;
        let role_name = name(creation, call, "RoleName", SHORT_NAME_LENGTH);
        let input = CreateRoleInput {
            path: text(properties, "Path"),
            role_name: role_name.clone(),
            assume_role_policy_document: document(properties, "AssumeRolePolicyDocument"),
            description: text(properties, "Description"),
            max_session_duration: max_session(properties),
            permissions_boundary: text(properties, "PermissionsBoundary"),
            tags: tags(creation),
        };
        invoke::<CreateRole>(tx, call, input)?;
        held::settle::<Role>(tx, call, &role_name, &Value::Null, properties)?;
        put_own_tags::<Role>(tx, call, &role_name, creation.tags)?;
        Ok(role_name)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        progress::<Role>(tx, call, id)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        attributes::<Role>(tx, call, id, "RoleId")
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, old: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        let (properties, role_name) = (new.properties, id.to_owned());
        let trust = UpdateAssumeRolePolicyInput {
            role_name: role_name.clone(),
            policy_document: document(properties, "AssumeRolePolicyDocument"),
        };
        invoke::<UpdateAssumeRolePolicy>(tx, call, trust)?;
        let description = Some(text(properties, "Description").unwrap_or_default());
        let max_session_duration = max_session(properties).or(Some(3600));
        invoke::<UpdateRole>(
            tx,
            call,
            UpdateRoleInput {
                role_name: role_name.clone(),
                description,
                max_session_duration,
            },
        )?;
        match text(properties, "PermissionsBoundary") {
            Some(permissions_boundary) => {
                invoke::<PutRolePermissionsBoundary>(
                    tx,
                    call,
                    RoleBoundary {
                        role_name: role_name.clone(),
                        permissions_boundary,
                    },
                )?;
            }
            None => invoke::<DeleteRolePermissionsBoundary>(
                tx,
                call,
                ByRole {
                    role_name: role_name.clone(),
                },
            )?,
        }
        held::settle::<Role>(tx, call, id, old, properties)?;
        let (noun, tags) = (role_name.clone(), tags(new));
        let tag_keys = stale_tags::<Role>(tx, call, id, &tags)?;
        invoke::<role_tag::UntagRole>(tx, call, role_tag::UntagInput { noun: role_name, tag_keys })?;
        invoke::<role_tag::TagRole>(tx, call, role_tag::TagInput { noun, tags })
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let delete = |tx: &mut Tx| {
            held::strip::<Role>(tx, call, id)?;
            invoke::<DeleteRole>(tx, call, ByRole { role_name: id.to_owned() })
        };
        gone(delete(tx))
    }
}
