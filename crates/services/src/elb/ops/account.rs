//! `DescribeAccountLimits`.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use crate::balancer;
use crate::declare::{anything, operations};
use crate::elb::limits;

operations! { "elb", AwsError;
    read DescribeAccountLimits(PageInput) -> LimitsOutput = describe, on anything;
}

/// A page.
#[derive(Default, Shape)]
pub struct PageInput {
    marker: Option<String>,
    page_size: Option<i32>,
}

/// The quotas.
#[derive(Default, Shape)]
pub struct LimitsOutput {
    limits: Vec<Limit>,
    next_marker: Option<String>,
}

/// One quota.
#[derive(Clone, Default, Shape)]
pub struct Limit {
    name: String,
    max: String,
}

fn describe(_: &mut Tx, _: &Call, input: PageInput) -> Result<LimitsOutput, AwsError> {
    let told = limits::TOLD.iter().map(|(name, max)| Limit {
        name: (*name).to_owned(),
        max: max.to_string(),
    });
    let page = balancer::page(
        told.collect(),
        |limit: &Limit| limit.name.clone(),
        input.marker.as_deref(),
        input.page_size,
    )?;
    Ok(LimitsOutput {
        limits: page.items,
        next_marker: page.next,
    })
}
