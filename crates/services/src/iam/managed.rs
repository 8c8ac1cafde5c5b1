//! AWS's own managed policies: those in common use, as data in `managed_policies.json`. The two broad read-only ones are cut to the services
//! that this cloud is for, which decides nothing differently here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use tierra_core::{AccountId, Arn, Place, Region, Tx};
use tierra_model::Timestamp;

use super::errors::IamError;
use super::model::{Entity, ManagedPolicy, Named, PolicyVersion};

/// The account in the ARNs of AWS's own policies.
const OWNER: &str = "aws";
/// When this set of policies came out (2015-02-06T18:39:46Z, the day of managed policies).
const PUBLISHED: Timestamp = Timestamp::from_secs(1_423_247_986);

#[derive(Deserialize)]
struct Row {
    name: String,
    path: String,
    id: String,
    document: Value,
}

static POLICIES: LazyLock<BTreeMap<String, ManagedPolicy>> = LazyLock::new(|| {
    // The file is part of the program and a test reads it; without it there would merely be no such policy.
    let rows: Vec<Row> = serde_json::from_str(include_str!("managed_policies.json")).unwrap_or_default();
    rows.into_iter()
        .map(policy)
        .map(|policy| (policy.arn().to_string(), policy))
        .collect()
});

fn policy(row: Row) -> ManagedPolicy {
    let place = Place {
        account: AccountId(OWNER.to_owned()),
        region: Region::global(),
    };
    ManagedPolicy {
        entity: Entity {
            place,
            path: row.path,
            name: row.name,
            id: row.id,
            created: PUBLISHED,
            ..Entity::default()
        },
        description: None,
        updated: PUBLISHED,
        versions: vec![PolicyVersion {
            number: 1,
            document: row.document.to_string(),
            created: PUBLISHED,
        }],
        default: 1,
        next: 2,
    }
}

/// Every policy of AWS's that there is here, by ARN.
pub(super) fn all() -> impl Iterator<Item = &'static ManagedPolicy> {
    POLICIES.values()
}

/// Whether an ARN names a policy of AWS's own.
pub(super) fn is_aws(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::aws:")
}

/// The managed policy of this ARN, a customer's or AWS's.
///
/// # Errors
/// `NoSuchEntity`.
pub(super) fn find(tx: &Tx, arn: &str) -> Result<ManagedPolicy, IamError> {
    let missing = || IamError::NoSuchPolicy { arn: arn.to_owned() };
    if is_aws(arn) {
        return POLICIES.get(arn).cloned().ok_or_else(missing);
    }
    let parsed: Arn = arn.parse().map_err(|_| IamError::Invalid {
        reason: format!("ARN {arn} is not valid."),
    })?;
    let name = parsed.resource.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let place = super::bootstrap::global(&parsed.account);
    tx.find::<ManagedPolicy>(&place, name)
        .filter(|policy| policy.arn() == parsed)
        .ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tierra_core::iam::{Grammar, Policy};

    #[test]
    fn every_policy_of_the_file_is_one() {
        assert!(all().count() >= 16);
        for policy in all() {
            assert!(
                Policy::parse(policy.document(), Grammar::Identity).is_ok(),
                "{}",
                policy.entity.name
            );
        }
    }
}
