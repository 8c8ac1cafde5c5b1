//! How operations on VPCs fail.

use super::model::VpcId;

tierra_core::aws_errors! {
    /// Errors of VPCs.
    pub enum VpcError {
        /// No VPC has this id.
        NotFound { id: VpcId } => ("InvalidVpcID.NotFound", 400, "The vpc ID '{id}' does not exist"),
        /// A block that a VPC cannot have.
        Range { cidr: String } => ("InvalidVpc.Range", 400, "The CIDR '{cidr}' is invalid."),
        /// As many as the account's region may have.
        LimitExceeded => ("VpcLimitExceeded", 400, "The maximum number of VPCs has been reached."),
        /// Something lives in it.
        HasDependencies { id: VpcId } => ("DependencyViolation", 400, "The vpc '{id}' has dependencies and cannot be deleted."),
        /// There is a default VPC.
        DefaultExists => ("DefaultVpcAlreadyExists", 400, "A Default VPC already exists for this account in this region."),
        /// There is no default VPC where one is needed.
        NoDefault => ("VPCIdNotSpecified", 400, "No default VPC for this user"),
    }
}
