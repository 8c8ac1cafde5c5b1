//! The service's errors, each with its code, status and wording. Follows the Elastic Load Balancing API reference (2015-12-01).

tierra_core::aws_errors! {
    /// What Elastic Load Balancing refuses.
    pub enum Elbv2Error {
        /// The name is taken by one with other settings.
        DuplicateLoadBalancerName { name: String } => ("DuplicateLoadBalancerName", 400,
            "A load balancer with the same name '{name}' exists, but with different settings"),
        /// The name is taken by one with other settings.
        DuplicateTargetGroupName { name: String } => ("DuplicateTargetGroupName", 400,
            "A target group with the same name '{name}' exists, but with different settings"),
        /// The port is taken.
        DuplicateListener => ("DuplicateListener", 400, "A listener already exists on this port for this load balancer"),
        /// No such load balancer.
        LoadBalancerNotFound { what: String } => ("LoadBalancerNotFound", 400, "Load balancers '[{what}]' not found"),
        /// No such target group.
        TargetGroupNotFound { what: String } => ("TargetGroupNotFound", 400, "Target groups '{what}' not found"),
        /// One or more target groups are not there.
        TargetGroupsNotFound => ("TargetGroupNotFound", 400, "One or more target groups not found"),
        /// No such listener.
        ListenerNotFound => ("ListenerNotFound", 400, "One or more listeners not found"),
        /// No such rule.
        RuleNotFound => ("RuleNotFound", 400, "One or more rules not found"),
        /// No such certificate.
        CertificateNotFound { arn: String } => ("CertificateNotFound", 400, "Certificate '{arn}' not found"),
        /// No such policy.
        PolicyNotFound { names: String } => ("SSLPolicyNotFound", 400, "SSL policies '{names}' not found"),
        /// The rule's place is taken.
        PriorityInUse { priority: u32 } => ("PriorityInUse", 400, "Priority '{priority}' is currently in use"),
        /// Something uses the target group.
        TargetGroupInUse { arn: String } => ("ResourceInUse", 400, "Target group '{arn}' is currently in use by a listener or a rule"),
        /// It serves another load balancer.
        AssociationLimit { arn: String } => ("TargetGroupAssociationLimit", 400,
            "The following target groups cannot be associated with more than one load balancer: {arn}"),
        /// A target that cannot serve.
        InvalidTarget { reason: String } => ("InvalidTarget", 400, "{reason}"),
        /// What a load balancer of this type does not do.
        NotPermitted { reason: String } => ("OperationNotPermitted", 400, "{reason}"),
        /// Protocols that do not go together.
        IncompatibleProtocols { reason: String } => ("IncompatibleProtocols", 400, "{reason}"),
        /// Parts that do not go together.
        Configuration { reason: String } => ("InvalidConfigurationRequest", 400, "{reason}"),
        /// A protocol that the load balancer does not speak.
        UnsupportedProtocol { protocol: String } => ("UnsupportedProtocol", 400, "The specified protocol '{protocol}' is not supported"),
        /// An action that is none.
        Action { reason: String } => ("InvalidLoadBalancerAction", 400, "{reason}"),
        /// Anything that does not fit its member.
        Invalid { reason: String } => ("ValidationError", 400, "{reason}"),
        /// A quota, or tags that repeat.
        TooManyLoadBalancers => ("TooManyLoadBalancers", 400, "The maximum number of load balancers has been reached"),
        /// A quota, or tags that repeat.
        TooManyTargetGroups => ("TooManyTargetGroups", 400, "The maximum number of target groups has been reached"),
        /// A quota, or tags that repeat.
        TooManyListeners => ("TooManyListeners", 400, "The maximum number of listeners has been reached on this load balancer"),
        /// A quota, or tags that repeat.
        TooManyRules => ("TooManyRules", 400, "The maximum number of rules has been reached on this load balancer"),
        /// A quota, or tags that repeat.
        TooManyTargets => ("TooManyTargets", 400, "The maximum number of targets has been reached on this target group"),
        /// A quota, or tags that repeat.
        TooManyCertificates => ("TooManyCertificates", 400, "The maximum number of certificates has been reached on this listener"),
        /// A quota, or tags that repeat.
        TooManyActions => ("TooManyActions", 400, "The maximum number of actions has been reached on this rule"),
        /// A quota, or tags that repeat.
        TooManyTags => ("TooManyTags", 400, "The maximum number of tags has been reached"),
        /// A quota, or tags that repeat.
        DuplicateTagKeys => ("DuplicateTagKeys", 400, "Tag keys must be unique"),
    }
}

impl From<tierra_core::tags::TagError> for Elbv2Error {
    fn from(error: tierra_core::tags::TagError) -> Self {
        use tierra_core::tags::TagError;
        match error {
            TagError::TooMany => Self::TooManyTags,
            TagError::Duplicate(_) => Self::DuplicateTagKeys,
            other => invalid(other.to_string()),
        }
    }
}

/// An [`Elbv2Error::Invalid`].
pub(super) fn invalid(reason: impl Into<String>) -> Elbv2Error {
    Elbv2Error::Invalid { reason: reason.into() }
}

/// An [`Elbv2Error::Configuration`].
pub(super) fn configuration(reason: impl Into<String>) -> Elbv2Error {
    Elbv2Error::Configuration { reason: reason.into() }
}
