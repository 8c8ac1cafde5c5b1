//! How images fail.

tierra_core::aws_errors! {
    /// Errors of images.
    pub enum ImageError {
        /// No image has this id.
        NotFound { id: String } => ("InvalidAMIID.NotFound", 400, "The image id '[{id}]' does not exist"),
        /// No image can have this id.
        Malformed { id: String } => ("InvalidAMIID.Malformed", 400, "Invalid id: \"{id}\" (expecting \"ami-...\")"),
    }
}
