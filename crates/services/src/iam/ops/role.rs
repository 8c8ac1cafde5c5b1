//! Roles.

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use super::{create, entity, free, remove};
use crate::declare::{anything, operations};
use crate::iam::api::{Below, ByRole, RoleShape, arns, listing, page_below};
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::model::{Held, InstanceProfile, Role, find};

/// The longest session of a role that does not say, in seconds.
const DEFAULT_SESSION: i32 = 3600;

operations! { "iam", IamError;
    write CreateRole(CreateRoleInput) -> RoleOutput = create_role, on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    read GetRole(ByRole) -> RoleOutput = get_role, on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    read ListRoles(Below) -> ListRolesOutput = list_roles, on anything;
    write UpdateRole(UpdateRoleInput) -> UpdateRoleOutput = update_role, on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    write UpdateRoleDescription(UpdateRoleDescriptionInput) -> RoleOutput = update_description, on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    write UpdateAssumeRolePolicy(UpdateAssumeRolePolicyInput) -> () = update_trust, on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    write DeleteRole(ByRole) -> () = delete_role, on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    write CreateServiceLinkedRole(CreateServiceLinkedRoleInput) -> () = |_, _, _| Err(IamError::ServiceLinked), on anything;
}

/// Input of [`CreateRole`].
#[derive(Default, Shape)]
pub struct CreateRoleInput {
    pub(crate) path: Option<String>,
    pub(crate) role_name: String,
    pub(crate) assume_role_policy_document: String,
    pub(crate) description: Option<String>,
    pub(crate) max_session_duration: Option<i32>,
    pub(crate) permissions_boundary: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`UpdateRole`].
#[derive(Default, Shape)]
pub struct UpdateRoleInput {
    pub(crate) role_name: String,
    pub(crate) description: Option<String>,
    pub(crate) max_session_duration: Option<i32>,
}

/// Input of [`UpdateRoleDescription`].
#[derive(Default, Shape)]
pub struct UpdateRoleDescriptionInput {
    role_name: String,
    description: String,
}

/// Input of [`UpdateAssumeRolePolicy`].
#[derive(Default, Shape)]
pub struct UpdateAssumeRolePolicyInput {
    pub(crate) role_name: String,
    pub(crate) policy_document: String,
}

/// Input of [`CreateServiceLinkedRole`].
#[derive(Default, Shape)]
pub struct CreateServiceLinkedRoleInput {
    #[shape("AWSServiceName")]
    aws_service_name: String,
    description: Option<String>,
    custom_suffix: Option<String>,
}

/// A role.
#[derive(Default, Shape)]
pub struct RoleOutput {
    pub(crate) role: RoleShape,
}

/// Nothing, in a result of its own.
#[derive(Default, Shape)]
pub struct UpdateRoleOutput {}

listing!(ListRolesOutput { roles: RoleShape });

fn session_length(seconds: Option<i32>) -> Result<i32, IamError> {
    let seconds = seconds.unwrap_or(DEFAULT_SESSION);
    if limits::SESSION_SECONDS.contains(&seconds) {
        return Ok(seconds);
    }
    let (least, most) = (limits::SESSION_SECONDS.start(), limits::SESSION_SECONDS.end());
    let (bound, word) = if seconds < *least { (least, "greater") } else { (most, "less") };
    Err(IamError::Invalid {
        reason: format!(
            "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value {word} than or equal to {bound}"
        ),
    })
}

fn create_role(tx: &mut Tx, call: &Call, input: CreateRoleInput) -> Result<RoleOutput, IamError> {
    limits::trust(&input.assume_role_policy_document)?;
    let role = Role {
        entity: entity::<Role>(
            call,
            "roleName",
            input.role_name,
            limits::SHORT_NAME_LENGTH,
            input.path,
            &input.tags,
        )?,
        held: Held {
            boundary: super::held::boundary(tx, input.permissions_boundary)?,
            ..Held::default()
        },
        trust: input.assume_role_policy_document,
        description: input.description,
        max_session: session_length(input.max_session_duration)?,
    };
    create(tx, role.clone(), |name| IamError::Exists { noun: "Role", name })?;
    Ok(RoleOutput {
        role: RoleShape::full(&role),
    })
}

fn get_role(tx: &mut Tx, call: &Call, input: ByRole) -> Result<RoleOutput, IamError> {
    let role = find::<Role>(tx, call, &input.role_name)?;
    Ok(RoleOutput {
        role: RoleShape::full(&role),
    })
}

fn list_roles(tx: &mut Tx, call: &Call, input: Below) -> Result<ListRolesOutput, IamError> {
    let page = page_below::<Role>(tx, call, input.path_prefix.as_deref(), input.marker.as_deref(), input.max_items)?;
    Ok(ListRolesOutput::of(page, |role| RoleShape::brief(&role)))
}

fn update_role(tx: &mut Tx, call: &Call, input: UpdateRoleInput) -> Result<UpdateRoleOutput, IamError> {
    let mut role = find::<Role>(tx, call, &input.role_name)?;
    role.description = input.description.or(role.description);
    role.max_session = session_length(input.max_session_duration.or(Some(role.max_session)))?;
    tx.save(role);
    Ok(UpdateRoleOutput {})
}

fn update_description(tx: &mut Tx, call: &Call, input: UpdateRoleDescriptionInput) -> Result<RoleOutput, IamError> {
    let mut role = find::<Role>(tx, call, &input.role_name)?;
    role.description = Some(input.description);
    tx.save(role.clone());
    Ok(RoleOutput {
        role: RoleShape::full(&role),
    })
}

fn update_trust(tx: &mut Tx, call: &Call, input: UpdateAssumeRolePolicyInput) -> Result<(), IamError> {
    let mut role = find::<Role>(tx, call, &input.role_name)?;
    limits::trust(&input.policy_document)?;
    role.trust = input.policy_document;
    tx.save(role);
    Ok(())
}

fn delete_role(tx: &mut Tx, call: &Call, input: ByRole) -> Result<(), IamError> {
    let role = find::<Role>(tx, call, &input.role_name)?;
    let profiles: Vec<InstanceProfile> = tx.by_index(&role.entity.place, "role", &role.entity.name);
    free(profiles.is_empty(), "remove roles from instance profile")?;
    free(role.held.attached.is_empty(), "detach all policies")?;
    free(role.held.inline.is_empty(), "delete policies")?;
    remove(tx, &role);
    Ok(())
}
