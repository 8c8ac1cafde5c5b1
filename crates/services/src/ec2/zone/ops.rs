//! What callers ask of regions, zones and their account.

use tierra_core::{AwsError, Call, Region, Tx};

use super::api::{
    AccountAttribute, AccountAttributeValue, DescribeAccountAttributesInput, DescribeAccountAttributesOutput,
    DescribeAvailabilityZonesInput, DescribeAvailabilityZonesOutput, DescribeRegionsInput, DescribeRegionsOutput, RegionDescription,
    ZoneDescription,
};
use super::{REGIONS, ZoneError, id, names};
use crate::ec2::address::ADDRESSES_PER_REGION;
use crate::ec2::filter;
use crate::ec2::network_interface::GROUPS_PER_INTERFACE;
use crate::ec2::operation::operations;
use crate::ec2::vpc::Vpc;

operations! {
    /// Tells of regions. "DescribeRegions"
    reads DescribeRegions(DescribeRegionsInput) -> DescribeRegionsOutput = describe_regions;
    /// Tells of the region's zones. "DescribeAvailabilityZones"
    reads DescribeAvailabilityZones(DescribeAvailabilityZonesInput) -> DescribeAvailabilityZonesOutput = describe_zones;
    /// Tells what the account has and may have. "DescribeAccountAttributes"
    reads DescribeAccountAttributes(DescribeAccountAttributesInput) -> DescribeAccountAttributesOutput = describe_account;
}

fn describe_regions(_: &mut Tx, call: &Call, input: DescribeRegionsInput) -> Result<DescribeRegionsOutput, AwsError> {
    let called = call.place.region.0.as_str();
    let mut regions: Vec<&str> = REGIONS.to_vec();
    if !regions.contains(&called) {
        regions.push(called);
    }
    if let Some(unknown) = input.region_names.iter().find(|name| !regions.contains(&name.as_str())) {
        return Err(ZoneError::NoSuchRegion { region: unknown.clone() }.into());
    }
    regions.retain(|region| input.region_names.is_empty() || input.region_names.iter().any(|name| name == region));
    let shown = regions.into_iter().map(show_region).collect();
    Ok(DescribeRegionsOutput {
        regions: filter::apply(shown, &input.filters)?,
    })
}

fn show_region(region: &str) -> RegionDescription {
    RegionDescription {
        region_name: region.to_owned(),
        endpoint: format!("ec2.{region}.amazonaws.com"),
        opt_in_status: "opt-in-not-required".to_owned(),
    }
}

fn describe_zones(_: &mut Tx, call: &Call, input: DescribeAvailabilityZonesInput) -> Result<DescribeAvailabilityZonesOutput, AwsError> {
    let mut zones: Vec<ZoneDescription> = names(&call.place).map(|zone| show_zone(&call.place.region, zone)).collect();
    let unknown_name = input
        .zone_names
        .iter()
        .find(|name| !zones.iter().any(|zone| zone.zone_name == **name));
    let unknown_id = input.zone_ids.iter().find(|id| !zones.iter().any(|zone| zone.zone_id == **id));
    if let Some(unknown) = unknown_name.or(unknown_id) {
        return Err(ZoneError::Unknown { zone: unknown.clone() }.into());
    }
    let asks = |asked: &[String], value: &String| asked.is_empty() || asked.contains(value);
    zones.retain(|zone| asks(&input.zone_names, &zone.zone_name) && asks(&input.zone_ids, &zone.zone_id));
    Ok(DescribeAvailabilityZonesOutput {
        availability_zones: filter::apply(zones, &input.filters)?,
    })
}

fn show_zone(region: &Region, zone: String) -> ZoneDescription {
    ZoneDescription {
        zone_id: id(region, &zone),
        zone_name: zone,
        zone_type: "availability-zone".to_owned(),
        region_name: region.to_string(),
        group_name: region.to_string(),
        network_border_group: region.to_string(),
        opt_in_status: "opt-in-not-required".to_owned(),
        state: "available".to_owned(),
    }
}

fn describe_account(tx: &mut Tx, call: &Call, input: DescribeAccountAttributesInput) -> Result<DescribeAccountAttributesOutput, AwsError> {
    let default_vpc = Vpc::default_of(tx, &call.place).map_or_else(|| "none".to_owned(), |vpc| vpc.id.to_string());
    let attributes = [
        ("supported-platforms", "VPC".to_owned()),
        ("default-vpc", default_vpc),
        ("vpc-max-security-groups-per-interface", GROUPS_PER_INTERFACE.to_string()),
        ("max-elastic-ips", ADDRESSES_PER_REGION.to_string()),
        ("vpc-max-elastic-ips", ADDRESSES_PER_REGION.to_string()),
    ];
    if let Some(unknown) = input
        .attribute_names
        .iter()
        .find(|name| !attributes.iter().any(|(known, _)| known == name))
    {
        return Err(ZoneError::NoSuchAttribute {
            attribute: unknown.clone(),
        }
        .into());
    }
    let asked = |name: &str| input.attribute_names.is_empty() || input.attribute_names.iter().any(|asked| asked == name);
    let account_attributes = attributes.into_iter().filter(|(name, _)| asked(name)).map(attribute).collect();
    Ok(DescribeAccountAttributesOutput { account_attributes })
}

fn attribute((name, value): (&str, String)) -> AccountAttribute {
    AccountAttribute {
        attribute_name: name.to_owned(),
        attribute_values: vec![AccountAttributeValue { attribute_value: value }],
    }
}
