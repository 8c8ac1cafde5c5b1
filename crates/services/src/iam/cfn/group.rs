//! `AWS::IAM::Group`

use serde_json::Value;
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::{attributes, gone, held, name, progress, text};
use crate::iam::api::ByGroup;
use crate::iam::limits::NAME_LENGTH;
use crate::iam::model::Group;
use crate::iam::ops::group::{CreateGroup, CreateGroupInput, DeleteGroup};
use crate::invoke;

/// The type.
pub(super) struct GroupType;

impl ResourceType for GroupType {
    fn name(&self) -> &'static str {
        "AWS::IAM::Group"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let group_name = name(creation, call, "GroupName", NAME_LENGTH);
        let path = text(creation.properties, "Path");
        invoke::<CreateGroup>(
            tx,
            call,
            CreateGroupInput {
                path,
                group_name: group_name.clone(),
            },
        )?;
        held::settle::<Group>(tx, call, &group_name, &Value::Null, creation.properties)?;
        Ok(group_name)
    }

    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        progress::<Group>(tx, call, id)
    }

    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        attributes::<Group>(tx, call, id, "GroupId")
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, old: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        held::settle::<Group>(tx, call, id, old, new.properties)
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let delete = |tx: &mut Tx| {
            held::strip::<Group>(tx, call, id)?;
            invoke::<DeleteGroup>(tx, call, ByGroup { group_name: id.to_owned() })
        };
        gone(delete(tx))
    }
}
