//! How images fail. Follows the page "Error codes for the Amazon EC2 API".

tierra_core::aws_errors! {
    /// Errors of images.
    pub enum ImageError {
        /// No image has this id.
        NotFound { id: String } => ("InvalidAMIID.NotFound", 400, "The image id '[{id}]' does not exist"),
        /// It is not complete, or never will be.
        Unavailable { id: String } => ("InvalidAMIID.Unavailable", 400, "The image ID '{id}' is not available"),
        /// It is another account's.
        NotOwner { id: String } => ("AuthFailure", 403, "Not authorized for image:{id}"),
        /// A name that cannot be.
        Name => ("InvalidAMIName.Malformed", 400, "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'"),
        /// A name that another image of the account has.
        Duplicate { name: String, id: String } => ("InvalidAMIName.Duplicate", 400, "AMI name {name} is already in use by AMI {id}"),
        /// A permission for what is no account.
        NoAccount { value: String } => ("InvalidAMIAttributeItemValue", 400, "Invalid attribute item value \"{value}\" for userId item type."),
        /// A permission for a group that there is not.
        NoGroup { value: String } => ("InvalidAMIAttributeItemValue", 400, "Invalid attribute item value \"{value}\" for userGroup item type."),
        /// More images than an account may have.
        Quota { limit: usize } => ("AMIQuotaExceeded", 400, "The maximum number of AMIs ({limit}) has been reached."),
    }
}
