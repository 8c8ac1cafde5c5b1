//! Shapes that several of IAM's operations speak. Members are named as in the IAM API reference.

use tierra_core::page::{Page, paginate};
use tierra_core::{Arn, Call, Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::errors::IamError;
use super::model::{AccessKey, Group, Held, InstanceProfile, ManagedPolicy, Named, PolicyVersion, Role, User};

/// Items of a page where the caller does not say.
const DEFAULT_ITEMS: i32 = 100;
/// Items of a page at most.
const MOST_ITEMS: i32 = 1000;

/// Declares the output of a listing: its items, whether there are more, and where they go on.
macro_rules! listing {
    ($name:ident { $field:ident: $item:ty }) => {
        #[doc = concat!("A page of `", stringify!($field), "`.")]
        #[derive(Default, tierra_model::Shape)]
        pub struct $name {
            $field: Vec<$item>,
            is_truncated: bool,
            marker: Option<String>,
        }

        impl $name {
            fn of<R>(page: tierra_core::page::Page<R>, shape: impl FnMut(R) -> $item) -> Self {
                Self {
                    is_truncated: page.next.is_some(),
                    marker: page.next,
                    $field: page.items.into_iter().map(shape).collect(),
                }
            }
        }
    };
}
pub(super) use listing;

/// One page of `items`, in the order of `key`.
pub(super) fn page<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<T>, IamError> {
    items.sort_by_key(&key);
    let limit = max_items.unwrap_or(DEFAULT_ITEMS).clamp(1, MOST_ITEMS);
    Ok(paginate(items, key, marker, usize::try_from(limit).unwrap_or(1))?)
}

/// The page of a listing of things below a path.
pub(super) fn page_below<N: Named>(
    tx: &Tx,
    call: &Call,
    prefix: Option<&str>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<N>, IamError> {
    let mut all = tx.list::<N>(&call.place.global());
    all.retain(|item| item.entity().path.starts_with(prefix.unwrap_or("/")));
    page(all, |item| item.entity().key(), marker, max_items)
}

/// The ARN that IAM decides on for the thing of this name, whether it is there or not.
pub(super) fn arns<N: Named>(tx: &Tx, call: &Call, name: &str) -> Vec<Arn> {
    let missing = || Arn::global("iam", &call.place.account, format!("{}/{name}", N::NOUN));
    vec![super::model::find::<N>(tx, call, name).map_or_else(|_| missing(), |found| found.arn())]
}

/// The ARN of a managed policy, as the caller gave it.
pub(super) fn policy_arn(text: &str) -> Vec<Arn> {
    text.parse().into_iter().collect()
}

/// A policy document as IAM returns it: percent-encoded after RFC 3986.
pub(super) fn encoded(document: &str) -> String {
    let mut out = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Input of operations on a user.
#[derive(Default, Shape)]
pub struct ByUser {
    /// The user's name.
    pub user_name: String,
}

/// Input of operations on a role.
#[derive(Default, Shape)]
pub struct ByRole {
    /// The role's name.
    pub role_name: String,
}

/// Input of operations on a group.
#[derive(Default, Shape)]
pub struct ByGroup {
    /// The group's name.
    pub group_name: String,
}

/// Input of listings below a path.
#[derive(Default, Shape)]
pub struct Below {
    /// Only what is below it.
    pub path_prefix: Option<String>,
    /// Where to go on.
    pub marker: Option<String>,
    /// Items of the page.
    pub max_items: Option<i32>,
}

/// A permissions boundary.
#[derive(Default, Shape)]
pub struct BoundaryShape {
    permissions_boundary_type: String,
    permissions_boundary_arn: String,
}

impl BoundaryShape {
    fn of(held: &Held) -> Option<Self> {
        held.boundary.as_ref().map(|arn| Self {
            permissions_boundary_type: "PermissionsBoundaryPolicy".to_owned(),
            permissions_boundary_arn: arn.clone(),
        })
    }
}

fn tags(list: Vec<Tag>) -> Option<Vec<Tag>> {
    (!list.is_empty()).then_some(list)
}

/// A user.
#[derive(Default, Shape)]
pub struct UserShape {
    path: String,
    pub(super) user_name: Option<String>,
    user_id: String,
    pub(super) arn: String,
    create_date: Timestamp,
    permissions_boundary: Option<BoundaryShape>,
    tags: Option<Vec<Tag>>,
}

impl UserShape {
    /// As listings tell it: without tags and boundary.
    pub(super) fn brief(user: &User) -> Self {
        Self {
            path: user.entity.path.clone(),
            user_name: Some(user.entity.name.clone()),
            user_id: user.entity.id.clone(),
            arn: user.arn().to_string(),
            create_date: user.entity.created,
            ..Self::default()
        }
    }

    /// With everything.
    pub(super) fn full(user: &User) -> Self {
        Self {
            permissions_boundary: BoundaryShape::of(&user.held),
            tags: tags(user.entity.tags.list()),
            ..Self::brief(user)
        }
    }

    /// The root user, who has no name.
    pub(super) fn root(call: &Call, created: Timestamp) -> Self {
        Self {
            path: "/".to_owned(),
            user_id: call.caller.user_id(),
            arn: call.caller.arn().to_string(),
            create_date: created,
            ..Self::default()
        }
    }
}

/// A group.
#[derive(Default, Shape)]
pub struct GroupShape {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: Timestamp,
}

impl GroupShape {
    pub(super) fn of(group: &Group) -> Self {
        Self {
            path: group.entity.path.clone(),
            group_name: group.entity.name.clone(),
            group_id: group.entity.id.clone(),
            arn: group.arn().to_string(),
            create_date: group.entity.created,
        }
    }
}

/// When a role was last used: not tracked, so always empty.
#[derive(Default, Shape)]
pub struct RoleLastUsedShape {}

/// A role.
#[derive(Default, Shape)]
pub struct RoleShape {
    path: String,
    role_name: String,
    role_id: String,
    pub(super) arn: String,
    create_date: Timestamp,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<i32>,
    permissions_boundary: Option<BoundaryShape>,
    tags: Option<Vec<Tag>>,
    role_last_used: Option<RoleLastUsedShape>,
}

impl RoleShape {
    /// As listings tell it: without tags and boundary.
    pub(super) fn brief(role: &Role) -> Self {
        Self {
            path: role.entity.path.clone(),
            role_name: role.entity.name.clone(),
            role_id: role.entity.id.clone(),
            arn: role.arn().to_string(),
            create_date: role.entity.created,
            assume_role_policy_document: encoded(&role.trust),
            description: role.description.clone(),
            max_session_duration: Some(role.max_session),
            ..Self::default()
        }
    }

    /// With everything.
    pub(super) fn full(role: &Role) -> Self {
        Self {
            permissions_boundary: BoundaryShape::of(&role.held),
            tags: tags(role.entity.tags.list()),
            role_last_used: Some(RoleLastUsedShape {}),
            ..Self::brief(role)
        }
    }
}

/// An instance profile with its role.
#[derive(Default, Shape)]
pub struct InstanceProfileShape {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    pub(super) arn: String,
    create_date: Timestamp,
    roles: Vec<RoleShape>,
    tags: Option<Vec<Tag>>,
}

impl InstanceProfileShape {
    pub(super) fn of(tx: &Tx, profile: &InstanceProfile) -> Self {
        let role = profile.role.as_ref();
        let role = role.and_then(|name| tx.find::<Role>(&profile.entity.place, name.to_ascii_lowercase()));
        Self {
            path: profile.entity.path.clone(),
            instance_profile_name: profile.entity.name.clone(),
            instance_profile_id: profile.entity.id.clone(),
            arn: profile.arn().to_string(),
            create_date: profile.entity.created,
            roles: role.iter().map(RoleShape::brief).collect(),
            tags: tags(profile.entity.tags.list()),
        }
    }
}

/// A managed policy.
#[derive(Default, Shape)]
pub struct PolicyShape {
    policy_name: String,
    policy_id: String,
    pub(super) arn: String,
    path: String,
    default_version_id: String,
    attachment_count: i32,
    permissions_boundary_usage_count: i32,
    is_attachable: bool,
    description: Option<String>,
    create_date: Timestamp,
    update_date: Timestamp,
    tags: Option<Vec<Tag>>,
}

impl PolicyShape {
    /// As listings tell it: without description and tags. `attached` and `bounding` count who uses it.
    pub(super) fn brief(policy: &ManagedPolicy, attached: usize, bounding: usize) -> Self {
        Self {
            policy_name: policy.entity.name.clone(),
            policy_id: policy.entity.id.clone(),
            arn: policy.arn().to_string(),
            path: policy.entity.path.clone(),
            default_version_id: format!("v{}", policy.default),
            attachment_count: i32::try_from(attached).unwrap_or(i32::MAX),
            permissions_boundary_usage_count: i32::try_from(bounding).unwrap_or(i32::MAX),
            is_attachable: true,
            create_date: policy.entity.created,
            update_date: policy.updated,
            ..Self::default()
        }
    }

    /// With everything.
    pub(super) fn full(policy: &ManagedPolicy, attached: usize, bounding: usize) -> Self {
        Self {
            description: policy.description.clone(),
            tags: tags(policy.entity.tags.list()),
            ..Self::brief(policy, attached, bounding)
        }
    }
}

/// A version of a managed policy.
#[derive(Default, Shape)]
pub struct PolicyVersionShape {
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: Timestamp,
}

impl PolicyVersionShape {
    /// Without its document.
    pub(super) fn brief(policy: &ManagedPolicy, version: &PolicyVersion) -> Self {
        Self {
            document: None,
            version_id: format!("v{}", version.number),
            is_default_version: version.number == policy.default,
            create_date: version.created,
        }
    }

    /// With its document.
    pub(super) fn full(policy: &ManagedPolicy, version: &PolicyVersion) -> Self {
        Self {
            document: Some(encoded(&version.document)),
            ..Self::brief(policy, version)
        }
    }
}

/// A managed policy at a user, group or role.
#[derive(Default, Shape)]
pub struct AttachedPolicyShape {
    policy_name: String,
    policy_arn: String,
}

impl AttachedPolicyShape {
    pub(super) fn of(arn: String) -> Self {
        Self {
            policy_name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
            policy_arn: arn,
        }
    }
}

/// An access key. The secret is there only in the answer that made it.
#[derive(Default, Shape)]
pub struct AccessKeyShape {
    user_name: Option<String>,
    pub(super) access_key_id: String,
    status: String,
    pub(super) secret_access_key: Option<String>,
    create_date: Timestamp,
}

impl AccessKeyShape {
    pub(super) fn of(key: &AccessKey, secret: Option<String>) -> Self {
        Self {
            user_name: key.user.clone(),
            access_key_id: key.id.clone(),
            status: if key.active { "Active" } else { "Inactive" }.to_owned(),
            secret_access_key: secret,
            create_date: key.created,
        }
    }
}
