//! Spot requests: what asked for an instance at the spot market's price. Nothing is billed here and capacity does not run out, so
//! every request is fulfilled at once, with the instance that it asked for.
//!
//! **Invariant**: a request lives on its instance's row and is seen for as long as that; it changes nothing but what is told, and
//! what a one-time request forbids.

mod api;
mod ops;

use serde::{Deserialize, Serialize};
use tierra_core::ids::AwsId;
use tierra_core::{Ids, Place, Tx, id_type};
use tierra_model::{Shape, Timestamp, text_enum};

pub use ops::register;
#[cfg(test)]
pub use ops::spoken;

use super::instance::{Instance, InstanceState};

id_type!(/// `sir-0123abcd`
    SpotRequestId, "sir-");

/// Characters of an id behind its prefix.
const ID_LENGTH: usize = 8;

tierra_core::aws_errors! {
    /// Errors of spot requests.
    pub enum SpotRequestError {
        /// No request has this id.
        NotFound { id: String }
            => ("InvalidSpotInstanceRequestID.NotFound", 400, "The spot instance request ID '{id}' does not exist"),
        /// A stop of what was bought once.
        OneTime { id: String } => ("UnsupportedOperation", 400,
            "You can't stop the Spot Instance '{id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests."),
    }
}

text_enum! {
    /// Whether a request outlives its instance.
    pub enum SpotType {
        OneTime = "one-time",
        Persistent = "persistent",
    }
}

text_enum! {
    /// What an interruption does. None comes here.
    pub enum InterruptionBehavior {
        Terminate = "terminate",
        Stop = "stop",
        Hibernate = "hibernate",
    }
}

text_enum! {
    /// AWS's word for where a request is in its life.
    pub enum SpotState {
        Active = "active",
        Closed = "closed",
        Cancelled = "cancelled",
    }
}

/// What is asked of the spot market.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct SpotOptions {
    pub max_price: Option<String>,
    pub spot_instance_type: Option<SpotType>,
    pub instance_interruption_behavior: Option<InterruptionBehavior>,
    pub valid_until: Option<Timestamp>,
}

/// The request behind a spot instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpotRequest {
    pub id: SpotRequestId,
    pub options: SpotOptions,
    pub created: Timestamp,
    pub cancelled: bool,
}

impl SpotRequest {
    /// A request that was just fulfilled.
    pub fn new(ids: &Ids, now: Timestamp, options: SpotOptions) -> Self {
        Self {
            id: SpotRequestId::from_text(format!("{}{}", SpotRequestId::PREFIX, ids.lower(ID_LENGTH))),
            options,
            created: now,
            cancelled: false,
        }
    }

    /// AWS's word for its state, beside its instance's.
    pub fn state(&self, instance: &Instance) -> SpotState {
        match instance.state() {
            InstanceState::ShuttingDown | InstanceState::Terminated => SpotState::Closed,
            _ if self.cancelled => SpotState::Cancelled,
            _ => SpotState::Active,
        }
    }
}

/// The instance of the request of this id.
///
/// # Errors
/// Where there is no such request.
pub fn instance_of(tx: &Tx, place: &Place, id: &str) -> Result<Instance, SpotRequestError> {
    let found = tx.by_index::<Instance>(place, "spot", id).pop();
    found.ok_or_else(|| SpotRequestError::NotFound { id: id.to_owned() })
}

/// Checks that an instance may be stopped.
///
/// # Errors
/// Where a one-time request bought it.
pub fn check_stop(instance: &Instance) -> Result<(), SpotRequestError> {
    let once = |request: &SpotRequest| request.options.spot_instance_type != Some(SpotType::Persistent);
    if instance.spec.spot_request.as_ref().is_some_and(once) {
        return Err(SpotRequestError::OneTime {
            id: instance.id.to_string(),
        });
    }
    Ok(())
}

/// What other nouns' tests call.
#[cfg(test)]
pub mod testing {
    pub use super::SpotState;
    pub use super::api::CancelSpotInstanceRequestsInput;
    pub use super::ops::{CancelSpotInstanceRequests, DescribeSpotInstanceRequests};
}
