//! What can be done with spot requests.

use tierra_core::{AwsError, Call, Tx};

use super::api::{
    CancelSpotInstanceRequestsInput, CancelSpotInstanceRequestsOutput, CancelledRequest, DescribeSpotInstanceRequestsInput,
    DescribeSpotInstanceRequestsOutput, SpotRequestInfo,
};
use super::{SpotState, instance_of};
use crate::ec2::instance::{Instance, cancel_spot_request};
use crate::ec2::listing::{page, query};
use crate::ec2::operation::{arn, operations};

operations! {
    /// Tells of spot requests. "DescribeSpotInstanceRequests"
    reads DescribeSpotInstanceRequests(DescribeSpotInstanceRequestsInput) -> DescribeSpotInstanceRequestsOutput = describe;
    /// Gives requests up; their instances go on. "CancelSpotInstanceRequests"
    writes CancelSpotInstanceRequests(CancelSpotInstanceRequestsInput) -> CancelSpotInstanceRequestsOutput = cancel,
        on |_, input, call| input.spot_instance_request_ids.iter().flat_map(|id| arn(call, "spot-instances-request", id)).collect();
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeSpotInstanceRequestsInput) -> Result<DescribeSpotInstanceRequestsOutput, AwsError> {
    let ids = &input.spot_instance_request_ids;
    let instances = if ids.is_empty() {
        tx.list::<Instance>(&call.place)
    } else {
        ids.iter().map(|id| instance_of(tx, &call.place, id)).collect::<Result<_, _>>()?
    };
    let shown = instances
        .iter()
        .filter_map(|instance| Some(SpotRequestInfo::of(tx, instance, instance.spec.spot_request.as_ref()?)));
    let page = page(shown.collect(), !ids.is_empty(), &query!(input))?;
    Ok(DescribeSpotInstanceRequestsOutput {
        spot_instance_requests: page.items,
        next_token: page.next,
    })
}

fn cancel(tx: &mut Tx, call: &Call, input: CancelSpotInstanceRequestsInput) -> Result<CancelSpotInstanceRequestsOutput, AwsError> {
    let mut cancelled = Vec::new();
    for id in input.spot_instance_request_ids {
        let mut instance = instance_of(tx, &call.place, &id)?;
        cancel_spot_request(tx, &mut instance);
        cancelled.push(CancelledRequest {
            spot_instance_request_id: id,
            state: SpotState::Cancelled,
        });
    }
    Ok(CancelSpotInstanceRequestsOutput {
        cancelled_spot_instance_requests: cancelled,
    })
}
