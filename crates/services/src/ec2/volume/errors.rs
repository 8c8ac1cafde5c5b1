//! How volumes fail.

tierra_core::aws_errors! {
    /// Errors of volumes.
    pub enum VolumeError {
        /// No volume has this id.
        NotFound { id: String } => ("InvalidVolume.NotFound", 400, "The volume '{id}' does not exist."),
    }
}
