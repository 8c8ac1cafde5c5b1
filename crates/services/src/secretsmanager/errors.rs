//! Secrets Manager's errors, each with its code, status and wording. Follows the Secrets Manager API reference.

tierra_core::aws_errors! {
    /// What Secrets Manager refuses.
    pub enum SecretsError {
        /// No such secret.
        NotFound => ("ResourceNotFoundException", 400, "Secrets Manager can't find the specified secret."),
        /// No such version, by stage or by id.
        NoValue { what: &'static str, name: String } => ("ResourceNotFoundException", 400,
            "Secrets Manager can't find the specified secret value for {what}: {name}"),
        /// There is only Secrets Manager's own key.
        Key { id: String } => ("InvalidParameterException", 400, "The KMS key {id} is not available; use alias/aws/secretsmanager."),
        /// The name is taken.
        Exists { name: String } => ("ResourceExistsException", 400,
            "The operation failed because the secret {name} already exists."),
        /// The token named another value before.
        TokenInUse { token: String, arn: String } => ("ResourceExistsException", 400,
            "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."),
        /// The name belongs to a secret that can still be restored.
        NameLeaving => ("InvalidRequestException", 400,
            "You can't create this secret because a secret with this name is already scheduled for deletion."),
        /// What is leaving can only be restored.
        Leaving => ("InvalidRequestException", 400,
            "You can't perform this operation on the secret because it was marked for deletion."),
        /// Stage and version do not belong together.
        StageMismatch => ("InvalidRequestException", 400,
            "You provided a VersionStage that is not associated to the provided VersionId."),
        /// A secret that another service keeps for itself.
        Managed { service: String } => ("InvalidRequestException", 400,
            "You can't perform this operation on a secret that is managed by {service}."),
        /// A value that does not fit its member.
        Parameter { reason: String } => ("InvalidParameterException", 400, "{reason}"),
        /// A request that cannot be.
        Request { reason: String } => ("InvalidRequestException", 400, "{reason}"),
        /// A name that cannot be one.
        Name => ("ValidationException", 400,
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"),
        /// More than a quota allows.
        Limit { reason: String } => ("LimitExceededException", 400, "{reason}"),
        /// A policy that is none.
        Policy { reason: String } => ("MalformedPolicyDocumentException", 400, "This resource policy contains a syntax error. {reason}"),
        /// A policy that lets everyone in, where that was to be blocked.
        Public => ("PublicPolicyException", 400,
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret."),
        /// A token that was not given here.
        Token => ("InvalidNextTokenException", 400, "The provided next token is invalid."),
        /// A value that does not open.
        Decryption => ("DecryptionFailure", 400, "Secrets Manager can't decrypt the protected secret text using the provided KMS key."),
    }
}

impl SecretsError {
    /// A value that does not fit, in words.
    pub(super) fn parameter(reason: impl Into<String>) -> Self {
        Self::Parameter { reason: reason.into() }
    }
}

impl From<tierra_core::tags::TagError> for SecretsError {
    fn from(error: tierra_core::tags::TagError) -> Self {
        Self::parameter(error.to_string())
    }
}

impl From<tierra_core::page::InvalidToken> for SecretsError {
    fn from(_: tierra_core::page::InvalidToken) -> Self {
        Self::Token
    }
}
