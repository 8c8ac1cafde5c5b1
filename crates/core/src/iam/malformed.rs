//! Why a policy document cannot be read, in IAM's words.

/// The reason that follows the code `MalformedPolicyDocument`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No JSON.
    #[error("This policy contains invalid Json")]
    Json,
    /// JSON, but no policy.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// A version that is not `2012-10-17` or `2008-10-17`.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    Version,
    /// A member that policies do not have.
    #[error("Unknown field {0}")]
    UnknownField(String),
    /// A member that this kind of policy may not have.
    #[error("Has prohibited field {0}")]
    Prohibited(&'static str),
    /// A member that this kind of policy must have.
    #[error("Missing required field {0}")]
    Missing(&'static str),
    /// An identity policy with a principal.
    #[error("Policy document should not specify a principal.")]
    PrincipalInIdentityPolicy,
    /// No `Action` or `NotAction`.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// No `Resource` or `NotResource`.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// The same `Sid` twice.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    /// An action without `service:`.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    NoVendor,
    /// A service prefix that cannot be one.
    #[error("Vendor {0} is not valid")]
    Vendor(String),
    /// A resource that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    Resource(String),
    /// An ARN of no partition.
    #[error("Partition \"{partition}\" is not valid for resource \"{resource}\".")]
    Partition {
        /// What stands in its place.
        partition: String,
        /// The ARN.
        resource: String,
    },
    /// A trust policy that allows something else.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// A principal that cannot be one.
    #[error("Invalid principal in policy: {0}")]
    Principal(String),
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}")]
    Operator(String),
    /// A condition value that its operator cannot read.
    #[error("The policy failed legacy parsing")]
    Value,
}
