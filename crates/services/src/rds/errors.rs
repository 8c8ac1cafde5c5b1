//! RDS's errors, each with its code, status and wording. Follows the RDS API reference.

tierra_core::aws_errors! {
    /// What RDS refuses.
    pub enum RdsError {
        InstanceNotFound { id: String } => ("DBInstanceNotFound", 404, "DBInstance {id} not found."),
        InstanceExists => ("DBInstanceAlreadyExists", 400, "DB instance already exists"),
        /// It is on its way to somewhere else.
        InstanceState { id: String, wanted: &'static str } => ("InvalidDBInstanceState", 400, "Instance {id} is not in {wanted} state."),
        /// It is already going.
        Deleting { id: String } => ("InvalidDBInstanceState", 400, "Instance {id} is already being deleted."),
        SnapshotNotFound { id: String } => ("DBSnapshotNotFound", 404, "DBSnapshot {id} not found."),
        SnapshotExists { id: String } => ("DBSnapshotAlreadyExists", 400,
            "Cannot create the snapshot because a snapshot with the identifier {id} already exists."),
        SnapshotState { id: String, state: &'static str } => ("InvalidDBSnapshotState", 400,
            "The snapshot {id} is not in the available state: {state}."),
        SubnetGroupNotFound { name: String } => ("DBSubnetGroupNotFoundFault", 404, "DB subnet group '{name}' does not exist."),
        SubnetGroupExists { name: String } => ("DBSubnetGroupAlreadyExists", 400, "The DB subnet group '{name}' already exists."),
        SubnetGroupInUse { name: String, by: String } => ("InvalidDBSubnetGroupStateFault", 400,
            "Cannot delete the subnet group '{name}' because at least one database instance: {by} is still using it."),
        /// Databases want somewhere else to go.
        Zones { zones: String } => ("DBSubnetGroupDoesNotCoverEnoughAZs", 400,
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: {zones}. Add subnets to cover at least 2 AZs."),
        Subnet { reason: String } => ("InvalidSubnet", 400, "{reason}"),
        /// A subnet that an instance stands in stays in its group.
        SubnetInUse { subnet: String } => ("SubnetAlreadyInUse", 400, "The subnet {subnet} is in use by a DB instance."),
        ParameterGroupNotFound { name: String } => ("DBParameterGroupNotFound", 404, "DBParameterGroup not found: {name}"),
        ParameterGroupExists { name: String } => ("DBParameterGroupAlreadyExists", 400, "Parameter group {name} already exists"),
        ParameterGroupInUse { name: String } => ("InvalidDBParameterGroupState", 400,
            "One or more database instances are still members of this parameter group {name}, so the group cannot be deleted"),
        /// A family's own group.
        ParameterGroupDefault { name: String } => ("InvalidDBParameterGroupState", 400,
            "The parameter group {name} is a default parameter group and cannot be changed or deleted."),
        /// Of the time before VPCs.
        OldGroup { name: String } => ("DBSecurityGroupNotFound", 404, "DBSecurityGroup {name} not found."),
        CertificateNotFound { id: String } => ("CertificateNotFound", 404, "Certificate not found: {id}"),
        LogFileNotFound { name: String } => ("DBLogFileNotFoundFault", 404, "DBLog File: {name}, is not found on the DB instance"),
        /// What is tagged is not there; it says so with its own noun's code, or this one.
        ResourceName { name: String } => ("InvalidParameterValue", 400, "Invalid resource name: {name}"),
        Value { reason: String } => ("InvalidParameterValue", 400, "{reason}"),
        Combination { reason: String } => ("InvalidParameterCombination", 400, "{reason}"),
        Missing { reason: String } => ("MissingParameter", 400, "{reason}"),
        /// A part of RDS that Tierra does not have.
        Unbuilt { what: &'static str } => ("InvalidParameterCombination", 400, "{what} is not supported by this cloud."),
        Quota { code_of: &'static str } => ("InstanceQuotaExceeded", 400, "Cannot create more than the quota of {code_of}."),
        /// The machine does not answer.
        Unreachable { reason: String } => ("InternalFailure", 500, "{reason}"),
    }
}

impl RdsError {
    /// A value that does not fit, in words.
    pub(super) fn value(reason: impl Into<String>) -> Self {
        Self::Value { reason: reason.into() }
    }

    /// Values that do not fit together, in words.
    pub(super) fn combination(reason: impl Into<String>) -> Self {
        Self::Combination { reason: reason.into() }
    }
}

impl From<tierra_core::tags::TagError> for RdsError {
    fn from(error: tierra_core::tags::TagError) -> Self {
        Self::value(error.to_string())
    }
}
