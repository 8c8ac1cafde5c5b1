//! How operations on instances fail. Follows the page "Error codes for the Amazon EC2 API".

tierra_core::aws_errors! {
    /// Errors of instances.
    pub enum InstanceError {
        /// No instance has this id.
        NotFound { id: String } => ("InvalidInstanceID.NotFound", 400, "The instance ID '{id}' does not exist"),
        /// No instances have these ids.
        NoneFound { ids: String } => ("InvalidInstanceID.NotFound", 400, "The instance IDs '{ids}' do not exist"),
        /// The instance is elsewhere in its life.
        State { id: String, done: &'static str }
            => ("IncorrectInstanceState", 400, "The instance '{id}' is not in a state from which it can be {done}."),
        /// Something can be changed only while the instance is stopped.
        NotStopped { id: String } => ("IncorrectInstanceState", 400, "The instance '{id}' is not in the 'stopped' state."),
        /// Protected from termination.
        Protected { id: String } => ("OperationNotPermitted", 400,
            "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."),
        /// Protected from being stopped.
        StopProtected { id: String } => ("OperationNotPermitted", 400,
            "The instance '{id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again."),
        /// More instances than the account may have.
        Limit { asked: usize, limit: usize } => ("InstanceLimitExceeded", 400,
            "You have requested more instances ({asked}) than your current instance limit of {limit} allows for the specified instance type."),
        /// The same token with another request.
        Token => ("IdempotentParameterMismatch", 400,
            "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."),
        /// A count that cannot be.
        Count { name: &'static str, value: i32 } => ("InvalidParameterValue", 400, "Value ({value}) for parameter {name} is invalid."),
        /// User data that is no base64.
        UserDataEncoding => ("InvalidParameterValue", 400, "Invalid BASE64 encoding of user data."),
        /// User data that is too long.
        UserDataLength { limit: usize } => ("InvalidParameterValue", 400, "User data is limited to {limit} bytes"),
        /// No default VPC to launch into.
        NoDefaultVpc => ("VPCIdNotSpecified", 400, "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC."),
        /// The default VPC has no default subnet there.
        NoDefaultSubnet { zone: String } => ("MissingInput", 400, "No default subnet for availability zone: '{zone}'."),
        /// A zone that the region does not have.
        Zone { zone: String } => ("InvalidParameterValue", 400, "Invalid availability zone: [{zone}]"),
        /// A group of the default VPC by a name that none has.
        GroupName { name: String } => ("InvalidGroup.NotFound", 400, "The security group '{name}' does not exist in default VPC"),
        /// An instance profile by a name that none has.
        ProfileName { name: String } => ("InvalidParameterValue", 400,
            "Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"),
        /// An instance profile by an ARN that none has.
        ProfileArn { arn: String } => ("InvalidParameterValue", 400,
            "Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"),
        /// The caller may not hand the profile's role to an instance.
        PassRole { reason: String } => ("UnauthorizedOperation", 403, "You are not authorized to perform this operation. {reason}"),
        /// What AWS does and this cloud does not yet.
        Unsupported { what: String } => ("UnsupportedOperation", 400, "{what}"),
        /// An attribute that needs exactly one to be named.
        OneAttribute => ("InvalidParameterCombination", 400, "Fields for multiple attribute types specified"),
    }
}
