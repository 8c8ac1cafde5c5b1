//! What can be asked of instance types.

use tierra_core::{AwsError, Call, Tx};

use super::api::{
    DescribeInstanceTypeOfferingsInput, DescribeInstanceTypeOfferingsOutput, DescribeInstanceTypesInput, DescribeInstanceTypesOutput,
    InstanceTypeInfo, InstanceTypeOffering, LocationType,
};
use super::errors::InstanceTypeError;
use super::model::InstanceType;
use crate::ec2::listing::{page, query};
use crate::ec2::operation::operations;
use crate::ec2::zone;

operations! {
    /// Tells of instance types.
    reads DescribeInstanceTypes(DescribeInstanceTypesInput) -> DescribeInstanceTypesOutput = describe;
    /// Tells where they are offered.
    reads DescribeInstanceTypeOfferings(DescribeInstanceTypeOfferingsInput) -> DescribeInstanceTypeOfferingsOutput = describe_offerings;
}

fn describe(_tx: &mut Tx, _call: &Call, input: DescribeInstanceTypesInput) -> Result<DescribeInstanceTypesOutput, AwsError> {
    let shown = asked(&input.instance_types)?.into_iter().map(InstanceTypeInfo::of).collect();
    let page = page(shown, !input.instance_types.is_empty(), &query!(input))?;
    Ok(DescribeInstanceTypesOutput {
        instance_types: page.items,
        next_token: page.next,
    })
}

fn asked(names: &[String]) -> Result<Vec<InstanceType>, InstanceTypeError> {
    if names.is_empty() {
        return Ok(InstanceType::all().collect());
    }
    let (known, unknown): (Vec<_>, Vec<_>) = names
        .iter()
        .map(|name| (name, name.parse().ok()))
        .partition(|(_, known)| known.is_some());
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.iter().map(|(name, _)| name.as_str()).collect();
        return Err(InstanceTypeError::NoneSuch { names: names.join(", ") });
    }
    Ok(known.into_iter().filter_map(|(_, known)| known).collect())
}

fn describe_offerings(
    _tx: &mut Tx,
    call: &Call,
    input: DescribeInstanceTypeOfferingsInput,
) -> Result<DescribeInstanceTypeOfferingsOutput, AwsError> {
    let location_type = input.location_type.unwrap_or_default();
    let locations = locations(call, location_type);
    let offered = InstanceType::all().flat_map(|one| {
        locations.iter().map(move |location| InstanceTypeOffering {
            instance_type: one.to_string(),
            location_type,
            location: location.clone(),
        })
    });
    let page = page(offered.collect(), false, &query!(input))?;
    Ok(DescribeInstanceTypeOfferingsOutput {
        instance_type_offerings: page.items,
        next_token: page.next,
    })
}

fn locations(call: &Call, location_type: LocationType) -> Vec<String> {
    match location_type {
        LocationType::Region => vec![call.place.region.to_string()],
        LocationType::AvailabilityZone => zone::names(&call.place).collect(),
        LocationType::AvailabilityZoneId => zone::names(&call.place).map(|name| zone::id(&call.place.region, &name)).collect(),
    }
}
