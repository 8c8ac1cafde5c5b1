//! Instances: sandboxes that boot an OS. Follows the page "Amazon EC2 instance state changes".
//!
//! Map: `model` what is kept and its state · `ops/` what callers do · `reconcile/` how the machine follows · `view` and `filters` what
//! is shown · `metadata_options` how an instance asks about itself · `cfn` the CloudFormation type.

mod api;
pub mod cfn;
mod errors;
mod filters;
pub mod metadata_options;
mod model;
mod ops;
pub mod reconcile;
mod view;

#[cfg(test)]
pub(in crate::ec2) mod tests;

pub use api::{
    CreditSpecification, HibernationOptions, InstanceIdsInput, MarketOptions, MonitoringSpecification, NetworkInterfaceSpecification,
    PlacementSpecification, ProfileSpecification,
};
pub use errors::InstanceError;
pub use model::{Found, Instance, InstanceId, InstanceState, LaunchKey, Power, Profile, ShutdownBehavior};
pub use ops::power::{RebootInstances, StopInstances, TerminateInstances, cancel_spot_request, restart};
#[cfg(test)]
pub use ops::spoken;
pub use ops::template::launch_data;
pub use ops::{register, register_data};

/// What other nouns' tests call.
#[cfg(test)]
pub mod testing {
    pub use super::api::{InstanceIdsInput, RunInstancesInput};
    pub use super::model::ShutdownBehavior;
    pub use super::ops::power::{StopInstances, TerminateInstances};
    pub use super::ops::run::RunInstances;
}
