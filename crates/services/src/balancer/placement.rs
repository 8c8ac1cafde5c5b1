//! Where a balancer can stand: its subnets and groups, checked. Follows "Subnets for your load balancer" of AWS's user guides.

use std::collections::BTreeSet;

use tierra_core::{AwsError, Place, Tx};

use super::model::Scheme;
use crate::ec2::internet_gateway::InternetGateway;
use crate::ec2::security_group::{SecurityGroup, SecurityGroupId};
use crate::ec2::subnet::{Subnet, SubnetId};
use crate::ec2::vpc::VpcId;

tierra_core::aws_errors! {
    /// Where a balancer cannot stand.
    pub enum PlacementError {
        /// No such subnet.
        SubnetNotFound { id: SubnetId } => ("SubnetNotFound", 400, "The subnet ID '{id}' does not exist"),
        /// No subnet of a zone, or of another VPC.
        Subnets { reason: String } => ("InvalidSubnet", 400, "{reason}"),
        /// A group that is not there or not of the VPC.
        Groups { ids: String } => ("InvalidSecurityGroup", 400, "One or more security groups are invalid: {ids}"),
        /// Subnets that do not go together.
        Configuration { reason: String } => ("InvalidConfigurationRequest", 400, "{reason}"),
    }
}

/// The subnets of these ids, each in another zone of one VPC that the scheme allows.
///
/// # Errors
/// Where one is not there, of another VPC, in a zone that another is in, or the world could not reach them.
pub fn subnets(tx: &Tx, place: &Place, ids: &[SubnetId], scheme: Scheme) -> Result<Vec<Subnet>, PlacementError> {
    let ids: BTreeSet<&SubnetId> = ids.iter().collect();
    let found = ids.into_iter().map(|id| {
        tx.find::<Subnet>(place, id)
            .ok_or_else(|| PlacementError::SubnetNotFound { id: id.clone() })
    });
    let mut subnets = found.collect::<Result<Vec<_>, _>>()?;
    subnets.sort_by(|a, b| a.zone.cmp(&b.zone));
    if subnets.windows(2).any(|pair| pair[0].vpc != pair[1].vpc) {
        return Err(PlacementError::Subnets {
            reason: "All subnets must belong to the same VPC".to_owned(),
        });
    }
    if subnets.windows(2).any(|pair| pair[0].zone == pair[1].zone) {
        return Err(PlacementError::Configuration {
            reason: "A load balancer cannot be attached to multiple subnets in the same Availability Zone".to_owned(),
        });
    }
    match subnets.first() {
        Some(first) if scheme == Scheme::InternetFacing && InternetGateway::of_vpc(tx, place, &first.vpc).is_none() => {
            Err(PlacementError::Subnets {
                reason: format!("VPC {} has no internet gateway", first.vpc),
            })
        }
        _ => Ok(subnets),
    }
}

/// The groups of a balancer: those that are asked for, checked; none: the VPC's default one.
///
/// # Errors
/// Where one is not there or of another VPC.
pub(super) fn groups(tx: &Tx, place: &Place, vpc: &VpcId, asked: &[SecurityGroupId]) -> Result<Vec<SecurityGroupId>, AwsError> {
    if asked.is_empty() {
        let default = SecurityGroup::named(tx, place, vpc, crate::ec2::security_group::DEFAULT_NAME);
        return Ok(default.map(|group| group.id).into_iter().collect());
    }
    let fits = |id: &&SecurityGroupId| tx.find::<SecurityGroup>(place, id).is_some_and(|group| group.vpc == *vpc);
    let wrong: Vec<&str> = asked.iter().filter(|id| !fits(id)).map(SecurityGroupId::as_str).collect();
    if wrong.is_empty() {
        return Ok(asked.to_vec());
    }
    Err(PlacementError::Groups { ids: wrong.join(", ") }.into())
}
