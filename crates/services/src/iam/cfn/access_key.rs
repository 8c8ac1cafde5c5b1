//! `AWS::IAM::AccessKey`

use serde_json::{Map, Value, json};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::{gone, text};
use crate::iam::bootstrap::cloud;
use crate::iam::errors::IamError;
use crate::iam::model::AccessKey;
use crate::iam::ops::access_key::{CreateAccessKey, DeleteAccessKey, DeleteKeyInput, KeyStatus, UpdateAccessKey, UpdateKeyInput};
use crate::iam::ops::user::MaybeUser;
use crate::invoke;

/// The type.
pub(super) struct AccessKeyType;

fn find(tx: &Tx, call: &Call, id: &str) -> Result<AccessKey, IamError> {
    tx.find(&call.place.global(), id)
        .ok_or_else(|| IamError::NoSuchKey { id: id.to_owned() })
}

fn set_status(tx: &mut Tx, call: &Call, id: &str, properties: &Value) -> Result<(), AwsError> {
    let inactive = text(properties, "Status").is_some_and(|status| status == KeyStatus::Inactive.word());
    let input = UpdateKeyInput {
        user_name: text(properties, "UserName"),
        access_key_id: id.to_owned(),
        status: if inactive { KeyStatus::Inactive } else { KeyStatus::Active },
    };
    invoke::<UpdateAccessKey>(tx, call, input)
}

impl ResourceType for AccessKeyType {
    fn name(&self) -> &'static str {
        "AWS::IAM::AccessKey"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let user_name = text(creation.properties, "UserName");
        let id = invoke::<CreateAccessKey>(tx, call, MaybeUser { user_name })?
            .access_key
            .access_key_id;
        set_status(tx, call, &id, creation.properties)?;
        Ok(id)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        find(tx, call, id).map_or(Progress::Gone, |_| Progress::Ready)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        let key = find(tx, call, id)?;
        let secret = cloud(tx).and_then(|cloud| cloud.key.open(&key.id, &key.secret.0));
        let secret = secret.ok_or(IamError::NoSuchKey { id: id.to_owned() })?;
        Ok(Attributes {
            reference: id.to_owned(),
            values: Map::from_iter([("SecretAccessKey".to_owned(), json!(secret))]),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        set_status(tx, call, id, new.properties)
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let Ok(key) = find(tx, call, id) else { return Ok(()) };
        let input = DeleteKeyInput {
            user_name: key.user,
            access_key_id: key.id,
        };
        gone(invoke::<DeleteAccessKey>(tx, call, input))
    }
}
