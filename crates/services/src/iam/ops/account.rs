//! What IAM says of the account as a whole.

use std::collections::BTreeMap;

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use crate::declare::{anything, operations};
use crate::iam::api::{listing, page};
use crate::iam::errors::IamError;
use crate::iam::limits;
use crate::iam::model::{AccessKey, Group, Holder, InstanceProfile, ManagedPolicy, Role, User};

operations! { "iam", IamError;
    read GetAccountSummary(()) -> SummaryOutput = summary, on anything;
    read ListAccountAliases(AliasesInput) -> ListAccountAliasesOutput = aliases, on anything;
}

/// Input of [`ListAccountAliases`].
#[derive(Default, Shape)]
pub struct AliasesInput {
    marker: Option<String>,
    max_items: Option<i32>,
}

/// Counts and quotas by name.
#[derive(Default, Shape)]
pub struct SummaryOutput {
    summary_map: BTreeMap<String, i32>,
}

listing!(ListAccountAliasesOutput { account_aliases: String });

fn summary(tx: &mut Tx, call: &Call, (): ()) -> Result<SummaryOutput, IamError> {
    let place = call.place.global();
    let root_keys = tx.list::<AccessKey>(&place).iter().filter(|key| key.user.is_none()).count();
    let policies = tx.list::<ManagedPolicy>(&place);
    let versions = policies.iter().map(|policy| policy.versions.len()).sum();
    let counts = [
        ("AccessKeysPerUserQuota", limits::KEYS_PER_USER),
        ("AccountAccessKeysPresent", root_keys),
        ("AccountMFAEnabled", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("AttachedPoliciesPerGroupQuota", limits::ATTACHED_PER_IDENTITY),
        ("AttachedPoliciesPerRoleQuota", limits::ATTACHED_PER_IDENTITY),
        ("AttachedPoliciesPerUserQuota", limits::ATTACHED_PER_IDENTITY),
        ("GroupPolicySizeQuota", Group::INLINE_SIZE),
        ("Groups", tx.list::<Group>(&place).len()),
        ("GroupsPerUserQuota", limits::GROUPS_PER_USER),
        ("InstanceProfiles", tx.list::<InstanceProfile>(&place).len()),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("Policies", policies.len()),
        ("PolicySizeQuota", limits::MANAGED_SIZE),
        ("PolicyVersionsInUse", versions),
        ("Providers", 0),
        ("RolePolicySizeQuota", Role::INLINE_SIZE),
        ("Roles", tx.list::<Role>(&place).len()),
        ("ServerCertificates", 0),
        ("UserPolicySizeQuota", User::INLINE_SIZE),
        ("Users", tx.list::<User>(&place).len()),
        ("VersionsPerPolicyQuota", limits::VERSIONS_PER_POLICY),
    ];
    let summary_map = counts
        .into_iter()
        .map(|(name, n)| (name.to_owned(), i32::try_from(n).unwrap_or(i32::MAX)));
    Ok(SummaryOutput {
        summary_map: summary_map.collect(),
    })
}

/// Aliases are for a sign-in page, which there is not: there are never any.
fn aliases(_: &mut Tx, _: &Call, input: AliasesInput) -> Result<ListAccountAliasesOutput, IamError> {
    let none = page(Vec::new(), String::clone, input.marker.as_deref(), input.max_items)?;
    Ok(ListAccountAliasesOutput::of(none, |alias| alias))
}
