//! CloudFormation's errors, each with its code, status and wording. Follows the API reference's "Common Errors" and each operation's page.

tierra_core::aws_errors! {
    /// What CloudFormation refuses.
    pub enum CloudFormationError {
        /// Most of what is wrong, in AWS's own wording.
        Validation { message: String } => ("ValidationError", 400, "{message}"),
        /// No stack of this name or id.
        NoSuchStack { name: String } => ("ValidationError", 400, "Stack with id {name} does not exist"),
        /// As `NoSuchStack`, as the operations on resources say it.
        NoSuchStackNamed { name: String } => ("ValidationError", 400, "Stack '{name}' does not exist"),
        /// No resource of this logical id.
        NoSuchResource { logical_id: String, stack: String } =>
            ("ValidationError", 400, "Resource {logical_id} does not exist for stack {stack}"),
        /// The name is taken.
        AlreadyExists { name: String } => ("AlreadyExistsException", 400, "Stack [{name}] already exists"),
        /// The caller may not.
        Denied { message: String } => ("AccessDenied", 403, "{message}"),
        /// IAM resources need the caller's word.
        InsufficientCapabilities { needed: String } =>
            ("InsufficientCapabilitiesException", 400, "Requires capabilities : [{needed}]"),
        /// The stack is busy.
        Busy { id: String, status: String, what: String } =>
            ("ValidationError", 400, "Stack:{id} is in {status} state and can not be {what}."),
        /// The stack may not be deleted.
        Protected { name: String } => ("ValidationError", 400,
            "Stack [{name}] cannot be deleted while TerminationProtection is enabled"),
        /// Nothing would change.
        NoUpdates => ("ValidationError", 400, "No updates are to be performed."),
        /// No change set of this name or id.
        NoSuchChangeSet { name: String } => ("ChangeSetNotFound", 404, "ChangeSet [{name}] does not exist"),
        /// The change set's name is taken.
        ChangeSetExists { name: String } => ("AlreadyExistsException", 400, "ChangeSet {name} already exists"),
        /// The change set cannot be executed.
        ChangeSetStatus { id: String, status: String } => ("InvalidChangeSetStatus", 400,
            "ChangeSet [{id}] cannot be executed in its current status of [{status}]"),
        /// Known to AWS, not built here.
        NotBuilt { what: String } => ("ValidationError", 400, "{what} is not built in Tierra yet"),
    }
}

impl CloudFormationError {
    /// Most of what is wrong.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::Validation { message: message.into() }
    }
}
