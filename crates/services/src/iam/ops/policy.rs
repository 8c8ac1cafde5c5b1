//! Managed policies and their versions.

use std::collections::BTreeSet;

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use super::{create, entity, remove};
use crate::declare::{anything, operations};
use crate::iam::api::{PolicyShape, PolicyVersionShape, listing, page, policy_arn};
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::managed;
use crate::iam::model::{Group, Holder, ManagedPolicy, Named, PolicyVersion, Role, User};

operations! { "iam", IamError;
    write CreatePolicy(CreatePolicyInput) -> PolicyOutput = create_policy, on anything;
    read GetPolicy(ByPolicy) -> PolicyOutput = get_policy, on |_, input, _| policy_arn(&input.policy_arn);
    read ListPolicies(ListPoliciesInput) -> ListPoliciesOutput = list_policies, on anything;
    write DeletePolicy(ByPolicy) -> () = delete_policy, on |_, input, _| policy_arn(&input.policy_arn);
    write CreatePolicyVersion(CreatePolicyVersionInput) -> PolicyVersionOutput = create_version, on |_, input, _| policy_arn(&input.policy_arn);
    read GetPolicyVersion(ByVersion) -> PolicyVersionOutput = get_version, on |_, input, _| policy_arn(&input.policy_arn);
    read ListPolicyVersions(ListVersionsInput) -> ListPolicyVersionsOutput = list_versions, on |_, input, _| policy_arn(&input.policy_arn);
    write SetDefaultPolicyVersion(ByVersion) -> () = set_default, on |_, input, _| policy_arn(&input.policy_arn);
    write DeletePolicyVersion(ByVersion) -> () = delete_version, on |_, input, _| policy_arn(&input.policy_arn);
    read ListEntitiesForPolicy(ListEntitiesInput) -> ListEntitiesOutput = list_entities, on |_, input, _| policy_arn(&input.policy_arn);
}

/// Input of [`CreatePolicy`].
#[derive(Default, Shape)]
pub struct CreatePolicyInput {
    pub(crate) policy_name: String,
    pub(crate) path: Option<String>,
    pub(crate) policy_document: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// A managed policy by ARN.
#[derive(Default, Shape)]
pub struct ByPolicy {
    pub(crate) policy_arn: String,
}

/// Input of [`ListPolicies`].
#[derive(Default, Shape)]
pub struct ListPoliciesInput {
    scope: Option<String>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i32>,
}

/// Input of [`CreatePolicyVersion`].
#[derive(Default, Shape)]
pub struct CreatePolicyVersionInput {
    pub(crate) policy_arn: String,
    pub(crate) policy_document: String,
    pub(crate) set_as_default: Option<bool>,
}

/// A version of a managed policy.
#[derive(Default, Shape)]
pub struct ByVersion {
    pub(crate) policy_arn: String,
    pub(crate) version_id: String,
}

/// Input of [`ListPolicyVersions`].
#[derive(Default, Shape)]
pub struct ListVersionsInput {
    policy_arn: String,
    marker: Option<String>,
    max_items: Option<i32>,
}

tierra_model::text_enum! {
    /// What [`ListEntitiesForPolicy`] is to tell.
    pub enum EntityFilter { User = "User", Role = "Role", Group = "Group", Local = "LocalManagedPolicy", Aws = "AWSManagedPolicy" }
}

tierra_model::text_enum! {
    /// How an entity uses a policy.
    pub enum Usage { Permissions = "PermissionsPolicy", Boundary = "PermissionsBoundary" }
}

/// Input of [`ListEntitiesForPolicy`].
#[derive(Default, Shape)]
pub struct ListEntitiesInput {
    policy_arn: String,
    entity_filter: Option<EntityFilter>,
    policy_usage_filter: Option<Usage>,
}

/// A managed policy.
#[derive(Default, Shape)]
pub struct PolicyOutput {
    pub(crate) policy: PolicyShape,
}

/// A version.
#[derive(Default, Shape)]
pub struct PolicyVersionOutput {
    policy_version: PolicyVersionShape,
}

listing!(ListPoliciesOutput { policies: PolicyShape });
listing!(ListPolicyVersionsOutput {
    versions: PolicyVersionShape
});

/// A group that uses a policy.
#[derive(Default, Shape)]
pub struct PolicyGroup {
    group_name: String,
    group_id: String,
}

/// A user that uses a policy.
#[derive(Default, Shape)]
pub struct PolicyUser {
    user_name: String,
    user_id: String,
}

/// A role that uses a policy.
#[derive(Default, Shape)]
pub struct PolicyRole {
    role_name: String,
    role_id: String,
}

/// Who uses a policy; always all of it.
#[derive(Default, Shape)]
pub struct ListEntitiesOutput {
    policy_groups: Vec<PolicyGroup>,
    policy_users: Vec<PolicyUser>,
    policy_roles: Vec<PolicyRole>,
    is_truncated: bool,
}

/// The users of a policy, of one noun. AWS's own policies are used by the caller's account.
fn users_of<H: Holder>(tx: &Tx, call: &Call, usage: Usage, arn: &str) -> Vec<H> {
    let index = match usage {
        Usage::Permissions => "policy",
        Usage::Boundary => "boundary",
    };
    tx.by_index(&call.place.global(), index, arn)
}

/// The names of the users, groups and roles to which a policy is attached.
pub(crate) fn holders(tx: &Tx, call: &Call, arn: &str) -> [BTreeSet<String>; 3] {
    fn names<H: Holder>(tx: &Tx, call: &Call, arn: &str) -> BTreeSet<String> {
        let users = users_of::<H>(tx, call, Usage::Permissions, arn).into_iter();
        users.map(|holder| holder.entity().name.clone()).collect()
    }
    [
        names::<User>(tx, call, arn),
        names::<Group>(tx, call, arn),
        names::<Role>(tx, call, arn),
    ]
}

fn count(tx: &Tx, call: &Call, usage: Usage, arn: &str) -> usize {
    users_of::<User>(tx, call, usage, arn).len()
        + users_of::<Group>(tx, call, usage, arn).len()
        + users_of::<Role>(tx, call, usage, arn).len()
}

fn counts(tx: &Tx, call: &Call, policy: &ManagedPolicy) -> (usize, usize) {
    let arn = policy.arn().to_string();
    (count(tx, call, Usage::Permissions, &arn), count(tx, call, Usage::Boundary, &arn))
}

fn told(tx: &Tx, call: &Call, policy: &ManagedPolicy) -> PolicyOutput {
    let (attached, bounding) = counts(tx, call, policy);
    PolicyOutput {
        policy: PolicyShape::full(policy, attached, bounding),
    }
}

fn create_policy(tx: &mut Tx, call: &Call, input: CreatePolicyInput) -> Result<PolicyOutput, IamError> {
    limits::managed(&input.policy_document)?;
    let policy = ManagedPolicy {
        entity: entity::<ManagedPolicy>(call, "policyName", input.policy_name, limits::NAME_LENGTH, input.path, &input.tags)?,
        description: input.description,
        updated: call.now,
        versions: vec![PolicyVersion {
            number: 1,
            document: input.policy_document,
            created: call.now,
        }],
        default: 1,
        next: 2,
    };
    create(tx, policy.clone(), |name| IamError::PolicyExists { name })?;
    Ok(told(tx, call, &policy))
}

fn get_policy(tx: &mut Tx, call: &Call, input: ByPolicy) -> Result<PolicyOutput, IamError> {
    let policy = managed::find(tx, &input.policy_arn)?;
    Ok(told(tx, call, &policy))
}

fn list_policies(tx: &mut Tx, call: &Call, input: ListPoliciesInput) -> Result<ListPoliciesOutput, IamError> {
    let scope = input.scope.as_deref().unwrap_or("All");
    let mut all: Vec<ManagedPolicy> = if scope == "AWS" {
        Vec::new()
    } else {
        tx.list(&call.place.global())
    };
    if scope != "Local" {
        all.extend(managed::all().cloned());
    }
    all.retain(|policy| policy.entity.path.starts_with(input.path_prefix.as_deref().unwrap_or("/")));
    let wanted = |policy: &ManagedPolicy| match (counts(tx, call, policy), input.policy_usage_filter.as_deref()) {
        ((_, bounding), Some("PermissionsBoundary")) => bounding > 0,
        ((attached, _), Some(_)) => attached > 0,
        ((attached, bounding), None) => input.only_attached != Some(true) || attached + bounding > 0,
    };
    all.retain(wanted);
    let page = page(all, |policy| policy.arn().to_string(), input.marker.as_deref(), input.max_items)?;
    Ok(ListPoliciesOutput::of(page, |policy| {
        let (attached, bounding) = counts(tx, call, &policy);
        PolicyShape::brief(&policy, attached, bounding)
    }))
}

/// A policy of the caller's own.
fn own(tx: &Tx, arn: &str) -> Result<ManagedPolicy, IamError> {
    if managed::is_aws(arn) {
        return Err(IamError::AwsManaged { arn: arn.to_owned() });
    }
    managed::find(tx, arn)
}

fn delete_policy(tx: &mut Tx, call: &Call, input: ByPolicy) -> Result<(), IamError> {
    let policy = own(tx, &input.policy_arn)?;
    if counts(tx, call, &policy) != (0, 0) {
        return Err(IamError::PolicyInUse);
    }
    if policy.versions.len() > 1 {
        return Err(IamError::PolicyHasVersions);
    }
    remove(tx, &policy);
    Ok(())
}

fn version_of<'a>(policy: &'a ManagedPolicy, id: &str) -> Result<&'a PolicyVersion, IamError> {
    let number = id.strip_prefix('v').and_then(|digits| digits.parse().ok());
    number
        .and_then(|number| policy.version(number))
        .ok_or_else(|| IamError::NoSuchVersion {
            arn: policy.arn().to_string(),
            version: id.to_owned(),
        })
}

fn create_version(tx: &mut Tx, call: &Call, input: CreatePolicyVersionInput) -> Result<PolicyVersionOutput, IamError> {
    let mut policy = own(tx, &input.policy_arn)?;
    limits::managed(&input.policy_document)?;
    if policy.versions.len() >= limits::VERSIONS_PER_POLICY {
        return Err(IamError::TooManyVersions);
    }
    let version = PolicyVersion {
        number: policy.next,
        document: input.policy_document,
        created: call.now,
    };
    policy.versions.push(version.clone());
    policy.next += 1;
    policy.updated = call.now;
    if input.set_as_default == Some(true) {
        policy.default = version.number;
    }
    let output = PolicyVersionOutput {
        policy_version: PolicyVersionShape::brief(&policy, &version),
    };
    tx.save(policy);
    Ok(output)
}

fn get_version(tx: &mut Tx, _: &Call, input: ByVersion) -> Result<PolicyVersionOutput, IamError> {
    let policy = managed::find(tx, &input.policy_arn)?;
    let version = version_of(&policy, &input.version_id)?;
    Ok(PolicyVersionOutput {
        policy_version: PolicyVersionShape::full(&policy, version),
    })
}

fn list_versions(tx: &mut Tx, _: &Call, input: ListVersionsInput) -> Result<ListPolicyVersionsOutput, IamError> {
    let policy = managed::find(tx, &input.policy_arn)?;
    let newest_first = |version: &PolicyVersion| format!("{:010}", u32::MAX - version.number);
    let page = page(policy.versions.clone(), newest_first, input.marker.as_deref(), input.max_items)?;
    Ok(ListPolicyVersionsOutput::of(page, |version| {
        PolicyVersionShape::brief(&policy, &version)
    }))
}

fn set_default(tx: &mut Tx, call: &Call, input: ByVersion) -> Result<(), IamError> {
    let mut policy = own(tx, &input.policy_arn)?;
    policy.default = version_of(&policy, &input.version_id)?.number;
    policy.updated = call.now;
    tx.save(policy);
    Ok(())
}

fn delete_version(tx: &mut Tx, _: &Call, input: ByVersion) -> Result<(), IamError> {
    let mut policy = own(tx, &input.policy_arn)?;
    let number = version_of(&policy, &input.version_id)?.number;
    if number == policy.default {
        return Err(IamError::DefaultVersion);
    }
    policy.versions.retain(|version| version.number != number);
    tx.save(policy);
    Ok(())
}

fn list_entities(tx: &mut Tx, call: &Call, input: ListEntitiesInput) -> Result<ListEntitiesOutput, IamError> {
    let arn = managed::find(tx, &input.policy_arn)?.arn().to_string();
    let usages = input
        .policy_usage_filter
        .map_or_else(|| vec![Usage::Permissions, Usage::Boundary], |usage| vec![usage]);
    let mut output = ListEntitiesOutput::default();
    let wants = |noun| input.entity_filter.is_none_or(|filter| filter == noun);
    for usage in usages {
        if wants(EntityFilter::Group) {
            let groups = users_of::<Group>(tx, call, usage, &arn).into_iter().map(|group| group.entity);
            output.policy_groups.extend(groups.map(|entity| PolicyGroup {
                group_name: entity.name,
                group_id: entity.id,
            }));
        }
        if wants(EntityFilter::User) {
            let users = users_of::<User>(tx, call, usage, &arn).into_iter().map(|user| user.entity);
            output.policy_users.extend(users.map(|entity| PolicyUser {
                user_name: entity.name,
                user_id: entity.id,
            }));
        }
        if wants(EntityFilter::Role) {
            let roles = users_of::<Role>(tx, call, usage, &arn).into_iter().map(|role| role.entity);
            output.policy_roles.extend(roles.map(|entity| PolicyRole {
                role_name: entity.name,
                role_id: entity.id,
            }));
        }
    }
    Ok(output)
}
