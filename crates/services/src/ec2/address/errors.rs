//! How operations on elastic addresses fail.

use super::model::{AddressAssociationId, AllocationId};

tierra_core::aws_errors! {
    /// Errors of public and elastic addresses.
    pub enum AddressError {
        /// The region has no such border group.
        NoSuchBorderGroup { group: String } => ("InvalidParameterValue", 400, "The network border group '{group}' does not exist in this region."),
        /// The whole cloud has no public address left.
        Exhausted => ("InsufficientAddressCapacity", 500, "Not enough available addresses to satisfy the request."),
        /// The account's region has as many as it may.
        LimitExceeded => ("AddressLimitExceeded", 400, "The maximum number of addresses has been reached."),
        /// No elastic address has this id.
        NotFound { id: AllocationId } => ("InvalidAllocationID.NotFound", 400, "The allocation ID '{id}' does not exist"),
        /// No elastic address of the account is this one.
        NoSuchAddress { address: String } => ("InvalidAddress.NotFound", 400, "Address '{address}' not found."),
        /// No association has this id.
        NoSuchAssociation { id: AddressAssociationId } => ("InvalidAssociationID.NotFound", 400, "The association ID '{id}' does not exist"),
        /// It leads to an interface.
        InUse { address: std::net::Ipv4Addr } => ("InvalidIPAddress.InUse", 400, "The address {address} is in use."),
        /// It leads elsewhere, and the caller did not allow that to change.
        AlreadyAssociated { resource: String, association: AddressAssociationId }
            => ("Resource.AlreadyAssociated", 400, "resource {resource} is already associated with associate-id {association}"),
        /// The internet does not reach the VPC.
        NoGateway { vpc: crate::ec2::vpc::VpcId } => ("Gateway.NotAttached", 400, "Network {vpc} is not attached to any internet gateway"),
        /// The instance has no interface.
        NoInterface { instance: String }
            => ("InvalidInstanceID", 400, "The pending instance '{instance}' is not in a valid state for this operation."),
        /// No instance has this id.
        NoSuchInstance { instance: String } => ("InvalidInstanceID.NotFound", 400, "The instance ID '{instance}' does not exist"),
    }
}
