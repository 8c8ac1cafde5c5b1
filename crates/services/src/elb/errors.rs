//! The service's errors, each with its code, status and wording. Follows the Elastic Load Balancing API reference (2012-06-01).

tierra_core::aws_errors! {
    /// What Classic Load Balancing refuses.
    pub enum ElbError {
        /// No such load balancer.
        NotFound { name: String } => ("LoadBalancerNotFound", 400, "There is no ACTIVE Load Balancer named '{name}'"),
        /// The name is taken.
        DuplicateName { name: String } => ("DuplicateLoadBalancerName", 400,
            "Load Balancer named '{name}' already exists and it is configured with different parameters."),
        /// The port is taken.
        DuplicateListener { name: String, port: u16 } => ("DuplicateListener", 400,
            "A listener already exists for {name} with LoadBalancerPort {port}, but with a different InstancePort, Protocol, or SSLCertificateId"),
        /// No listener has the port.
        ListenerNotFound { name: String, port: i32 } => ("ListenerNotFound", 400, "No listener exists for {name} with LoadBalancerPort {port}"),
        /// No such certificate.
        CertificateNotFound { arn: String } => ("CertificateNotFound", 400, "Server Certificate not found for the key: {arn}"),
        /// The policy's name is taken.
        DuplicatePolicy { name: String } => ("DuplicatePolicyName", 400, "Policy with name {name} already exists"),
        /// No such policy.
        PolicyNotFound { name: String } => ("PolicyNotFound", 400, "There is no policy with name {name} for load balancer"),
        /// No such type of policies.
        PolicyTypeNotFound { name: String } => ("PolicyTypeNotFound", 400, "Policy type {name} does not exist"),
        /// No such instance, or it cannot be registered.
        Instance { reason: String } => ("InvalidInstance", 400, "{reason}"),
        /// Parts that do not go together.
        Configuration { reason: String } => ("InvalidConfigurationRequest", 409, "{reason}"),
        /// It is neither internet-facing nor internal.
        Scheme => ("InvalidScheme", 400, "Only 'internet-facing' and 'internal' load balancers are supported"),
        /// A protocol that is not spoken.
        Protocol { protocol: String } => ("UnsupportedProtocol", 400, "Protocol '{protocol}' is not supported"),
        /// No such attribute.
        Attribute { key: String } => ("LoadBalancerAttributeNotFound", 400, "The load balancer attribute '{key}' does not exist"),
        /// Anything that does not fit its member.
        Invalid { reason: String } => ("ValidationError", 400, "{reason}"),
        /// A quota.
        TooManyLoadBalancers => ("TooManyLoadBalancers", 400, "The quota for the number of load balancers has been reached"),
        /// A quota.
        TooManyPolicies => ("TooManyPolicies", 400, "The quota for the number of policies for this load balancer has been reached"),
        /// A quota.
        TooManyTags => ("TooManyTags", 400, "The quota for the number of tags that can be assigned to a load balancer has been reached"),
        /// A tag key is given twice.
        DuplicateTagKeys => ("DuplicateTagKeys", 400, "A tag key was specified more than once"),
    }
}

impl From<tierra_core::tags::TagError> for ElbError {
    fn from(error: tierra_core::tags::TagError) -> Self {
        use tierra_core::tags::TagError;
        match error {
            TagError::TooMany => Self::TooManyTags,
            TagError::Duplicate(_) => Self::DuplicateTagKeys,
            other => invalid(other.to_string()),
        }
    }
}

/// An [`ElbError::Invalid`].
pub(super) fn invalid(reason: impl Into<String>) -> ElbError {
    ElbError::Invalid { reason: reason.into() }
}

/// An [`ElbError::Configuration`].
pub(super) fn configuration(reason: impl Into<String>) -> ElbError {
    ElbError::Configuration { reason: reason.into() }
}
