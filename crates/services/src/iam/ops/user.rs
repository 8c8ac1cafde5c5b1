//! Users.

use tierra_core::{Call, Caller, Tag, Tx};
use tierra_model::Shape;

use super::{create, entity, free, remove, rename};
use crate::declare::{anything, operations};
use crate::iam::api::{Below, ByUser, UserShape, arns, listing, page_below};
use crate::iam::bootstrap;
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::model::{AccessKey, Held, Named, User, find};

operations! { "iam", IamError;
    write CreateUser(CreateUserInput) -> UserOutput = create_user, on |tx, input, call| arns::<User>(tx, call, &input.user_name);
    read GetUser(MaybeUser) -> UserOutput = get_user, on |tx, input, call| input.user_name.iter().flat_map(|name| arns::<User>(tx, call, name)).collect();
    read ListUsers(Below) -> ListUsersOutput = list_users, on anything;
    write UpdateUser(UpdateUserInput) -> () = update_user, on |tx, input, call| arns::<User>(tx, call, &input.user_name);
    write DeleteUser(ByUser) -> () = delete_user, on |tx, input, call| arns::<User>(tx, call, &input.user_name);
    read GetLoginProfile(ByUser) -> () = get_login_profile, on |tx, input, call| arns::<User>(tx, call, &input.user_name);
}

/// Input of [`CreateUser`].
#[derive(Default, Shape)]
pub struct CreateUserInput {
    pub(crate) path: Option<String>,
    pub(crate) user_name: String,
    pub(crate) permissions_boundary: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// Input of operations whose user is the caller where none is named.
#[derive(Default, Shape)]
pub struct MaybeUser {
    pub(crate) user_name: Option<String>,
}

/// Input of [`UpdateUser`].
#[derive(Default, Shape)]
pub struct UpdateUserInput {
    user_name: String,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

/// A user.
#[derive(Default, Shape)]
pub struct UserOutput {
    pub(crate) user: UserShape,
}

listing!(ListUsersOutput { users: UserShape });

fn exists(name: String) -> IamError {
    IamError::Exists { noun: "User", name }
}

fn create_user(tx: &mut Tx, call: &Call, input: CreateUserInput) -> Result<UserOutput, IamError> {
    let user = User {
        entity: entity::<User>(
            call,
            "userName",
            input.user_name,
            limits::SHORT_NAME_LENGTH,
            input.path,
            &input.tags,
        )?,
        held: Held {
            boundary: super::held::boundary(tx, input.permissions_boundary)?,
            ..Held::default()
        },
        ..User::default()
    };
    create(tx, user.clone(), exists)?;
    Ok(UserOutput {
        user: UserShape::full(&user),
    })
}

/// The user's name, or the calling user's where none is given.
pub(super) fn name_or_caller(call: &Call, name: Option<String>) -> Result<String, IamError> {
    match (name, &call.caller) {
        (Some(name), _) => Ok(name),
        (None, Caller::User { path_and_name, .. }) => Ok(path_and_name.rsplit('/').next().unwrap_or_default().to_owned()),
        (None, _) => Err(IamError::NeedsUserName),
    }
}

fn get_user(tx: &mut Tx, call: &Call, input: MaybeUser) -> Result<UserOutput, IamError> {
    if let (None, Caller::Root { .. }) = (&input.user_name, &call.caller) {
        let created = bootstrap::cloud(tx).map_or(call.now, |cloud| cloud.created);
        return Ok(UserOutput {
            user: UserShape::root(call, created),
        });
    }
    let user = find::<User>(tx, call, &name_or_caller(call, input.user_name)?)?;
    Ok(UserOutput {
        user: UserShape::full(&user),
    })
}

fn list_users(tx: &mut Tx, call: &Call, input: Below) -> Result<ListUsersOutput, IamError> {
    let page = page_below::<User>(tx, call, input.path_prefix.as_deref(), input.marker.as_deref(), input.max_items)?;
    Ok(ListUsersOutput::of(page, |user| UserShape::brief(&user)))
}

fn keys(tx: &Tx, user: &User) -> Vec<AccessKey> {
    tx.by_index(&user.entity.place, "user", &user.entity.key())
}

fn update_user(tx: &mut Tx, call: &Call, input: UpdateUserInput) -> Result<(), IamError> {
    let user = find::<User>(tx, call, &input.user_name)?;
    let keys = keys(tx, &user);
    let user = rename(tx, user, input.new_user_name, input.new_path, exists)?;
    for mut key in keys {
        key.user = Some(user.entity.name.clone());
        tx.save(key);
    }
    Ok(())
}

fn delete_user(tx: &mut Tx, call: &Call, input: ByUser) -> Result<(), IamError> {
    let user = find::<User>(tx, call, &input.user_name)?;
    free(user.groups.is_empty(), "remove users from group")?;
    free(user.held.attached.is_empty(), "detach all policies")?;
    free(user.held.inline.is_empty(), "delete policies")?;
    free(keys(tx, &user).is_empty(), "delete access keys")?;
    remove(tx, &user);
    Ok(())
}

/// There is no console to log in to, so no user has a login profile.
fn get_login_profile(tx: &mut Tx, call: &Call, input: ByUser) -> Result<(), IamError> {
    let user = find::<User>(tx, call, &input.user_name)?;
    Err(IamError::NoLoginProfile {
        name: user.entity().name.clone(),
    })
}
