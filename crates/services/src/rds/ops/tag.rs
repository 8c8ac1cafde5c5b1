//! `AddTagsToResource`, `RemoveTagsFromResource`, `ListTagsForResource`: by ARN, whatever it names.

use tierra_core::{Arn, Call, Tag, Tags, Tx};
use tierra_model::Shape;

use super::{instance, snapshot, subnet_group};
use crate::declare::operations;
use crate::rds::errors::RdsError;
use crate::rds::model::{DbInstance, DbParameterGroup, DbSnapshot, DbSubnetGroup};

operations! { "rds", RdsError;
    write AddTagsToResource(AddInput) -> () = add, on |_, input, _| arn(&input.resource_name);
    write RemoveTagsFromResource(RemoveInput) -> () = remove, on |_, input, _| arn(&input.resource_name);
    read ListTagsForResource(ListInput) -> ListOutput = list, on |_, input, _| arn(&input.resource_name);
}

/// Input of [`AddTagsToResource`].
#[derive(Default, Shape)]
pub struct AddInput {
    pub(crate) resource_name: String,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`RemoveTagsFromResource`].
#[derive(Default, Shape)]
pub struct RemoveInput {
    pub(crate) resource_name: String,
    pub(crate) tag_keys: Vec<String>,
}

/// Input of [`ListTagsForResource`].
#[derive(Default, Shape)]
pub struct ListInput {
    pub(crate) resource_name: String,
}

/// The tags.
#[derive(Default, Shape)]
pub struct ListOutput {
    pub(crate) tag_list: Vec<Tag>,
}

fn arn(name: &str) -> Vec<Arn> {
    name.parse().into_iter().collect()
}

/// Whatever can have tags.
enum Tagged {
    Instance(DbInstance),
    Snapshot(DbSnapshot),
    SubnetGroup(DbSubnetGroup),
    ParameterGroup(DbParameterGroup),
}

impl Tagged {
    fn find(tx: &Tx, call: &Call, name: &str) -> Result<Self, RdsError> {
        let invalid = || RdsError::ResourceName { name: name.to_owned() };
        let arn: Arn = name.parse().map_err(|_| invalid())?;
        let (kind, id) = arn.resource.split_once(':').ok_or_else(invalid)?;
        match kind {
            "db" => instance::find(tx, call, id).map(Self::Instance),
            "snapshot" => snapshot::find(tx, call, id).map(Self::Snapshot),
            "subgrp" => subnet_group::find(tx, call, id).map(Self::SubnetGroup),
            "pg" => {
                let missing = || RdsError::ParameterGroupNotFound { name: id.to_owned() };
                DbParameterGroup::named(tx, &call.place, id)
                    .map(Self::ParameterGroup)
                    .ok_or_else(missing)
            }
            _ => Err(invalid()),
        }
    }

    fn tags(&mut self) -> &mut Tags {
        match self {
            Self::Instance(row) => &mut row.tags,
            Self::Snapshot(row) => &mut row.tags,
            Self::SubnetGroup(row) => &mut row.tags,
            Self::ParameterGroup(row) => &mut row.tags,
        }
    }

    fn save(self, tx: &mut Tx) {
        match self {
            Self::Instance(row) => tx.save(row),
            Self::Snapshot(row) => tx.save(row),
            Self::SubnetGroup(row) => tx.save(row),
            Self::ParameterGroup(row) => tx.save(row),
        }
    }
}

/// Puts tags in the place of what was there, as CloudFormation does.
pub(crate) fn set(tx: &mut Tx, call: &Call, arn: &Arn, tags: Tags) {
    if let Ok(mut tagged) = Tagged::find(tx, call, &arn.to_string()) {
        *tagged.tags() = tags;
        tagged.save(tx);
    }
}

fn add(tx: &mut Tx, call: &Call, input: AddInput) -> Result<(), RdsError> {
    let mut tagged = Tagged::find(tx, call, &input.resource_name)?;
    input.tags.iter().try_for_each(|tag| tagged.tags().put(tag))?;
    tagged.save(tx);
    Ok(())
}

fn remove(tx: &mut Tx, call: &Call, input: RemoveInput) -> Result<(), RdsError> {
    let mut tagged = Tagged::find(tx, call, &input.resource_name)?;
    tagged.tags().0.retain(|key, _| !input.tag_keys.contains(key));
    tagged.save(tx);
    Ok(())
}

fn list(tx: &mut Tx, call: &Call, input: ListInput) -> Result<ListOutput, RdsError> {
    let mut tagged = Tagged::find(tx, call, &input.resource_name)?;
    Ok(ListOutput {
        tag_list: tagged.tags().list(),
    })
}
