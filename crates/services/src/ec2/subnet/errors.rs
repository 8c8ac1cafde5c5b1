//! How operations on subnets fail.

use super::model::SubnetId;

tierra_core::aws_errors! {
    /// Errors of subnets.
    pub enum SubnetError {
        /// No subnet has this id.
        NotFound { id: SubnetId } => ("InvalidSubnetID.NotFound", 400, "The subnet ID '{id}' does not exist"),
        /// Another subnet of the VPC has some of these addresses.
        Conflict { cidr: String } => ("InvalidSubnet.Conflict", 400, "The CIDR '{cidr}' conflicts with another subnet"),
        /// A block that a subnet of this VPC cannot have.
        Range { cidr: String } => ("InvalidSubnet.Range", 400, "The CIDR '{cidr}' is invalid."),
        /// As many as the VPC may have.
        LimitExceeded => ("SubnetLimitExceeded", 400, "The maximum number of subnets has been reached."),
        /// An interface lies in it.
        HasDependencies { id: SubnetId } => ("DependencyViolation", 400, "The subnet '{id}' has dependencies and cannot be deleted."),
        /// The zone has its default subnet.
        DefaultExists { zone: String, id: SubnetId }
            => ("DefaultSubnetAlreadyExistsInAvailabilityZone", 400, "'{id}' is already the default subnet in {zone}."),
    }
}
