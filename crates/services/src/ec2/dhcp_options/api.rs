//! The shapes that DHCP options are spoken in.

use tierra_core::Tag;
use tierra_model::Shape;

use super::DhcpOptionsId;
use crate::ec2::attribute::AttributeValue;
use crate::ec2::filter::Filter;

#[derive(Debug, Default, Shape)]
pub struct DescribeDhcpOptionsInput {
    pub dhcp_options_ids: Vec<DhcpOptionsId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeDhcpOptionsOutput {
    pub dhcp_options: Vec<DhcpOptionsDescription>,
    pub next_token: Option<String>,
}

/// Options as callers see them.
#[derive(Clone, Debug, Default, Shape)]
pub struct DhcpOptionsDescription {
    pub dhcp_options_id: DhcpOptionsId,
    pub owner_id: String,
    pub dhcp_configurations: Vec<DhcpConfiguration>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct DhcpConfiguration {
    pub key: String,
    pub values: Vec<AttributeValue>,
}
