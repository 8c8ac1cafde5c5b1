//! `TagResource`, `UntagResource`, `ListTagsForResource`, for alarms.

use tierra_core::{Arn, Call, Tag, Tx};
use tierra_model::Shape;

use crate::cloudwatch::alarm::model::Alarm;
use crate::cloudwatch::errors::CloudWatchError;
use crate::declare::operations;

operations! { "cloudwatch", CloudWatchError;
    write TagResource(TagResourceInput) -> TagOutput = add, on |_, input, _| named(&input.resource_arn);
    write UntagResource(UntagResourceInput) -> TagOutput = remove, on |_, input, _| named(&input.resource_arn);
    read ListTagsForResource(ListTagsInput) -> ListTagsOutput = list, on |_, input, _| named(&input.resource_arn);
}

/// Input of [`TagResource`].
#[derive(Default, Shape)]
pub struct TagResourceInput {
    #[shape("ResourceARN")]
    pub(crate) resource_arn: String,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`UntagResource`].
#[derive(Default, Shape)]
pub struct UntagResourceInput {
    #[shape("ResourceARN")]
    pub(crate) resource_arn: String,
    pub(crate) tag_keys: Vec<String>,
}

/// Input of [`ListTagsForResource`].
#[derive(Default, Shape)]
pub struct ListTagsInput {
    #[shape("ResourceARN")]
    pub(crate) resource_arn: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct TagOutput {}

/// The tags.
#[derive(Default, Shape)]
pub struct ListTagsOutput {
    pub(crate) tags: Vec<Tag>,
}

fn named(arn: &str) -> Vec<Arn> {
    arn.parse().into_iter().collect()
}

fn tagged(tx: &Tx, call: &Call, arn: &str) -> Result<Alarm, CloudWatchError> {
    let name = arn.split_once(":alarm:").map(|(_, name)| name).unwrap_or_default();
    let alarm = tx.find::<Alarm>(&call.place, name).filter(|alarm| alarm.arn().to_string() == arn);
    alarm.ok_or_else(|| CloudWatchError::NoResource { arn: arn.to_owned() })
}

fn add(tx: &mut Tx, call: &Call, input: TagResourceInput) -> Result<TagOutput, CloudWatchError> {
    let mut alarm = tagged(tx, call, &input.resource_arn)?;
    input.tags.iter().try_for_each(|tag| alarm.tags.put(tag))?;
    tx.save(alarm);
    Ok(TagOutput {})
}

fn remove(tx: &mut Tx, call: &Call, input: UntagResourceInput) -> Result<TagOutput, CloudWatchError> {
    let mut alarm = tagged(tx, call, &input.resource_arn)?;
    alarm.tags.0.retain(|key, _| !input.tag_keys.contains(key));
    tx.save(alarm);
    Ok(TagOutput {})
}

fn list(tx: &mut Tx, call: &Call, input: ListTagsInput) -> Result<ListTagsOutput, CloudWatchError> {
    Ok(ListTagsOutput {
        tags: tagged(tx, call, &input.resource_arn)?.tags.list(),
    })
}
