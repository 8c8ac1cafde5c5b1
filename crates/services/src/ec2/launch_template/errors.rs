//! How launch templates fail. Follows the page "Error codes for the Amazon EC2 API".

tierra_core::aws_errors! {
    /// Errors of launch templates.
    pub enum LaunchTemplateError {
        /// No template has this id.
        NotFound { id: String } => ("InvalidLaunchTemplateId.NotFound", 400, "The specified launch template, with template ID {id}, does not exist."),
        /// No template has this name.
        NameNotFound { name: String }
            => ("InvalidLaunchTemplateName.NotFoundException", 400, "The specified launch template, with template name {name}, does not exist."),
        /// Another template has this name.
        Taken => ("InvalidLaunchTemplateName.AlreadyExistsException", 400, "Launch template name already in use."),
        /// A name that cannot be.
        Name => ("InvalidLaunchTemplateName.MalformedException", 400,
            "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _"),
        /// The template has no such version.
        NoVersion { id: String, version: String }
            => ("InvalidLaunchTemplateId.VersionNotFound", 400, "Could not find launch template version {version} for launch template {id}."),
        /// A version that is no number and no word for one.
        Version { text: String } => ("InvalidLaunchTemplateVersion.Malformed", 400, "The launch template version '{text}' is malformed."),
        /// Not just one of id and name.
        OneOf => ("InvalidParameterCombination", 400, "You must specify either the launch template ID or the launch template name, but not both."),
        /// More templates than an account may have.
        Templates { limit: usize } => ("LaunchTemplateLimitExceeded", 400, "You have reached the limit of {limit} launch templates for this Region."),
        /// More versions than a template may have.
        Versions { limit: usize } => ("VersionLimitExceeded", 400, "You have reached the limit of {limit} versions for this launch template."),
    }
}
