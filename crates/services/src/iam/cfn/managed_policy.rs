//! `AWS::IAM::ManagedPolicy`

use serde_json::{Map, Value, json};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::held::{Deed, Holders};
use super::{document, gone, name, text};
use crate::iam::limits::{NAME_LENGTH, VERSIONS_PER_POLICY};
use crate::iam::managed;
use crate::iam::model::{ManagedPolicy, Named};
use crate::iam::ops::policy::{
    ByPolicy, ByVersion, CreatePolicy, CreatePolicyInput, CreatePolicyVersion, CreatePolicyVersionInput, DeletePolicy, DeletePolicyVersion,
    holders,
};
use crate::invoke;

/// The type.
pub(super) struct ManagedPolicyType;

fn delete_version(tx: &mut Tx, call: &Call, policy: &ManagedPolicy, number: u32) -> Result<(), AwsError> {
    let (policy_arn, version_id) = (policy.arn().to_string(), format!("v{number}"));
    invoke::<DeletePolicyVersion>(tx, call, ByVersion { policy_arn, version_id })
}

/// Makes the document the default version; the oldest other one gives way.
fn new_version(tx: &mut Tx, call: &Call, arn: &str, policy_document: String) -> Result<(), AwsError> {
    let policy = managed::find(tx, arn)?;
    let oldest = policy
        .versions
        .iter()
        .map(|version| version.number)
        .find(|number| *number != policy.default);
    if let Some(number) = oldest.filter(|_| policy.versions.len() >= VERSIONS_PER_POLICY) {
        delete_version(tx, call, &policy, number)?;
    }
    let input = CreatePolicyVersionInput {
        policy_arn: arn.to_owned(),
        policy_document,
        set_as_default: Some(true),
    };
    invoke::<CreatePolicyVersion>(tx, call, input).map(drop)
}

impl ResourceType for ManagedPolicyType {
    fn name(&self) -> &'static str {
        "AWS::IAM::ManagedPolicy"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let properties = creation.properties;
        let input = CreatePolicyInput {
            policy_name: name(creation, call, "ManagedPolicyName", NAME_LENGTH),
            path: text(properties, "Path"),
            policy_document: document(properties, "PolicyDocument"),
            description: text(properties, "Description"),
            tags: Vec::new(),
        };
        let arn = invoke::<CreatePolicy>(tx, call, input)?.policy.arn;
        Holders::of(properties).each(tx, call, &Deed::Attach(&arn))?;
        Ok(arn)
    }

    fn progress(&self, tx: &Tx, _: &Call, id: &str) -> Progress {
        managed::find(tx, id).map_or(Progress::Gone, |_| Progress::Ready)
    }

    fn attributes(&self, tx: &Tx, _: &Call, id: &str) -> Result<Attributes, AwsError> {
        let policy = managed::find(tx, id)?;
        let values = [
            ("PolicyArn", json!(id)),
            ("PolicyId", json!(policy.entity.id)),
            ("DefaultVersionId", json!(format!("v{}", policy.default))),
            ("CreateDate", json!(policy.entity.created.to_string())),
            ("UpdateDate", json!(policy.updated.to_string())),
            ("IsAttachable", json!(true)),
        ];
        Ok(Attributes {
            reference: id.to_owned(),
            values: Map::from_iter(values.map(|(name, value)| (name.to_owned(), value))),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, old: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        let wanted = document(new.properties, "PolicyDocument");
        if wanted != document(old, "PolicyDocument") {
            new_version(tx, call, id, wanted)?;
        }
        let (before, after) = (Holders::of(old), Holders::of(new.properties));
        before.without(&after).each(tx, call, &Deed::Detach(id))?;
        after.each(tx, call, &Deed::Attach(id))
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let Ok(policy) = managed::find(tx, id) else { return Ok(()) };
        Holders::named(holders(tx, call, id)).each(tx, call, &Deed::Detach(id))?;
        for version in policy.versions.iter().filter(|version| version.number != policy.default) {
            delete_version(tx, call, &policy, version.number)?;
        }
        gone(invoke::<DeletePolicy>(tx, call, ByPolicy { policy_arn: id.to_owned() }))
    }
}
