//! `AddTags`, `RemoveTags`, `DescribeTags`, for everything that the service keeps.

use tierra_core::{AwsError, Call, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::elbv2::api::on;
use crate::elbv2::errors::Elbv2Error;
use crate::elbv2::model::{Listener, LoadBalancer, Rule, TargetGroup};

operations! { "elbv2", AwsError;
    write AddTags(AddInput) -> () = add, on |_, input, _| on(&input.resource_arns);
    write RemoveTags(RemoveInput) -> () = remove, on |_, input, _| on(&input.resource_arns);
    read DescribeTags(DescribeInput) -> DescribeOutput = describe, on |_, input, _| on(&input.resource_arns);
}

/// Input of [`AddTags`].
#[derive(Default, Shape)]
pub struct AddInput {
    pub(crate) resource_arns: Vec<String>,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`RemoveTags`].
#[derive(Default, Shape)]
pub struct RemoveInput {
    pub(crate) resource_arns: Vec<String>,
    pub(crate) tag_keys: Vec<String>,
}

/// Input of [`DescribeTags`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) resource_arns: Vec<String>,
}

/// Tags of several things.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    pub(crate) tag_descriptions: Vec<TagDescription>,
}

/// The tags of one.
#[derive(Clone, Default, Shape)]
pub struct TagDescription {
    resource_arn: String,
    pub(crate) tags: Vec<Tag>,
}

/// Changes the tags of what an ARN names, and gives what they are then.
///
/// # Errors
/// Where there is no such thing, or `change` refuses.
pub(crate) fn change(
    tx: &mut Tx,
    call: &Call,
    arn: &str,
    change: impl FnOnce(&mut Tags) -> Result<(), Elbv2Error>,
) -> Result<Tags, Elbv2Error> {
    macro_rules! of {
        ($row:expr) => {{
            let mut row = $row;
            change(&mut row.tags)?;
            let tags = row.tags.clone();
            tx.save(row);
            Ok(tags)
        }};
    }
    let kind = arn
        .rsplit(':')
        .next()
        .and_then(|resource| resource.split('/').next())
        .unwrap_or_default();
    match kind {
        "targetgroup" => of!(TargetGroup::require(tx, &call.place, arn)?),
        "listener" => of!(Listener::require(tx, &call.place, arn)?),
        "listener-rule" => of!(tx.find::<Rule>(&call.place, arn).ok_or(Elbv2Error::RuleNotFound)?),
        _ => of!(LoadBalancer::require(tx, &call.place, arn)?),
    }
}

fn add(tx: &mut Tx, call: &Call, input: AddInput) -> Result<(), AwsError> {
    let given = Tags::parse(&input.tags).map_err(Elbv2Error::from)?.list();
    for arn in &input.resource_arns {
        change(tx, call, arn, |tags| given.iter().try_for_each(|tag| Ok(tags.put(tag)?)))?;
    }
    Ok(())
}

fn remove(tx: &mut Tx, call: &Call, input: RemoveInput) -> Result<(), AwsError> {
    for arn in &input.resource_arns {
        change(tx, call, arn, |tags| {
            tags.0.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })?;
    }
    Ok(())
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, AwsError> {
    let mut tag_descriptions = Vec::new();
    for resource_arn in input.resource_arns {
        // A read's writes are not kept.
        let tags = change(tx, call, &resource_arn, |_| Ok(()))?.list();
        tag_descriptions.push(TagDescription { resource_arn, tags });
    }
    Ok(DescribeOutput { tag_descriptions })
}
