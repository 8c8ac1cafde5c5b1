//! How operations on interfaces fail.

use super::model::{AttachmentId, NetworkInterfaceId};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;

tierra_core::aws_errors! {
    /// Errors of network interfaces.
    pub enum NetworkInterfaceError {
        /// No interface has this id.
        NotFound { id: NetworkInterfaceId } => ("InvalidNetworkInterfaceID.NotFound", 400, "The networkInterface ID '{id}' does not exist"),
        /// Something uses it.
        InUse { id: NetworkInterfaceId } => ("InvalidParameterValue", 400, "Network interface '{id}' is currently in use."),
        /// A service made it for itself.
        NotYours { id: NetworkInterfaceId }
            => ("OperationNotPermitted", 400, "You do not have permission to access the specified resource: the network interface '{id}' is managed by a service."),
        /// No attachment has this id.
        NoSuchAttachment { id: AttachmentId } => ("InvalidAttachmentID.NotFound", 400, "The attachment ID '{id}' does not exist"),
        /// Another interface has the address.
        AddressInUse => ("InvalidIPAddress.InUse", 400, "The specified address is already in use."),
        /// No address is left.
        SubnetFull => ("InsufficientFreeAddressesInSubnet", 400, "The specified subnet does not have enough free addresses to satisfy the request."),
        /// More addresses than an interface may have.
        TooManyAddresses { id: NetworkInterfaceId }
            => ("PrivateIpAddressLimitExceeded", 400, "Number of private addresses will exceed limit for network interface '{id}'."),
        /// An address that is no further one of the interface's.
        NotAssigned { addresses: String, id: NetworkInterfaceId }
            => ("InvalidParameterValue", 400, "Some of [{addresses}] addresses are not assigned to interface {id}"),
        /// The instance has an interface of this index.
        IndexTaken { instance: String, index: i32 }
            => ("InvalidParameterValue", 400, "Instance '{instance}' already has an interface attached at device index '{index}'."),
        /// An instance's first interface, which stays.
        First => ("OperationNotPermitted", 400, "The network interface at device index 0 cannot be detached."),
        /// An attachment that only its service may end.
        NotYourAttachment { id: AttachmentId }
            => ("OperationNotPermitted", 400, "You do not have permission to access the specified resource: the attachment '{id}' is managed by a service."),
        /// More interfaces than the instance's type allows.
        TooManyInterfaces { count: usize, kind: String } => ("AttachmentLimitExceeded", 400, "Interface count {count} exceeds the limit for {kind}"),
        /// An interface of another zone than the instance.
        OtherZone { id: NetworkInterfaceId, instance: String }
            => ("InvalidParameterCombination", 400, "Network interface '{id}' and instance '{instance}' are not in the same availability zone."),
        /// More groups than an interface may name.
        TooManyGroups => ("SecurityGroupsPerInterfaceLimitExceeded", 400, "The maximum number of security groups per interface has been reached."),
        /// An instance's several interfaces where one must be meant.
        SeveralInterfaces { instance: String }
            => ("InvalidInstanceID", 400, "There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead."),
        /// A group of another VPC.
        OtherNetwork { group: SecurityGroupId, subnet: SubnetId }
            => ("InvalidParameter", 400, "Security group {group} and subnet {subnet} belong to different networks."),
    }
}
