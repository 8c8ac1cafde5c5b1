//! How operations on internet gateways fail.

use super::model::InternetGatewayId;
use crate::ec2::vpc::VpcId;

tierra_core::aws_errors! {
    /// Errors of internet gateways.
    pub enum InternetGatewayError {
        /// No gateway has this id.
        NotFound { id: InternetGatewayId } => ("InvalidInternetGatewayID.NotFound", 400, "The internetGateway ID '{id}' does not exist"),
        /// It is attached already.
        AlreadyAttached { id: InternetGatewayId, vpc: VpcId }
            => ("Resource.AlreadyAssociated", 400, "resource {id} is already attached to network {vpc}"),
        /// The VPC has one.
        VpcHasOne { vpc: VpcId } => ("InvalidParameterValue", 400, "Network {vpc} already has an internet gateway attached"),
        /// It is not attached there.
        NotAttached { id: InternetGatewayId, vpc: VpcId } => ("Gateway.NotAttached", 400, "resource {id} is not attached to network {vpc}"),
        /// It is attached, so it stays.
        HasDependencies { id: InternetGatewayId }
            => ("DependencyViolation", 400, "The internetGateway '{id}' has dependencies and cannot be deleted."),
        /// Public addresses lead to the VPC.
        MappedAddresses { vpc: VpcId }
            => ("DependencyViolation", 400, "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."),
        /// As many as the account's region may have.
        LimitExceeded => ("InternetGatewayLimitExceeded", 400, "The maximum number of internet gateways has been reached."),
    }
}
