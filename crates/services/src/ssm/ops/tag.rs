//! `AddTagsToResource`, `RemoveTagsFromResource`, `ListTagsForResource`, for parameters.

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::ssm::api::arns;
use crate::ssm::errors::SsmError;
use crate::ssm::model::Parameter;

operations! { "ssm", SsmError;
    write AddTagsToResource(AddTagsInput) -> TagOutput = add, on |_, input, call| arns(&call.place, [&input.resource_id]);
    write RemoveTagsFromResource(RemoveTagsInput) -> TagOutput = remove, on |_, input, call| arns(&call.place, [&input.resource_id]);
    read ListTagsForResource(ListTagsInput) -> ListTagsOutput = list, on |_, input, call| arns(&call.place, [&input.resource_id]);
}

/// Input of [`AddTagsToResource`].
#[derive(Default, Shape)]
pub struct AddTagsInput {
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`RemoveTagsFromResource`].
#[derive(Default, Shape)]
pub struct RemoveTagsInput {
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
    pub(crate) tag_keys: Vec<String>,
}

/// Input of [`ListTagsForResource`].
#[derive(Default, Shape)]
pub struct ListTagsInput {
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct TagOutput {}

/// The tags.
#[derive(Default, Shape)]
pub struct ListTagsOutput {
    pub(crate) tag_list: Vec<Tag>,
}

fn tagged(tx: &Tx, call: &Call, kind: &str, id: &str) -> Result<Parameter, SsmError> {
    if kind != "Parameter" {
        return Err(SsmError::ResourceType);
    }
    tx.find(&call.place, id).ok_or_else(|| SsmError::ResourceId { id: id.to_owned() })
}

fn add(tx: &mut Tx, call: &Call, input: AddTagsInput) -> Result<TagOutput, SsmError> {
    let mut parameter = tagged(tx, call, &input.resource_type, &input.resource_id)?;
    input.tags.iter().try_for_each(|tag| parameter.tags.put(tag))?;
    tx.save(parameter);
    Ok(TagOutput {})
}

fn remove(tx: &mut Tx, call: &Call, input: RemoveTagsInput) -> Result<TagOutput, SsmError> {
    let mut parameter = tagged(tx, call, &input.resource_type, &input.resource_id)?;
    parameter.tags.0.retain(|key, _| !input.tag_keys.contains(key));
    tx.save(parameter);
    Ok(TagOutput {})
}

fn list(tx: &mut Tx, call: &Call, input: ListTagsInput) -> Result<ListTagsOutput, SsmError> {
    let parameter = tagged(tx, call, &input.resource_type, &input.resource_id)?;
    Ok(ListTagsOutput {
        tag_list: parameter.tags.list(),
    })
}
