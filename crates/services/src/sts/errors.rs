//! STS's errors. Follows the STS API reference, "Errors" of each operation.

tierra_core::aws_errors! {
    /// What STS refuses.
    pub enum StsError {
        /// The role is not there, or the caller may not assume it: AWS does not tell which.
        Refused { message: String } => ("AccessDenied", 403, "{message}"),
        /// The root user stays what it is.
        Root => ("AccessDenied", 403, "Roles may not be assumed by root accounts."),
        /// Session tokens are for users.
        SessionOfSession => ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"),
        /// The ARN names no role.
        NoRoleArn { arn: String } => ("ValidationError", 400, "{arn} is invalid"),
        /// The session's name has the wrong form.
        SessionName { name: String } => ("ValidationError", 400,
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"),
        /// Shorter or longer than any session.
        Duration { seconds: i32, word: &'static str, bound: i32 } => ("ValidationError", 400,
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value {word} than or equal to {bound}"),
        /// Longer than the role allows.
        BeyondRole => ("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        /// A session of a session.
        Chained => ("ValidationError", 400,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."),
        /// The session policy is no policy.
        Malformed { reason: String } => ("MalformedPolicyDocument", 400, "{reason}"),
        /// The session's policies are too long.
        PolicyTooLarge => ("PackedPolicyTooLarge", 400, "The session policy in this request is too large."),
        /// A tag that cannot be one.
        Tags { reason: String } => ("ValidationError", 400, "{reason}"),
        /// Not encoded here.
        Message => ("InvalidAuthorizationMessageException", 400, "Message is not valid"),
        /// A key that was never given out.
        UnknownKey => ("ValidationError", 400, "The specified access key ID does not exist."),
        /// Before the first start.
        NotStarted => ("InternalFailure", 500, "The request processing has failed because of an unknown error, exception or failure."),
    }
}
