//! The shapes that spot requests are spoken in.

use tierra_core::{Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::{InterruptionBehavior, SpotRequest, SpotState, SpotType};
use crate::ec2::filter::{Field, Filter, Filterable, maybe, one};
use crate::ec2::instance::Instance;
use crate::ec2::listing::Described;
use crate::ec2::tag;

#[derive(Debug, Default, Shape)]
pub struct DescribeSpotInstanceRequestsInput {
    pub spot_instance_request_ids: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeSpotInstanceRequestsOutput {
    pub spot_instance_requests: Vec<SpotRequestInfo>,
    pub next_token: Option<String>,
}

/// A request as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct SpotRequestInfo {
    pub spot_instance_request_id: String,
    pub create_time: Timestamp,
    pub instance_id: String,
    pub launched_availability_zone: String,
    pub launch_specification: LaunchSpecification,
    pub product_description: String,
    pub spot_price: Option<String>,
    pub state: SpotState,
    pub status: SpotStatus,
    pub r#type: SpotType,
    pub instance_interruption_behavior: InterruptionBehavior,
    pub valid_until: Option<Timestamp>,
    pub tags: Vec<Tag>,
}

/// What was asked for.
#[derive(Clone, Debug, Default, Shape)]
pub struct LaunchSpecification {
    pub image_id: String,
    pub instance_type: String,
    pub key_name: Option<String>,
    pub subnet_id: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct SpotStatus {
    pub code: String,
    pub message: String,
    pub update_time: Timestamp,
}

#[derive(Debug, Default, Shape)]
pub struct CancelSpotInstanceRequestsInput {
    pub spot_instance_request_ids: Vec<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CancelSpotInstanceRequestsOutput {
    pub cancelled_spot_instance_requests: Vec<CancelledRequest>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct CancelledRequest {
    pub spot_instance_request_id: String,
    pub state: SpotState,
}

impl SpotRequestInfo {
    /// What is shown of an instance's request.
    pub fn of(tx: &Tx, instance: &Instance, request: &SpotRequest) -> Self {
        let state = request.state(instance);
        let (code, message) = match state {
            SpotState::Active => ("fulfilled", "Your spot request is fulfilled."),
            SpotState::Closed => (
                "instance-terminated-by-user",
                "Spot Instance terminated due to user-initiated termination.",
            ),
            SpotState::Cancelled => (
                "request-canceled-and-instance-running",
                "Your Spot request is canceled, but your instance is still running.",
            ),
        };
        let (spec, options) = (&instance.spec, &request.options);
        Self {
            spot_instance_request_id: request.id.to_string(),
            create_time: request.created,
            instance_id: instance.id.to_string(),
            launched_availability_zone: spec.zone.clone(),
            launch_specification: LaunchSpecification {
                image_id: spec.image.to_string(),
                instance_type: spec.kind.to_string(),
                key_name: spec.key.as_ref().map(|key| key.name.clone()),
                subnet_id: spec.subnet.to_string(),
            },
            product_description: "Linux/UNIX".to_owned(),
            spot_price: options.max_price.clone(),
            state,
            status: SpotStatus {
                code: code.to_owned(),
                message: message.to_owned(),
                update_time: request.created,
            },
            r#type: options.spot_instance_type.unwrap_or_default(),
            instance_interruption_behavior: options.instance_interruption_behavior.unwrap_or_default(),
            valid_until: options.valid_until,
            tags: tag::list(tx, &instance.place, &request.id),
        }
    }
}

impl Filterable for SpotRequestInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("spot-instance-request-id", |request| one(&request.spot_instance_request_id)),
        ("instance-id", |request| one(&request.instance_id)),
        ("state", |request| one(&request.state)),
        ("status-code", |request| one(&request.status.code)),
        ("type", |request| one(&request.r#type)),
        ("launched-availability-zone", |request| one(&request.launched_availability_zone)),
        ("launch.image-id", |request| one(&request.launch_specification.image_id)),
        ("launch.instance-type", |request| one(&request.launch_specification.instance_type)),
        ("launch.key-name", |request| maybe(&request.launch_specification.key_name)),
        ("spot-price", |request| maybe(&request.spot_price)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for SpotRequestInfo {
    const IDS: &'static str = "spotInstanceRequestIds";
    fn id(&self) -> String {
        self.spot_instance_request_id.clone()
    }
}
