//! Instance profiles.

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use super::{create, entity, free, remove};
use crate::declare::{anything, operations};
use crate::iam::api::{Below, InstanceProfileShape, arns, listing, page, page_below};
use crate::iam::authorize::pass_role;
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::model::{InstanceProfile, Named, Role, find};

operations! { "iam", IamError;
    write CreateInstanceProfile(CreateInstanceProfileInput) -> InstanceProfileOutput = create_profile,
        on |tx, input, call| arns::<InstanceProfile>(tx, call, &input.instance_profile_name);
    read GetInstanceProfile(ByProfile) -> InstanceProfileOutput = get_profile,
        on |tx, input, call| arns::<InstanceProfile>(tx, call, &input.instance_profile_name);
    read ListInstanceProfiles(Below) -> ListInstanceProfilesOutput = list_profiles, on anything;
    read ListInstanceProfilesForRole(ForRole) -> ListInstanceProfilesOutput = list_for_role,
        on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    write DeleteInstanceProfile(ByProfile) -> () = delete_profile,
        on |tx, input, call| arns::<InstanceProfile>(tx, call, &input.instance_profile_name);
    write RemoveRoleFromInstanceProfile(ProfileRole) -> () = remove_role,
        on |tx, input, call| arns::<InstanceProfile>(tx, call, &input.instance_profile_name);
}

/// Adds a role to an instance profile; the caller must be allowed to pass it. See the IAM page "AddRoleToInstanceProfile".
pub struct AddRoleToInstanceProfile;

impl tierra_core::Operation for AddRoleToInstanceProfile {
    const SERVICE: &'static str = "iam";
    const NAME: &'static str = "AddRoleToInstanceProfile";
    type Input = ProfileRole;
    type Output = ();
    type Error = tierra_core::AwsError;

    fn resources(tx: &Tx, input: &ProfileRole, call: &Call) -> Vec<tierra_core::Arn> {
        arns::<InstanceProfile>(tx, call, &input.instance_profile_name)
    }

    fn run(tx: &mut Tx, call: &Call, input: ProfileRole) -> Result<(), tierra_core::AwsError> {
        let role = find::<Role>(tx, call, &input.role_name)?;
        pass_role(tx, call, &role.arn(), "ec2.amazonaws.com")?;
        Ok(add_role(tx, call, role, &input.instance_profile_name)?)
    }
}

/// Declares the operations of this file.
pub(super) fn register_all(registry: &mut tierra_core::Registry) {
    registry.operation::<AddRoleToInstanceProfile>();
    register(registry);
}

/// Input of [`CreateInstanceProfile`].
#[derive(Default, Shape)]
pub struct CreateInstanceProfileInput {
    pub(crate) instance_profile_name: String,
    pub(crate) path: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// An instance profile by name.
#[derive(Default, Shape)]
pub struct ByProfile {
    pub(crate) instance_profile_name: String,
}

/// Input of [`ListInstanceProfilesForRole`].
#[derive(Default, Shape)]
pub struct ForRole {
    role_name: String,
    marker: Option<String>,
    max_items: Option<i32>,
}

/// A role in an instance profile.
#[derive(Default, Shape)]
pub struct ProfileRole {
    pub(crate) instance_profile_name: String,
    pub(crate) role_name: String,
}

/// An instance profile.
#[derive(Default, Shape)]
pub struct InstanceProfileOutput {
    instance_profile: InstanceProfileShape,
}

listing!(ListInstanceProfilesOutput {
    instance_profiles: InstanceProfileShape
});

fn create_profile(tx: &mut Tx, call: &Call, input: CreateInstanceProfileInput) -> Result<InstanceProfileOutput, IamError> {
    let name = input.instance_profile_name;
    let profile = InstanceProfile {
        entity: entity::<InstanceProfile>(call, "instanceProfileName", name, limits::NAME_LENGTH, input.path, &input.tags)?,
        role: None,
    };
    create(tx, profile.clone(), |name| IamError::ProfileExists { name })?;
    Ok(InstanceProfileOutput {
        instance_profile: InstanceProfileShape::of(tx, &profile),
    })
}

fn get_profile(tx: &mut Tx, call: &Call, input: ByProfile) -> Result<InstanceProfileOutput, IamError> {
    let profile = find::<InstanceProfile>(tx, call, &input.instance_profile_name)?;
    Ok(InstanceProfileOutput {
        instance_profile: InstanceProfileShape::of(tx, &profile),
    })
}

fn list_profiles(tx: &mut Tx, call: &Call, input: Below) -> Result<ListInstanceProfilesOutput, IamError> {
    let page = page_below::<InstanceProfile>(tx, call, input.path_prefix.as_deref(), input.marker.as_deref(), input.max_items)?;
    Ok(ListInstanceProfilesOutput::of(page, |profile| {
        InstanceProfileShape::of(tx, &profile)
    }))
}

fn list_for_role(tx: &mut Tx, call: &Call, input: ForRole) -> Result<ListInstanceProfilesOutput, IamError> {
    let role = find::<Role>(tx, call, &input.role_name)?;
    let profiles: Vec<InstanceProfile> = tx.by_index(&role.entity.place, "role", &role.entity.name);
    let page = page(profiles, |profile| profile.entity.key(), input.marker.as_deref(), input.max_items)?;
    Ok(ListInstanceProfilesOutput::of(page, |profile| {
        InstanceProfileShape::of(tx, &profile)
    }))
}

fn delete_profile(tx: &mut Tx, call: &Call, input: ByProfile) -> Result<(), IamError> {
    let profile = find::<InstanceProfile>(tx, call, &input.instance_profile_name)?;
    free(profile.role.is_none(), "remove roles from instance profile")?;
    remove(tx, &profile);
    Ok(())
}

fn add_role(tx: &mut Tx, call: &Call, role: Role, profile: &str) -> Result<(), IamError> {
    let mut profile = find::<InstanceProfile>(tx, call, profile)?;
    limits::within("InstanceSessionsPerInstanceProfile", usize::from(profile.role.is_some()) + 1, 1)?;
    profile.role = Some(role.entity.name);
    tx.save(profile);
    Ok(())
}

fn remove_role(tx: &mut Tx, call: &Call, input: ProfileRole) -> Result<(), IamError> {
    let mut profile = find::<InstanceProfile>(tx, call, &input.instance_profile_name)?;
    if profile.role.as_ref() != Some(&input.role_name) {
        return Err(Role::missing(&input.role_name));
    }
    profile.role = None;
    tx.save(profile);
    Ok(())
}
