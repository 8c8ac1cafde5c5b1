//! `DescribeCapacityReservation`: nobody reserves capacity here, since nodes have the machine's.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::load_balancer::LoadBalancerInput;
use crate::declare::operations;
use crate::elbv2::api::on;
use crate::elbv2::model::LoadBalancer;

operations! { "elbv2", AwsError;
    read DescribeCapacityReservation(LoadBalancerInput) -> CapacityOutput = describe, on |_, input, _| on([&input.load_balancer_arn]);
}

/// What is reserved in each zone: nothing.
#[derive(Default, Shape)]
pub struct CapacityOutput {
    capacity_reservation_state: Vec<ZonalCapacity>,
}

/// A zone's reservation.
#[derive(Clone, Debug, Default, Shape)]
pub struct ZonalCapacity {
    availability_zone: String,
}

fn describe(tx: &mut Tx, call: &Call, input: LoadBalancerInput) -> Result<CapacityOutput, AwsError> {
    LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?;
    Ok(CapacityOutput::default())
}
