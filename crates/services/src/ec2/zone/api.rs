//! The shapes that regions, zones and account attributes are spoken in.

use tierra_core::Tag;
use tierra_model::Shape;

use crate::ec2::filter::{Field, Filter, Filterable, one};

#[derive(Debug, Default, Shape)]
pub struct DescribeRegionsInput {
    pub region_names: Vec<String>,
    pub all_regions: Option<bool>,
    pub filters: Vec<Filter>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeRegionsOutput {
    pub regions: Vec<RegionDescription>,
}

/// A region as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct RegionDescription {
    pub region_name: String,
    pub endpoint: String,
    pub opt_in_status: String,
}

impl Filterable for RegionDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("endpoint", |region| one(&region.endpoint)),
        ("opt-in-status", |region| one(&region.opt_in_status)),
        ("region-name", |region| one(&region.region_name)),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAvailabilityZonesInput {
    pub zone_names: Vec<String>,
    pub zone_ids: Vec<String>,
    pub all_availability_zones: Option<bool>,
    pub filters: Vec<Filter>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAvailabilityZonesOutput {
    pub availability_zones: Vec<ZoneDescription>,
}

/// An availability zone as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct ZoneDescription {
    pub zone_name: String,
    pub zone_id: String,
    pub zone_type: String,
    pub region_name: String,
    pub group_name: String,
    pub network_border_group: String,
    pub opt_in_status: String,
    pub state: String,
}

impl Filterable for ZoneDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("group-name", |zone| one(&zone.group_name)),
        ("opt-in-status", |zone| one(&zone.opt_in_status)),
        ("region-name", |zone| one(&zone.region_name)),
        ("state", |zone| one(&zone.state)),
        ("zone-id", |zone| one(&zone.zone_id)),
        ("zone-name", |zone| one(&zone.zone_name)),
        ("zone-type", |zone| one(&zone.zone_type)),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAccountAttributesInput {
    pub attribute_names: Vec<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeAccountAttributesOutput {
    pub account_attributes: Vec<AccountAttribute>,
}

/// An attribute of the account in a region.
#[derive(Clone, Debug, Default, Shape)]
pub struct AccountAttribute {
    pub attribute_name: String,
    pub attribute_values: Vec<AccountAttributeValue>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct AccountAttributeValue {
    pub attribute_value: String,
}
