//! Policies at users, groups and roles: inline ones, attached ones, boundaries. Written once; the three nouns differ only in the member
//! that names them, so their shapes come out of one macro.

use tierra_core::page::Page;
use tierra_core::{Call, Registry, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::iam::api::{AttachedPolicyShape, arns, encoded, listing, page};
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::managed;
use crate::iam::model::{Group, Holder, Role, User, find};

/// Declares a noun's operations on its policies, in a module of the noun's name.
macro_rules! held_operations {
    ($module:ident, $holder:ty, $member:literal: $put:ident $get:ident $delete:ident $list:ident $attach:ident $detach:ident $attached:ident) => {
        #[doc = concat!("Policies of what `", $member, "` names.")]
        pub(crate) mod $module {
            use super::*;

            operations! { "iam", IamError;
                write $put(PutInput) -> () = |tx, call, input| put::<$holder>(tx, call, &input.holder, input.policy_name, input.policy_document),
                    on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
                read $get(InlineInput) -> GetOutput = get_inline, on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
                write $delete(InlineInput) -> () = |tx, call, input| delete::<$holder>(tx, call, &input.holder, &input.policy_name),
                    on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
                read $list(ListInput) -> InlineNames =
                    |tx, call, input| list::<$holder>(tx, call, &input.holder, input.marker.as_deref(), input.max_items),
                    on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
                write $attach(AttachInput) -> () = |tx, call, input| attach::<$holder>(tx, call, &input.holder, input.policy_arn),
                    on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
                write $detach(AttachInput) -> () = |tx, call, input| detach::<$holder>(tx, call, &input.holder, &input.policy_arn),
                    on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
                read $attached(ListAttachedInput) -> AttachedPolicies =
                    |tx, call, input| list_attached::<$holder>(tx, call, &input.holder, input.path_prefix.as_deref(), input.marker.as_deref(), input.max_items),
                    on |tx, input, call| arns::<$holder>(tx, call, &input.holder);
            }

            /// An inline policy to put.
            #[derive(Default, Shape)]
            pub struct PutInput {
                #[shape($member)]
                pub(crate) holder: String,
                pub(crate) policy_name: String,
                pub(crate) policy_document: String,
            }

            /// An inline policy by name.
            #[derive(Default, Shape)]
            pub struct InlineInput {
                #[shape($member)]
                pub(crate) holder: String,
                pub(crate) policy_name: String,
            }

            /// An inline policy.
            #[derive(Default, Shape)]
            pub struct GetOutput {
                #[shape($member)]
                holder: String,
                policy_name: String,
                policy_document: String,
            }

            /// A page of inline policies.
            #[derive(Default, Shape)]
            pub struct ListInput {
                #[shape($member)]
                pub(crate) holder: String,
                marker: Option<String>,
                max_items: Option<i32>,
            }

            /// A page of attached policies.
            #[derive(Default, Shape)]
            pub struct ListAttachedInput {
                #[shape($member)]
                pub(crate) holder: String,
                path_prefix: Option<String>,
                marker: Option<String>,
                max_items: Option<i32>,
            }

            /// A managed policy to attach or detach.
            #[derive(Default, Shape)]
            pub struct AttachInput {
                #[shape($member)]
                pub(crate) holder: String,
                pub(crate) policy_arn: String,
            }

            fn get_inline(tx: &mut Tx, call: &Call, input: InlineInput) -> Result<GetOutput, IamError> {
                Ok(GetOutput {
                    policy_document: get::<$holder>(tx, call, &input.holder, &input.policy_name)?,
                    policy_name: input.policy_name,
                    holder: input.holder,
                })
            }
        }
    };
}

held_operations!(user, User, "UserName": PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies);
held_operations!(group, Group, "GroupName": PutGroupPolicy GetGroupPolicy DeleteGroupPolicy ListGroupPolicies AttachGroupPolicy DetachGroupPolicy ListAttachedGroupPolicies);
held_operations!(role, Role, "RoleName": PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies);

operations! { "iam", IamError;
    write PutUserPermissionsBoundary(UserBoundary) -> () =
        |tx, call, input| set_boundary::<User>(tx, call, &input.user_name, Some(input.permissions_boundary)),
        on |tx, input, call| arns::<User>(tx, call, &input.user_name);
    write DeleteUserPermissionsBoundary(crate::iam::api::ByUser) -> () = |tx, call, input| set_boundary::<User>(tx, call, &input.user_name, None),
        on |tx, input, call| arns::<User>(tx, call, &input.user_name);
    write PutRolePermissionsBoundary(RoleBoundary) -> () =
        |tx, call, input| set_boundary::<Role>(tx, call, &input.role_name, Some(input.permissions_boundary)),
        on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
    write DeleteRolePermissionsBoundary(crate::iam::api::ByRole) -> () = |tx, call, input| set_boundary::<Role>(tx, call, &input.role_name, None),
        on |tx, input, call| arns::<Role>(tx, call, &input.role_name);
}

/// Declares the operations of every noun.
pub(super) fn register_all(registry: &mut Registry) {
    user::register(registry);
    group::register(registry);
    role::register(registry);
    register(registry);
}

/// A user's boundary.
#[derive(Default, Shape)]
pub struct UserBoundary {
    pub(crate) user_name: String,
    pub(crate) permissions_boundary: String,
}

/// A role's boundary.
#[derive(Default, Shape)]
pub struct RoleBoundary {
    pub(crate) role_name: String,
    pub(crate) permissions_boundary: String,
}

listing!(InlineNames { policy_names: String });
listing!(AttachedPolicies {
    attached_policies: AttachedPolicyShape
});

fn put<H: Holder>(tx: &mut Tx, call: &Call, name: &str, policy: String, document: String) -> Result<(), IamError> {
    limits::name("policyName", &policy, limits::NAME_LENGTH)?;
    let mut holder = find::<H>(tx, call, name)?;
    limits::inline(&holder, &policy, &document)?;
    holder.held_mut().inline.insert(policy, document);
    tx.save(holder);
    Ok(())
}

fn no_inline<H: Holder>(policy: &str) -> IamError {
    IamError::NoSuchInline {
        noun: H::NOUN,
        name: policy.to_owned(),
    }
}

fn get<H: Holder>(tx: &Tx, call: &Call, name: &str, policy: &str) -> Result<String, IamError> {
    let holder = find::<H>(tx, call, name)?;
    holder
        .held()
        .inline
        .get(policy)
        .map(|text| encoded(text))
        .ok_or_else(|| no_inline::<H>(policy))
}

fn delete<H: Holder>(tx: &mut Tx, call: &Call, name: &str, policy: &str) -> Result<(), IamError> {
    let mut holder = find::<H>(tx, call, name)?;
    holder.held_mut().inline.remove(policy).ok_or_else(|| no_inline::<H>(policy))?;
    tx.save(holder);
    Ok(())
}

fn list<H: Holder>(tx: &Tx, call: &Call, name: &str, marker: Option<&str>, max: Option<i32>) -> Result<InlineNames, IamError> {
    let holder = find::<H>(tx, call, name)?;
    let page = page(holder.held().inline.keys().cloned().collect(), String::clone, marker, max)?;
    Ok(InlineNames::of(page, |name| name))
}

fn attach<H: Holder>(tx: &mut Tx, call: &Call, name: &str, arn: String) -> Result<(), IamError> {
    let mut holder = find::<H>(tx, call, name)?;
    attachable(tx, &arn)?;
    if !holder.held().attached.contains(&arn) {
        limits::attached(holder.held(), H::ATTACHED_QUOTA)?;
        holder.held_mut().attached.insert(arn);
        tx.save(holder);
    }
    Ok(())
}

fn attachable(tx: &Tx, arn: &str) -> Result<(), IamError> {
    match managed::find(tx, arn) {
        Ok(_) => Ok(()),
        Err(IamError::NoSuchPolicy { arn }) => Err(IamError::NotAttachable { arn }),
        Err(other) => Err(other),
    }
}

fn detach<H: Holder>(tx: &mut Tx, call: &Call, name: &str, arn: &str) -> Result<(), IamError> {
    let mut holder = find::<H>(tx, call, name)?;
    if !holder.held_mut().attached.remove(arn) {
        return Err(IamError::NoSuchPolicy { arn: arn.to_owned() });
    }
    tx.save(holder);
    Ok(())
}

fn list_attached<H: Holder>(
    tx: &Tx,
    call: &Call,
    name: &str,
    prefix: Option<&str>,
    marker: Option<&str>,
    max: Option<i32>,
) -> Result<AttachedPolicies, IamError> {
    let holder = find::<H>(tx, call, name)?;
    let below = |arn: &&String| prefix.is_none_or(|prefix| arn.contains(&format!(":policy{prefix}")));
    let attached: Vec<String> = holder.held().attached.iter().filter(below).cloned().collect();
    let page: Page<String> = page(attached, String::clone, marker, max)?;
    Ok(AttachedPolicies::of(page, AttachedPolicyShape::of))
}

/// A boundary that a caller names, checked.
pub(super) fn boundary(tx: &Tx, arn: Option<String>) -> Result<Option<String>, IamError> {
    if let Some(arn) = &arn {
        attachable(tx, arn)?;
    }
    Ok(arn)
}

fn set_boundary<H: Holder>(tx: &mut Tx, call: &Call, name: &str, arn: Option<String>) -> Result<(), IamError> {
    let mut holder = find::<H>(tx, call, name)?;
    holder.held_mut().boundary = boundary(tx, arn)?;
    tx.save(holder);
    Ok(())
}
