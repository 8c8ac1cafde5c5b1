//! IAM's operations, a file a noun.

pub(super) mod access_key;
pub(super) mod account;
pub(super) mod group;
pub(super) mod held;
pub(super) mod instance_profile;
pub(super) mod policy;
pub(super) mod role;
pub(super) mod simulate;
pub(super) mod tag;
pub(super) mod user;

use tierra_core::{Call, Expect, Key, Registry, Tag, Tags, Tx};

use super::errors::IamError;
use super::limits;
use super::model::{Entity, Named};

/// Declares every operation of IAM.
pub(super) fn register(registry: &mut Registry) {
    access_key::register(registry);
    account::register(registry);
    group::register(registry);
    held::register_all(registry);
    instance_profile::register_all(registry);
    policy::register(registry);
    role::register(registry);
    simulate::register(registry);
    tag::register(registry);
    user::register(registry);
}

/// The common part of a new thing, its name, path and tags checked.
fn entity<N: Named>(call: &Call, member: &str, name: String, limit: usize, path: Option<String>, tags: &[Tag]) -> Result<Entity, IamError> {
    limits::name(member, &name, limit)?;
    Ok(Entity {
        tags: Tags::parse(tags)?,
        ..Entity::new(call, N::PREFIX, limits::path(path)?, name)
    })
}

/// Puts a new thing, where its name is free.
fn create<N: Named>(tx: &mut Tx, value: N, taken: impl FnOnce(String) -> IamError) -> Result<(), IamError> {
    let name = value.entity().name.clone();
    tx.put(value, Expect::New).map_err(|_| taken(name))
}

/// Moves a thing to a new name and path.
fn rename<N: Named>(
    tx: &mut Tx,
    mut value: N,
    name: Option<String>,
    path: Option<String>,
    taken: impl FnOnce(String) -> IamError,
) -> Result<N, IamError> {
    let old = Key::<N>::new(&value.entity().place, value.entity().key());
    if let Some(path) = path {
        value.entity_mut().path = limits::path(Some(path))?;
    }
    if let Some(name) = name {
        limits::name("newName", &name, limits::NAME_LENGTH)?;
        value.entity_mut().name = name;
    }
    tx.delete(&old);
    create(tx, value.clone(), taken)?;
    Ok(value)
}

/// Deletes a thing.
fn remove<N: Named>(tx: &mut Tx, value: &N) {
    tx.delete(&Key::<N>::new(&value.entity().place, value.entity().key()));
}

/// Refuses to delete what something still hangs on.
fn free(is_free: bool, first: &'static str) -> Result<(), IamError> {
    if is_free { Ok(()) } else { Err(IamError::InUse { first }) }
}
