//! Access keys of users and of the root user.

use tierra_core::{Call, Caller, Key, Tx};
use tierra_model::Shape;

use super::user::{MaybeUser, name_or_caller};
use crate::declare::{anything, operations};
use crate::iam::api::{AccessKeyShape, arns, listing, page};
use crate::iam::bootstrap::{cloud, new_key};
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::model::{AccessKey, User, find};

operations! { "iam", IamError;
    write CreateAccessKey(MaybeUser) -> AccessKeyOutput = create_key, on |tx, input, call| on_user(tx, call, input.user_name.as_deref());
    read ListAccessKeys(ListKeysInput) -> ListAccessKeysOutput = list_keys, on |tx, input, call| on_user(tx, call, input.user_name.as_deref());
    write UpdateAccessKey(UpdateKeyInput) -> () = update_key, on |tx, input, call| on_user(tx, call, input.user_name.as_deref());
    write DeleteAccessKey(DeleteKeyInput) -> () = delete_key, on |tx, input, call| on_user(tx, call, input.user_name.as_deref());
    read GetAccessKeyLastUsed(ByKey) -> LastUsedOutput = last_used, on anything;
}

/// Input of [`ListAccessKeys`].
#[derive(Default, Shape)]
pub struct ListKeysInput {
    user_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i32>,
}

tierra_model::text_enum! {
    /// Whether a key opens anything.
    pub enum KeyStatus { Active = "Active", Inactive = "Inactive" }
}

/// Input of [`UpdateAccessKey`].
#[derive(Default, Shape)]
pub struct UpdateKeyInput {
    pub(crate) user_name: Option<String>,
    pub(crate) access_key_id: String,
    pub(crate) status: KeyStatus,
}

/// Input of [`DeleteAccessKey`].
#[derive(Default, Shape)]
pub struct DeleteKeyInput {
    pub(crate) user_name: Option<String>,
    pub(crate) access_key_id: String,
}

/// A key by its id.
#[derive(Default, Shape)]
pub struct ByKey {
    access_key_id: String,
}

/// A key with its secret.
#[derive(Default, Shape)]
pub struct AccessKeyOutput {
    pub(crate) access_key: AccessKeyShape,
}

listing!(ListAccessKeysOutput {
    access_key_metadata: AccessKeyShape
});

/// When and where a key was last used: not tracked, which AWS calls `N/A`.
#[derive(Default, Shape)]
pub struct LastUsed {
    service_name: String,
    region: String,
}

/// Whose key it is.
#[derive(Default, Shape)]
pub struct LastUsedOutput {
    user_name: Option<String>,
    access_key_last_used: LastUsed,
}

fn on_user(tx: &Tx, call: &Call, name: Option<&str>) -> Vec<tierra_core::Arn> {
    let name = name_or_caller(call, name.map(str::to_owned)).ok();
    name.map_or_else(Vec::new, |name| arns::<User>(tx, call, &name))
}

/// Whose keys are meant: a user's, or `None` for the root user's own.
fn owner(tx: &Tx, call: &Call, name: Option<String>) -> Result<Option<User>, IamError> {
    if let (None, Caller::Root { .. }) = (&name, &call.caller) {
        return Ok(None);
    }
    find::<User>(tx, call, &name_or_caller(call, name)?).map(Some)
}

fn keys_of(tx: &Tx, call: &Call, user: Option<&User>) -> Vec<AccessKey> {
    let place = call.place.global();
    match user {
        Some(user) => tx.by_index(&place, "user", &user.entity.key()),
        None => tx.list::<AccessKey>(&place).into_iter().filter(|key| key.user.is_none()).collect(),
    }
}

fn create_key(tx: &mut Tx, call: &Call, input: MaybeUser) -> Result<AccessKeyOutput, IamError> {
    let user = owner(tx, call, input.user_name)?;
    limits::within(
        "AccessKeysPerUser",
        keys_of(tx, call, user.as_ref()).len() + 1,
        limits::KEYS_PER_USER,
    )?;
    let name = user.map(|user| user.entity.name);
    let Some(cloud) = cloud(tx) else { return Err(IamError::NotStarted) };
    let (key, secret) = new_key(&cloud.key, &call.ids, call.now, &call.place.account, name.as_deref());
    let access_key = AccessKeyShape::of(&key, Some(secret));
    tx.save(key);
    Ok(AccessKeyOutput { access_key })
}

fn list_keys(tx: &mut Tx, call: &Call, input: ListKeysInput) -> Result<ListAccessKeysOutput, IamError> {
    let user = owner(tx, call, input.user_name)?;
    let keys = keys_of(tx, call, user.as_ref());
    let page = page(keys, |key| key.id.clone(), input.marker.as_deref(), input.max_items)?;
    Ok(ListAccessKeysOutput::of(page, |key| AccessKeyShape::of(&key, None)))
}

fn find_key(tx: &Tx, call: &Call, user: Option<String>, id: &str) -> Result<AccessKey, IamError> {
    let user = owner(tx, call, user)?;
    let mut keys = keys_of(tx, call, user.as_ref()).into_iter();
    keys.find(|key| key.id == id)
        .ok_or_else(|| IamError::NoSuchKey { id: id.to_owned() })
}

fn update_key(tx: &mut Tx, call: &Call, input: UpdateKeyInput) -> Result<(), IamError> {
    let mut key = find_key(tx, call, input.user_name, &input.access_key_id)?;
    key.active = input.status == KeyStatus::Active;
    tx.save(key);
    Ok(())
}

fn delete_key(tx: &mut Tx, call: &Call, input: DeleteKeyInput) -> Result<(), IamError> {
    let key = find_key(tx, call, input.user_name, &input.access_key_id)?;
    if cloud(tx).is_some_and(|cloud| cloud.root_key == key.id) {
        return Err(IamError::RootKey);
    }
    tx.delete(&Key::<AccessKey>::new(&key.place, &key.id));
    Ok(())
}

fn last_used(tx: &mut Tx, call: &Call, input: ByKey) -> Result<LastUsedOutput, IamError> {
    let key: Option<AccessKey> = tx.find(&call.place.global(), &input.access_key_id);
    let key = key.ok_or(IamError::NoSuchKey { id: input.access_key_id })?;
    Ok(LastUsedOutput {
        user_name: key.user,
        access_key_last_used: LastUsed {
            service_name: "N/A".to_owned(),
            region: "N/A".to_owned(),
        },
    })
}
