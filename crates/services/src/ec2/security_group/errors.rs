//! How operations on security groups fail.

use super::model::{SecurityGroupId, SecurityGroupRuleId};
use crate::ec2::vpc::VpcId;

tierra_core::aws_errors! {
    /// Errors of security groups and their rules.
    pub enum SecurityGroupError {
        /// No group has this id, or name.
        NotFound { id: String } => ("InvalidGroup.NotFound", 400, "The security group '{id}' does not exist"),
        /// A group of the VPC has this name.
        Duplicate { name: String, vpc: VpcId } => ("InvalidGroup.Duplicate", 400, "The security group '{name}' already exists for VPC '{vpc}'"),
        /// Only the VPC's own group is so named.
        ReservedName { name: String } => ("InvalidParameterValue", 400, "Cannot use reserved security group name: {name}"),
        /// The default group stays.
        CannotDelete { id: SecurityGroupId, name: String }
            => ("CannotDelete", 400, "the specified group: \"{id}\" name: \"{name}\" cannot be deleted by a user"),
        /// An interface or another group's rule names it.
        HasDependencies { id: SecurityGroupId } => ("DependencyViolation", 400, "resource {id} has a dependent object"),
        /// As many as the VPC may have.
        LimitExceeded => ("SecurityGroupLimitExceeded", 400, "The maximum number of security groups has been reached."),
        /// As many rules as the group may have.
        RuleLimitExceeded => ("RulesPerSecurityGroupLimitExceeded", 400, "The maximum number of rules per security group has been reached."),
        /// The group permits that already.
        DuplicatePermission { rule: String } => ("InvalidPermission.Duplicate", 400, "the specified rule \"{rule}\" already exists"),
        /// The group does not permit that.
        NoSuchPermission => ("InvalidPermission.NotFound", 400, "The specified rule does not exist in this security group."),
        /// No rule of the group has this id.
        NoSuchRule { id: SecurityGroupRuleId }
            => ("InvalidSecurityGroupRuleId.NotFound", 400, "The security group rule ID '{id}' does not exist"),
        /// Ports that cannot be.
        InvalidPorts { reason: String } => ("InvalidParameterValue", 400, "{reason}"),
        /// A protocol that cannot be.
        InvalidProtocol { protocol: String }
            => ("InvalidParameterValue", 400, "Invalid value '{protocol}' for IP protocol. Unknown protocol."),
        /// A source or destination that cannot be.
        InvalidCidr { cidr: String } => ("InvalidParameterValue", 400, "CIDR block {cidr} is malformed"),
        /// A group of another VPC.
        OtherNetwork => ("InvalidGroup.NotFound", 400, "You have specified two resources that belong to different networks."),
        /// There are no prefix lists.
        NoSuchPrefixList { id: String } => ("InvalidPrefixListID.NotFound", 400, "The prefix list ID '{id}' does not exist"),
        /// A name or description that cannot be.
        InvalidText { value: String, name: &'static str, reason: String }
            => ("InvalidParameterValue", 400, "Value ({value}) for parameter {name} is invalid. {reason}"),
    }
}
