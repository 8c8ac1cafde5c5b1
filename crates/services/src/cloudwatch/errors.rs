//! CloudWatch's errors, each with its code, status and wording. Follows the CloudWatch API reference.

tierra_core::aws_errors! {
    /// What CloudWatch refuses.
    pub enum CloudWatchError {
        /// A value that cannot be.
        Invalid { reason: String } => ("InvalidParameterValue", 400, "{reason}"),
        /// Parameters that do not go together.
        Combination { reason: String } => ("InvalidParameterCombination", 400, "{reason}"),
        /// One that has to be there.
        Missing { parameter: String } => ("MissingParameter", 400, "The parameter {parameter} is required."),
        /// A value that cannot be, of the alarms' operations.
        Validation { reason: String } => ("ValidationError", 400, "{reason}"),
        /// No such alarm.
        NoAlarm { name: String } => ("ResourceNotFound", 404, "Alarm {name} not found"),
        /// Nothing of this ARN can have tags.
        NoResource { arn: String } => ("ResourceNotFoundException", 404, "Unknown resource: {arn}"),
        /// What comes with a state is not JSON.
        Format => ("InvalidFormat", 400, "The StateReasonData parameter is not valid JSON."),
        /// A token that was not given here.
        Token => ("InvalidNextToken", 400, "The next token specified is invalid."),
        /// Too many alarms.
        Limit => ("LimitExceeded", 400, "The quota for alarms for this customer has already been reached."),
    }
}

impl From<tierra_core::page::InvalidToken> for CloudWatchError {
    fn from(_: tierra_core::page::InvalidToken) -> Self {
        Self::Token
    }
}

impl From<tierra_core::tags::TagError> for CloudWatchError {
    fn from(error: tierra_core::tags::TagError) -> Self {
        Self::Invalid { reason: error.to_string() }
    }
}

/// An `InvalidParameterValue` with this reason.
pub(super) fn invalid(reason: impl Into<String>) -> CloudWatchError {
    CloudWatchError::Invalid { reason: reason.into() }
}

/// A `ValidationError` with this reason.
pub(super) fn validation(reason: impl Into<String>) -> CloudWatchError {
    CloudWatchError::Validation { reason: reason.into() }
}
