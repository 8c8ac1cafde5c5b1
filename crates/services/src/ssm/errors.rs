//! Parameter Store's errors, each with its code, status and wording. Follows the Systems Manager API reference.

tierra_core::aws_errors! {
    /// What Parameter Store refuses.
    pub enum SsmError {
        /// No such parameter. AWS says no more.
        NotFound => ("ParameterNotFound", 400, ""),
        /// The parameter has no such version or label.
        VersionNotFound { name: String, version: String } => ("ParameterVersionNotFound", 400,
            "Systems Manager could not find version {version} of {name}. Verify the version and try again."),
        /// The name is taken.
        Exists => ("ParameterAlreadyExists", 400,
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."),
        /// The value does not fit the parameter's pattern.
        Mismatch { pattern: String } => ("ParameterPatternMismatchException", 400,
            "Parameter value, cannot be validated against allowedPattern: {pattern}"),
        /// The pattern is no pattern.
        Pattern { pattern: String } => ("InvalidAllowedPatternException", 400,
            "The parameter value can't be validated: {pattern} is not a valid regular expression."),
        /// A parameter stays of its type.
        TypeChange => ("HierarchyTypeMismatchException", 400,
            "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter."),
        /// Too deep.
        Levels => ("HierarchyLevelLimitExceededException", 400,
            "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide."),
        /// Anything that does not fit its member.
        Invalid { reason: String } => ("ValidationException", 400, "{reason}"),
        /// The `/aws` names are AWS's.
        Reserved { name: String } => ("AccessDeniedException", 400, "No access to reserved parameter name: {name}."),
        /// There is only Parameter Store's own key.
        Key { id: String } => ("InvalidKeyId", 400, "Invalid keyId {id}"),
        /// The oldest of a hundred versions has a label, so it cannot give way.
        Versions { name: String, oldest: u64 } => ("ParameterMaxVersionLimitExceeded", 400,
            "You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version {oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again."),
        /// Ten labels a version.
        Labels => ("ParameterVersionLabelLimitExceeded", 400, "A parameter version can have a maximum of ten labels."),
        /// A token that was not given here.
        Token => ("InvalidNextToken", 400, "The specified token isn't valid."),
        /// A filter's key.
        FilterKey { key: String } => ("InvalidFilterKey", 400, "The specified filter key {key} isn't valid."),
        /// A filter's option.
        FilterOption { option: String } => ("InvalidFilterOption", 400,
            "The specified filter option {option} isn't valid. Valid options are Equals and BeginsWith. For Path filter, valid options are Recursive and OneLevel."),
        /// Tags are kept for parameters only.
        ResourceType => ("InvalidResourceType", 400, "The resource type is not valid. Tags are kept for resources of type Parameter."),
        /// What is to be tagged is not there.
        ResourceId { id: String } => ("InvalidResourceId", 400, "The resource ID \"{id}\" is not valid. Verify the ID and try again."),
        /// Tags that were refused.
        Tags { reason: String } => ("ValidationException", 400, "{reason}"),
        /// Before the first start, or a value that does not open.
        Internal => ("InternalServerError", 500, "An error occurred on the server side."),
    }
}

impl From<tierra_core::tags::TagError> for SsmError {
    fn from(error: tierra_core::tags::TagError) -> Self {
        Self::Tags { reason: error.to_string() }
    }
}

impl From<tierra_core::page::InvalidToken> for SsmError {
    fn from(_: tierra_core::page::InvalidToken) -> Self {
        Self::Token
    }
}
