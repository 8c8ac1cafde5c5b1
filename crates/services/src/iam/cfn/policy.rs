//! `AWS::IAM::Policy`: an inline policy at several users, groups and roles. IAM knows no such thing, so that what it put where is kept in a
//! row of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Key, Place, Resource, Tx};

use super::held::{Deed, Holders};
use super::{document, text};
use crate::iam::errors::IamError;
use crate::iam::limits::NAME_LENGTH;

/// The type.
pub(super) struct PolicyType;

/// Where a template's policy was put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Placed {
    place: Place,
    id: String,
    policy_name: String,
    holders: Holders,
}

impl Resource for Placed {
    const KIND: &'static str = "iam/template-policy";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Placed {
    fn put(tx: &mut Tx, call: &Call, id: &str, properties: &Value) -> Result<(), AwsError> {
        let placed = Self {
            place: call.place.global(),
            id: id.to_owned(),
            policy_name: text(properties, "PolicyName").unwrap_or_default(),
            holders: Holders::of(properties),
        };
        let document = document(properties, "PolicyDocument");
        placed.holders.each(tx, call, &Deed::Put(&placed.policy_name, &document))?;
        tx.save(placed);
        Ok(())
    }
}

impl ResourceType for PolicyType {
    fn name(&self) -> &'static str {
        "AWS::IAM::Policy"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let id = creation.generated_name(call, NAME_LENGTH);
        Placed::put(tx, call, &id, creation.properties)?;
        Ok(id)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        tx.find::<Placed>(&call.place.global(), id)
            .map_or(Progress::Gone, |_| Progress::Ready)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        let placed: Option<Placed> = tx.find(&call.place.global(), id);
        let placed = placed.ok_or_else(|| IamError::NoSuchPolicy { arn: id.to_owned() })?;
        Ok(Attributes {
            reference: placed.id.clone(),
            values: Map::from_iter([("Id".to_owned(), json!(placed.id))]),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        if let Some(before) = tx.find::<Placed>(&call.place.global(), id) {
            let renamed = text(new.properties, "PolicyName").as_ref() != Some(&before.policy_name);
            let after = if renamed { Holders::default() } else { Holders::of(new.properties) };
            before.holders.without(&after).each(tx, call, &Deed::Delete(&before.policy_name))?;
        }
        Placed::put(tx, call, id, new.properties)
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        if let Some(placed) = tx.find::<Placed>(&call.place.global(), id) {
            placed.holders.each(tx, call, &Deed::Delete(&placed.policy_name))?;
            tx.delete(&Key::<Placed>::new(&placed.place, id));
        }
        Ok(())
    }
}
