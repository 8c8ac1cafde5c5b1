//! `AWS::IAM::User`

use serde_json::Value;
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::{attributes, gone, held, name, progress, put_own_tags, stale_tags, tags, text, texts};
use crate::iam::api::ByUser;
use crate::iam::limits::SHORT_NAME_LENGTH;
use crate::iam::model::{User, find};
use crate::iam::ops::group::{AddUserToGroup, Membership, RemoveUserFromGroup};
use crate::iam::ops::held::{DeleteUserPermissionsBoundary, PutUserPermissionsBoundary, UserBoundary};
use crate::iam::ops::tag::user as user_tag;
use crate::iam::ops::user::{CreateUser, CreateUserInput, DeleteUser};
use crate::invoke;

/// The type.
pub(super) struct UserType;

fn settle_groups(tx: &mut Tx, call: &Call, user: &str, old: &Value, new: &Value) -> Result<(), AwsError> {
    let (before, after) = (texts(old, "Groups"), texts(new, "Groups"));
    let member = |group: &String| Membership {
        group_name: group.clone(),
        user_name: user.to_owned(),
    };
    for group in before.iter().filter(|group| !after.contains(group)) {
        gone(invoke::<RemoveUserFromGroup>(tx, call, member(group)))?;
    }
    after.iter().try_for_each(|group| invoke::<AddUserToGroup>(tx, call, member(group)))
}

/// There is no console to log in to.
fn refuse_login(properties: &Value) -> Result<(), AwsError> {
    if properties.get("LoginProfile").is_none_or(Value::is_null) {
        return Ok(());
    }
    Err(AwsError::new(
        "ValidationError",
        400,
        "LoginProfile is not available in this cloud: it has no console sign-in.",
    ))
}

impl ResourceType for UserType {
    fn name(&self) -> &'static str {
        "AWS::IAM::User"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let properties = creation.properties;
        refuse_login(properties)?;
        let user_name = name(creation, call, "UserName", SHORT_NAME_LENGTH);
        let input = CreateUserInput {
            path: text(properties, "Path"),
            user_name: user_name.clone(),
            permissions_boundary: text(properties, "PermissionsBoundary"),
            tags: tags(creation),
        };
        invoke::<CreateUser>(tx, call, input)?;
        held::settle::<User>(tx, call, &user_name, &Value::Null, properties)?;
        settle_groups(tx, call, &user_name, &Value::Null, properties)?;
        put_own_tags::<User>(tx, call, &user_name, creation.tags)?;
        Ok(user_name)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        progress::<User>(tx, call, id)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        attributes::<User>(tx, call, id, "UserId")
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, old: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        refuse_login(new.properties)?;
        let user_name = || id.to_owned();
        match text(new.properties, "PermissionsBoundary") {
            Some(permissions_boundary) => {
                invoke::<PutUserPermissionsBoundary>(
                    tx,
                    call,
                    UserBoundary {
                        user_name: user_name(),
                        permissions_boundary,
                    },
                )?;
            }
            None => invoke::<DeleteUserPermissionsBoundary>(tx, call, ByUser { user_name: user_name() })?,
        }
        held::settle::<User>(tx, call, id, old, new.properties)?;
        settle_groups(tx, call, id, old, new.properties)?;
        let tags = tags(new);
        let tag_keys = stale_tags::<User>(tx, call, id, &tags)?;
        invoke::<user_tag::UntagUser>(
            tx,
            call,
            user_tag::UntagInput {
                noun: user_name(),
                tag_keys,
            },
        )?;
        invoke::<user_tag::TagUser>(tx, call, user_tag::TagInput { noun: user_name(), tags })
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let delete = |tx: &mut Tx| {
            held::strip::<User>(tx, call, id)?;
            for group_name in find::<User>(tx, call, id)?.groups {
                invoke::<RemoveUserFromGroup>(
                    tx,
                    call,
                    Membership {
                        group_name,
                        user_name: id.to_owned(),
                    },
                )?;
            }
            invoke::<DeleteUser>(tx, call, ByUser { user_name: id.to_owned() })
        };
        gone(delete(tx))
    }
}
