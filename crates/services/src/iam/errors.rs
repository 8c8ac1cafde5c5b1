//! IAM's errors, each with its code, status and wording. Follows the IAM API page "Common error types".

use tierra_core::tags::TagError;

tierra_core::aws_errors! {
    /// What IAM refuses.
    pub enum IamError {
        /// No user, role or group has this name.
        NoSuchEntity { noun: &'static str, name: String } => ("NoSuchEntity", 404, "The {noun} with name {name} cannot be found."),
        /// No instance profile has this name.
        NoSuchProfile { name: String } => ("NoSuchEntity", 404, "Instance Profile {name} cannot be found."),
        /// No managed policy has this ARN.
        NoSuchPolicy { arn: String } => ("NoSuchEntity", 404, "Policy {arn} was not found."),
        /// No managed policy that can be attached has this ARN.
        NotAttachable { arn: String } => ("NoSuchEntity", 404, "Policy {arn} does not exist or is not attachable."),
        /// The managed policy has no such version.
        NoSuchVersion { arn: String, version: String } =>
            ("NoSuchEntity", 404, "Policy {arn} version {version} does not exist or is not attachable."),
        /// No such key.
        NoSuchKey { id: String } => ("NoSuchEntity", 404, "The Access Key with id {id} cannot be found."),
        /// No inline policy has this name.
        NoSuchInline { noun: &'static str, name: String } =>
            ("NoSuchEntity", 404, "The {noun} policy with name {name} cannot be found."),
        /// Users have no passwords here.
        NoLoginProfile { name: String } => ("NoSuchEntity", 404, "Login Profile for User {name} cannot be found."),
        /// Roles of services are not made here.
        ServiceLinked => ("InvalidInput", 400, "Service-linked roles are not available in this cloud."),
        /// The name is taken.
        Exists { noun: &'static str, name: String } => ("EntityAlreadyExists", 409, "{noun} with name {name} already exists."),
        /// The instance profile's name is taken.
        ProfileExists { name: String } => ("EntityAlreadyExists", 409, "Instance Profile {name} already exists."),
        /// The managed policy's name is taken.
        PolicyExists { name: String } =>
            ("EntityAlreadyExists", 409, "A policy called {name} already exists. Duplicate names are not allowed."),
        /// Something still hangs on it.
        InUse { first: &'static str } => ("DeleteConflict", 409, "Cannot delete entity, must {first} first."),
        /// A policy that is attached somewhere.
        PolicyInUse => ("DeleteConflict", 409, "Cannot delete a policy attached to entities."),
        /// A policy with versions beside its default.
        PolicyHasVersions => ("DeleteConflict", 409,
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."),
        /// The default version goes only with the policy.
        DefaultVersion => ("DeleteConflict", 409, "Cannot delete the default version of a policy."),
        /// A quota.
        Quota { quota: &'static str, limit: usize } => ("LimitExceeded", 409, "Cannot exceed quota for {quota}: {limit}"),
        /// Five versions are enough.
        TooManyVersions => ("LimitExceeded", 409,
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."),
        /// Inline policies of one identity are together too long.
        InlineSize { limit: usize, noun: &'static str, name: String } =>
            ("LimitExceeded", 409, "Maximum policy size of {limit} bytes exceeded for {noun} {name}"),
        /// A document that is no policy.
        Malformed { reason: String } => ("MalformedPolicyDocument", 400, "{reason}"),
        /// A member whose text does not fit.
        Invalid { reason: String } => ("ValidationError", 400, "{reason}"),
        /// A page marker that was not given here.
        Marker => ("ValidationError", 400, "Invalid Marker."),
        /// Tags that were refused.
        Tags { reason: String } => ("InvalidInput", 400, "{reason}"),
        /// AWS's own policies cannot be changed.
        AwsManaged { arn: String } => ("AccessDenied", 403, "Cannot modify AWS managed policy {arn}"),
        /// The key with which the machine's owner reaches the cloud.
        RootKey => ("DeleteConflict", 409, "Cannot delete the access key that this cloud was started with."),
        /// Before the first start.
        NotStarted => ("ServiceFailure", 500, "The request processing has failed because of an unknown error, exception or failure."),
        /// The root user has no user name.
        NeedsUserName => ("ValidationError", 400, "Must specify userName when calling with non-User credentials"),
    }
}

impl From<tierra_core::iam::Malformed> for IamError {
    fn from(malformed: tierra_core::iam::Malformed) -> Self {
        Self::Malformed {
            reason: malformed.to_string(),
        }
    }
}

impl From<TagError> for IamError {
    fn from(error: TagError) -> Self {
        Self::Tags { reason: error.to_string() }
    }
}

impl From<tierra_core::page::InvalidToken> for IamError {
    fn from(_: tierra_core::page::InvalidToken) -> Self {
        Self::Marker
    }
}
