//! Groups and who is in them.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::{create, entity, free, remove, rename};
use crate::declare::{anything, operations};
use crate::iam::api::{Below, ByGroup, GroupShape, UserShape, arns, listing, page, page_below};
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::model::{Group, Held, User, find};

operations! { "iam", IamError;
    write CreateGroup(CreateGroupInput) -> GroupOutput = create_group, on |tx, input, call| arns::<Group>(tx, call, &input.group_name);
    read GetGroup(GetGroupInput) -> GetGroupOutput = get_group, on |tx, input, call| arns::<Group>(tx, call, &input.group_name);
    read ListGroups(Below) -> ListGroupsOutput = list_groups, on anything;
    write UpdateGroup(UpdateGroupInput) -> () = update_group, on |tx, input, call| arns::<Group>(tx, call, &input.group_name);
    write DeleteGroup(ByGroup) -> () = delete_group, on |tx, input, call| arns::<Group>(tx, call, &input.group_name);
    write AddUserToGroup(Membership) -> () = add_user, on |tx, input, call| arns::<Group>(tx, call, &input.group_name);
    write RemoveUserFromGroup(Membership) -> () = remove_user, on |tx, input, call| arns::<Group>(tx, call, &input.group_name);
    read ListGroupsForUser(ListGroupsForUserInput) -> ListGroupsOutput = list_for_user, on |tx, input, call| arns::<User>(tx, call, &input.user_name);
}

/// Input of [`CreateGroup`].
#[derive(Default, Shape)]
pub struct CreateGroupInput {
    pub(crate) path: Option<String>,
    pub(crate) group_name: String,
}

/// Input of [`GetGroup`].
#[derive(Default, Shape)]
pub struct GetGroupInput {
    group_name: String,
    marker: Option<String>,
    max_items: Option<i32>,
}

/// Input of [`UpdateGroup`].
#[derive(Default, Shape)]
pub struct UpdateGroupInput {
    group_name: String,
    new_path: Option<String>,
    new_group_name: Option<String>,
}

/// A user in a group.
#[derive(Default, Shape)]
pub struct Membership {
    pub(crate) group_name: String,
    pub(crate) user_name: String,
}

/// Input of [`ListGroupsForUser`].
#[derive(Default, Shape)]
pub struct ListGroupsForUserInput {
    user_name: String,
    marker: Option<String>,
    max_items: Option<i32>,
}

/// A group.
#[derive(Default, Shape)]
pub struct GroupOutput {
    group: GroupShape,
}

/// A group and a page of its members.
#[derive(Default, Shape)]
pub struct GetGroupOutput {
    group: GroupShape,
    users: Vec<UserShape>,
    is_truncated: bool,
    marker: Option<String>,
}

listing!(ListGroupsOutput { groups: GroupShape });

fn exists(name: String) -> IamError {
    IamError::Exists { noun: "Group", name }
}

fn members(tx: &Tx, group: &Group) -> Vec<User> {
    tx.by_index(&group.entity.place, "group", &group.entity.name)
}

fn create_group(tx: &mut Tx, call: &Call, input: CreateGroupInput) -> Result<GroupOutput, IamError> {
    let group = Group {
        entity: entity::<Group>(call, "groupName", input.group_name, limits::NAME_LENGTH, input.path, &[])?,
        held: Held::default(),
    };
    create(tx, group.clone(), exists)?;
    Ok(GroupOutput {
        group: GroupShape::of(&group),
    })
}

fn get_group(tx: &mut Tx, call: &Call, input: GetGroupInput) -> Result<GetGroupOutput, IamError> {
    let group = find::<Group>(tx, call, &input.group_name)?;
    let members = page(
        members(tx, &group),
        |user| user.entity.key(),
        input.marker.as_deref(),
        input.max_items,
    )?;
    Ok(GetGroupOutput {
        group: GroupShape::of(&group),
        users: members.items.iter().map(UserShape::brief).collect(),
        is_truncated: members.next.is_some(),
        marker: members.next,
    })
}

fn list_groups(tx: &mut Tx, call: &Call, input: Below) -> Result<ListGroupsOutput, IamError> {
    let page = page_below::<Group>(tx, call, input.path_prefix.as_deref(), input.marker.as_deref(), input.max_items)?;
    Ok(ListGroupsOutput::of(page, |group| GroupShape::of(&group)))
}

fn update_group(tx: &mut Tx, call: &Call, input: UpdateGroupInput) -> Result<(), IamError> {
    let old = find::<Group>(tx, call, &input.group_name)?;
    let members = members(tx, &old);
    let group = rename(tx, old.clone(), input.new_group_name, input.new_path, exists)?;
    for mut user in members {
        user.groups.remove(&old.entity.name);
        user.groups.insert(group.entity.name.clone());
        tx.save(user);
    }
    Ok(())
}

fn delete_group(tx: &mut Tx, call: &Call, input: ByGroup) -> Result<(), IamError> {
    let group = find::<Group>(tx, call, &input.group_name)?;
    free(members(tx, &group).is_empty(), "remove users from group")?;
    free(group.held.attached.is_empty(), "detach all policies")?;
    free(group.held.inline.is_empty(), "delete policies")?;
    remove(tx, &group);
    Ok(())
}

fn add_user(tx: &mut Tx, call: &Call, input: Membership) -> Result<(), IamError> {
    let group = find::<Group>(tx, call, &input.group_name)?;
    let mut user = find::<User>(tx, call, &input.user_name)?;
    if user.groups.insert(group.entity.name) {
        limits::within("GroupsPerUser", user.groups.len(), limits::GROUPS_PER_USER)?;
        tx.save(user);
    }
    Ok(())
}

fn remove_user(tx: &mut Tx, call: &Call, input: Membership) -> Result<(), IamError> {
    let group = find::<Group>(tx, call, &input.group_name)?;
    let mut user = find::<User>(tx, call, &input.user_name)?;
    if user.groups.remove(&group.entity.name) {
        tx.save(user);
    }
    Ok(())
}

fn list_for_user(tx: &mut Tx, call: &Call, input: ListGroupsForUserInput) -> Result<ListGroupsOutput, IamError> {
    let user = find::<User>(tx, call, &input.user_name)?;
    let groups = user.groups.iter().filter_map(|name| find::<Group>(tx, call, name).ok()).collect();
    let page = page(groups, |group: &Group| group.entity.key(), input.marker.as_deref(), input.max_items)?;
    Ok(ListGroupsOutput::of(page, |group| GroupShape::of(&group)))
}
