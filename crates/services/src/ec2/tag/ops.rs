//! CreateTags, DeleteTags, DescribeTags, over every kind of resource.

use tierra_core::{Arn, AwsError, Call, Tag, Tx};

use super::api::{CreateTagsInput, DeleteTagsInput, DescribeTagsInput, DescribeTagsOutput, TagDescription};
use super::{TagSet, kinds, of, set};
use crate::ec2::errors::Ec2Error;
use crate::ec2::filter::{Field, Filterable, one};
use crate::ec2::listing::{self, Described, query};
use crate::ec2::operation::operations;

/// Resources that one call may tag.
const RESOURCES: usize = 1000;

operations! {
    /// Adds or replaces tags.
    writes CreateTags(CreateTagsInput) -> () = create, on |_, input, call| arns(call, &input.resources);
    /// Deletes tags by key, or by key and value; all of a resource's where none is named.
    writes DeleteTags(DeleteTagsInput) -> () = delete, on |_, input, call| arns(call, &input.resources);
    /// Tells the tags of all resources.
    reads DescribeTags(DescribeTagsInput) -> DescribeTagsOutput = describe;
}

impl Filterable for TagDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("key", |tag| one(&tag.key)),
        ("resource-id", |tag| one(&tag.resource_id)),
        ("resource-type", |tag| one(&tag.resource_type)),
        ("value", |tag| one(&tag.value)),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Described for TagDescription {
    const IDS: &'static str = "resources";
    fn id(&self) -> String {
        format!("{} {}", self.resource_id, self.key)
    }
}

fn arns(call: &Call, resources: &[String]) -> Vec<Arn> {
    let arn = |id: &String| kinds::of(id).map(|kind| Arn::regional("ec2", &call.place, format!("{}/{id}", kind.word)));
    resources.iter().filter_map(arn).collect()
}

fn require_all(tx: &Tx, call: &Call, resources: &[String]) -> Result<(), AwsError> {
    if resources.is_empty() {
        return Err(Ec2Error::Missing { name: "resourceIdSet" }.into());
    }
    if resources.len() > RESOURCES {
        return Err(Ec2Error::TagLimit.into());
    }
    resources.iter().try_for_each(|id| kinds::require(tx, &call.place, id))
}

fn create(tx: &mut Tx, call: &Call, input: CreateTagsInput) -> Result<(), AwsError> {
    require_all(tx, call, &input.resources)?;
    if input.tags.is_empty() {
        return Err(Ec2Error::Missing { name: "tagSet" }.into());
    }
    for id in &input.resources {
        let mut tags = of(tx, &call.place, id);
        input.tags.iter().try_for_each(|tag| tags.put(tag)).map_err(Ec2Error::from)?;
        set(tx, &call.place, id, tags);
    }
    Ok(())
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteTagsInput) -> Result<(), AwsError> {
    require_all(tx, call, &input.resources)?;
    for id in &input.resources {
        let mut tags = of(tx, &call.place, id);
        tags.0.retain(|key, value| !is_deleted(&input.tags, key, value));
        set(tx, &call.place, id, tags);
    }
    Ok(())
}

/// The cloud's own tags stay. A tag without value deletes whatever its value is; an empty value deletes only an empty one.
fn is_deleted(named: &[Tag], key: &str, value: &str) -> bool {
    let is_named = |tag: &Tag| tag.key == key && tag.value.as_deref().is_none_or(|named| named == value);
    !key.starts_with("aws:") && (named.is_empty() || named.iter().any(is_named))
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeTagsInput) -> Result<DescribeTagsOutput, AwsError> {
    let all = tx.list::<TagSet>(&call.place).iter().flat_map(descriptions).collect();
    let page = listing::page(all, false, &query!(input))?;
    Ok(DescribeTagsOutput {
        tags: page.items,
        next_token: page.next,
    })
}

fn descriptions(set: &TagSet) -> Vec<TagDescription> {
    let resource_type = kinds::of(&set.resource).map_or("", |kind| kind.word);
    let describe = |(key, value): (&String, &String)| TagDescription {
        key: key.clone(),
        resource_id: set.resource.clone(),
        resource_type: resource_type.to_owned(),
        value: value.clone(),
    };
    set.tags.0.iter().map(describe).collect()
}
