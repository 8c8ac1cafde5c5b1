//! `AddTags`, `RemoveTags`, `DescribeTags`.

use tierra_core::{AwsError, Call, Tag, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::elb::errors::ElbError;
use crate::elb::model::{LoadBalancer, arn};

operations! { "elb", AwsError;
    write AddTags(AddInput) -> TagsOutput = add,
        on |_, input, call| input.load_balancer_names.iter().map(|name| arn(&call.place, name)).collect();
    write RemoveTags(RemoveInput) -> TagsOutput = remove,
        on |_, input, call| input.load_balancer_names.iter().map(|name| arn(&call.place, name)).collect();
    read DescribeTags(DescribeInput) -> DescribeOutput = describe,
        on |_, input, call| input.load_balancer_names.iter().map(|name| arn(&call.place, name)).collect();
}

/// Input of [`AddTags`].
#[derive(Default, Shape)]
pub struct AddInput {
    pub(crate) load_balancer_names: Vec<String>,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`RemoveTags`].
#[derive(Default, Shape)]
pub struct RemoveInput {
    pub(crate) load_balancer_names: Vec<String>,
    pub(crate) tags: Vec<TagKey>,
}

/// A tag's key.
#[derive(Clone, Default, Shape)]
pub struct TagKey {
    pub(crate) key: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct TagsOutput {}

/// Input of [`DescribeTags`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) load_balancer_names: Vec<String>,
}

/// Tags of several.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    pub(crate) tag_descriptions: Vec<TagDescription>,
}

/// Tags of one.
#[derive(Clone, Default, Shape)]
pub struct TagDescription {
    load_balancer_name: String,
    pub(crate) tags: Vec<Tag>,
}

fn add(tx: &mut Tx, call: &Call, input: AddInput) -> Result<TagsOutput, AwsError> {
    for name in &input.load_balancer_names {
        let mut row = LoadBalancer::require(tx, &call.place, name)?;
        input.tags.iter().try_for_each(|tag| row.tags.put(tag)).map_err(ElbError::from)?;
        tx.save(row);
    }
    Ok(TagsOutput {})
}

fn remove(tx: &mut Tx, call: &Call, input: RemoveInput) -> Result<TagsOutput, AwsError> {
    for name in &input.load_balancer_names {
        let mut row = LoadBalancer::require(tx, &call.place, name)?;
        row.tags.0.retain(|key, _| !input.tags.iter().any(|tag| tag.key == *key));
        tx.save(row);
    }
    Ok(TagsOutput {})
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, AwsError> {
    let told = input.load_balancer_names.into_iter().map(|load_balancer_name| {
        let tags = LoadBalancer::require(tx, &call.place, &load_balancer_name)?.tags.list();
        Ok(TagDescription { load_balancer_name, tags })
    });
    Ok(DescribeOutput {
        tag_descriptions: told.collect::<Result<_, ElbError>>()?,
    })
}
