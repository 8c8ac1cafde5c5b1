//! Regions, their availability zones, and what an account may have.

mod api;
mod ops;

use tierra_core::{Place, Region};

pub use ops::register;

use super::subnet::Subnet;

/// The regions that every account has without asking, as AWS lists them.
pub const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The zones that every region has here.
const LETTERS: [char; 3] = ['a', 'b', 'c'];

tierra_core::aws_errors! {
    /// Errors of zones and regions.
    pub enum ZoneError {
        /// The region has no such zone.
        NoSuchZone { zone: String, zones: String } => ("InvalidParameterValue", 400,
            "Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {zones}."),
        /// No zone is so named, where one is asked for.
        Unknown { zone: String } => ("InvalidParameterValue", 400, "Invalid availability zone: [{zone}]"),
        /// No region is so named.
        NoSuchRegion { region: String } => ("InvalidParameterValue", 400, "Invalid region name: {region}"),
        /// No attribute is so named.
        NoSuchAttribute { attribute: String } => ("InvalidParameterValue", 400, "Value ({attribute}) for parameter attributeName is invalid."),
    }
}

/// The names of a region's availability zones.
pub fn names(place: &Place) -> impl Iterator<Item = String> + '_ {
    LETTERS.iter().map(|letter| place.region.zone(*letter))
}

/// The id of a zone, the same in every account: `use1-az1`.
pub fn id(region: &Region, zone: &str) -> String {
    let ordinal = LETTERS.iter().position(|letter| zone.ends_with(*letter)).map_or(0, |at| at + 1);
    format!("{}-az{ordinal}", short(region))
}

/// A region's short name: `us-east-1` is `use1`, `ap-southeast-2` is `apse2`.
fn short(region: &Region) -> String {
    let mut parts = region.0.split('-');
    let area = parts.next().unwrap_or_default();
    let direction: String = parts
        .map(|part| match part {
            "northeast" => "ne".to_owned(),
            "southeast" => "se".to_owned(),
            "northwest" => "nw".to_owned(),
            "southwest" => "sw".to_owned(),
            other => other.chars().take(1).collect(),
        })
        .collect();
    format!("{area}{direction}")
}

/// The zone of this name.
///
/// # Errors
/// Where the region has none.
pub fn named(place: &Place, name: &str) -> Result<String, ZoneError> {
    names(place).find(|zone| zone == name).ok_or_else(|| no_such(place, name))
}

/// The zone of this id.
///
/// # Errors
/// Where the region has none.
pub fn of_id(place: &Place, zone_id: &str) -> Result<String, ZoneError> {
    names(place)
        .find(|zone| id(&place.region, zone) == zone_id)
        .ok_or_else(|| no_such(place, zone_id))
}

fn no_such(place: &Place, zone: &str) -> ZoneError {
    ZoneError::NoSuchZone {
        zone: zone.to_owned(),
        zones: names(place).collect::<Vec<_>>().join(", "),
    }
}

/// The zone in which fewest of these subnets lie.
pub fn emptiest(place: &Place, subnets: &[Subnet]) -> String {
    let inhabitants = |zone: &String| subnets.iter().filter(|subnet| subnet.zone == *zone).count();
    names(place).min_by_key(inhabitants).unwrap_or_default()
}
#[cfg(test)]
pub use ops::spoken;
