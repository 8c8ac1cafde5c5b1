//! Certificate Manager's errors, each with its code, status and wording. Follows the ACM API reference.

tierra_core::aws_errors! {
    /// What Certificate Manager refuses.
    pub enum AcmError {
        /// No such certificate.
        NotFound { arn: String } => ("ResourceNotFoundException", 400, "Could not find certificate {arn}."),
        /// It is no certificate's ARN.
        Arn { arn: String } => ("InvalidArnException", 400, "Certificate ARN {arn} is not a valid certificate ARN."),
        /// Something uses it.
        InUse { arn: String, users: String } => ("ResourceInUseException", 400,
            "Certificate {arn} in account is in use. (users: {users})"),
        /// It is not issued yet.
        InProgress { arn: String } => ("RequestInProgressException", 400, "Certificate {arn} is pending issuance."),
        /// Anything that does not fit its member.
        Invalid { reason: String } => ("ValidationException", 400, "{reason}"),
        /// A parameter that does not fit the others.
        Parameter { reason: String } => ("InvalidParameterException", 400, "{reason}"),
        /// A domain validation option for a name that is not asked for.
        ValidationDomain { domain: String } => ("InvalidDomainValidationOptionsException", 400,
            "Domain validation option for {domain} does not match any domain name of the certificate."),
        /// A token that was not given here.
        Token => ("InvalidArgsException", 400, "The specified token is not valid."),
        /// More names than one certificate may have, or more certificates than an account may.
        Limit { reason: String } => ("LimitExceededException", 400, "{reason}"),
        /// Too many tags.
        TooManyTags => ("TooManyTagsException", 400, "The request contains too many tags. Try the request again with fewer tags."),
        /// Tags that were refused.
        Tags { reason: String } => ("InvalidTagException", 400, "{reason}"),
        /// Before the first start.
        Internal => ("InternalServerException", 500, "An internal error occurred."),
    }
}

impl From<tierra_core::tags::TagError> for AcmError {
    fn from(error: tierra_core::tags::TagError) -> Self {
        match error {
            tierra_core::tags::TagError::TooMany => Self::TooManyTags,
            other => Self::Tags { reason: other.to_string() },
        }
    }
}

impl From<tierra_core::page::InvalidToken> for AcmError {
    fn from(_: tierra_core::page::InvalidToken) -> Self {
        Self::Token
    }
}

/// A [`AcmError::Invalid`].
pub(super) fn invalid(reason: impl Into<String>) -> AcmError {
    AcmError::Invalid { reason: reason.into() }
}
