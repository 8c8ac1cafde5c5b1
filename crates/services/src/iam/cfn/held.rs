//! Policies at users, groups and roles, brought from what a template said to what it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tierra_core::{AwsError, Call, Tx};

use super::{document, text, texts};
use crate::iam::model::{Group, Holder, Role, User, find};
use crate::iam::ops::held;
use crate::invoke;

/// The operations on a noun's policies.
pub(super) trait Held: Holder {
    fn put(tx: &mut Tx, call: &Call, name: &str, policy: &str, document: &str) -> Result<(), AwsError>;
    fn delete(tx: &mut Tx, call: &Call, name: &str, policy: &str) -> Result<(), AwsError>;
    fn attach(tx: &mut Tx, call: &Call, name: &str, arn: &str) -> Result<(), AwsError>;
    fn detach(tx: &mut Tx, call: &Call, name: &str, arn: &str) -> Result<(), AwsError>;
}

macro_rules! held {
    ($holder:ty, $module:ident: $put:ident $delete:ident $attach:ident $detach:ident) => {
        impl Held for $holder {
            fn put(tx: &mut Tx, call: &Call, name: &str, policy: &str, document: &str) -> Result<(), AwsError> {
                let (holder, policy_name, policy_document) = (name.to_owned(), policy.to_owned(), document.to_owned());
                invoke::<held::$module::$put>(
                    tx,
                    call,
                    held::$module::PutInput {
                        holder,
                        policy_name,
                        policy_document,
                    },
                )
            }
            fn delete(tx: &mut Tx, call: &Call, name: &str, policy: &str) -> Result<(), AwsError> {
                let (holder, policy_name) = (name.to_owned(), policy.to_owned());
                invoke::<held::$module::$delete>(tx, call, held::$module::InlineInput { holder, policy_name })
            }
            fn attach(tx: &mut Tx, call: &Call, name: &str, arn: &str) -> Result<(), AwsError> {
                let (holder, policy_arn) = (name.to_owned(), arn.to_owned());
                invoke::<held::$module::$attach>(tx, call, held::$module::AttachInput { holder, policy_arn })
            }
            fn detach(tx: &mut Tx, call: &Call, name: &str, arn: &str) -> Result<(), AwsError> {
                let (holder, policy_arn) = (name.to_owned(), arn.to_owned());
                invoke::<held::$module::$detach>(tx, call, held::$module::AttachInput { holder, policy_arn })
            }
        }
    };
}
held!(User, user: PutUserPolicy DeleteUserPolicy AttachUserPolicy DetachUserPolicy);
held!(Group, group: PutGroupPolicy DeleteGroupPolicy AttachGroupPolicy DetachGroupPolicy);
held!(Role, role: PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy);

fn inline(properties: &Value) -> BTreeMap<String, String> {
    let list = properties.get("Policies").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|policy| Some((text(policy, "PolicyName")?, document(policy, "PolicyDocument"))))
        .collect()
}

fn attached(properties: &Value) -> BTreeSet<String> {
    texts(properties, "ManagedPolicyArns").into_iter().collect()
}

/// Brings `Policies` and `ManagedPolicyArns` from `old` to `new`. What came from elsewhere stays.
pub(super) fn settle<H: Held>(tx: &mut Tx, call: &Call, name: &str, old: &Value, new: &Value) -> Result<(), AwsError> {
    let held = find::<H>(tx, call, name)?.held().clone();
    let (wanted, arns) = (inline(new), attached(new));
    for policy in inline(old)
        .into_keys()
        .filter(|policy| !wanted.contains_key(policy) && held.inline.contains_key(policy))
    {
        H::delete(tx, call, name, &policy)?;
    }
    for arn in attached(old).difference(&arns).filter(|arn| held.attached.contains(*arn)) {
        H::detach(tx, call, name, arn)?;
    }
    wanted
        .iter()
        .try_for_each(|(policy, document)| H::put(tx, call, name, policy, document))?;
    arns.iter().try_for_each(|arn| H::attach(tx, call, name, arn))
}

/// Takes every policy away, before its holder is deleted.
pub(super) fn strip<H: Held>(tx: &mut Tx, call: &Call, name: &str) -> Result<(), AwsError> {
    let held = find::<H>(tx, call, name)?.held().clone();
    held.inline.keys().try_for_each(|policy| H::delete(tx, call, name, policy))?;
    held.attached.iter().try_for_each(|arn| H::detach(tx, call, name, arn))
}

/// The names under `Users`, `Groups` and `Roles` of a policy.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Holders {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    roles: BTreeSet<String>,
}

/// What is done to one holder: its noun's operation with the policy's name (or ARN).
pub(super) enum Deed<'a> {
    Put(&'a str, &'a str),
    Delete(&'a str),
    Attach(&'a str),
    Detach(&'a str),
}

impl Deed<'_> {
    fn on<H: Held>(&self, tx: &mut Tx, call: &Call, name: &str) -> Result<(), AwsError> {
        match self {
            Self::Put(policy, document) => H::put(tx, call, name, policy, document),
            Self::Delete(policy) => super::gone(H::delete(tx, call, name, policy)),
            Self::Attach(arn) => H::attach(tx, call, name, arn),
            Self::Detach(arn) => super::gone(H::detach(tx, call, name, arn)),
        }
    }
}

impl Holders {
    pub(super) fn of(properties: &Value) -> Self {
        let set = |name| texts(properties, name).into_iter().collect();
        Self {
            users: set("Users"),
            groups: set("Groups"),
            roles: set("Roles"),
        }
    }

    /// The users, groups and roles of these names.
    pub(super) fn named([users, groups, roles]: [BTreeSet<String>; 3]) -> Self {
        Self { users, groups, roles }
    }

    /// Those that are not in `other`.
    pub(super) fn without(&self, other: &Self) -> Self {
        let left = |own: &BTreeSet<String>, other: &BTreeSet<String>| own.difference(other).cloned().collect();
        Self {
            users: left(&self.users, &other.users),
            groups: left(&self.groups, &other.groups),
            roles: left(&self.roles, &other.roles),
        }
    }

    /// Does a deed to every one.
    pub(super) fn each(&self, tx: &mut Tx, call: &Call, deed: &Deed<'_>) -> Result<(), AwsError> {
        self.users.iter().try_for_each(|name| deed.on::<User>(tx, call, name))?;
        self.groups.iter().try_for_each(|name| deed.on::<Group>(tx, call, name))?;
        self.roles.iter().try_for_each(|name| deed.on::<Role>(tx, call, name))
    }
}
