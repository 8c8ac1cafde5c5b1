//! The shapes that tags are spoken in.

use serde::{Deserialize, Serialize};
use tierra_core::Tag;
use tierra_model::Shape;

use crate::ec2::filter::Filter;

/// Tags for what an operation creates, by kind of resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct TagSpecification {
    pub resource_type: Option<String>,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateTagsInput {
    pub resources: Vec<String>,
    pub tags: Vec<Tag>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteTagsInput {
    pub resources: Vec<String>,
    pub tags: Vec<Tag>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeTagsInput {
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeTagsOutput {
    pub tags: Vec<TagDescription>,
    pub next_token: Option<String>,
}

/// One tag of one resource.
#[derive(Clone, Debug, Default, Shape)]
pub struct TagDescription {
    pub key: String,
    pub resource_id: String,
    pub resource_type: String,
    pub value: String,
}
