//! How snapshots fail.

tierra_core::aws_errors! {
    /// Errors of snapshots.
    pub enum SnapshotError {
        /// No snapshot has this id.
        NotFound { id: String } => ("InvalidSnapshot.NotFound", 400, "The snapshot '{id}' does not exist."),
        /// No snapshot can have this id.
        Malformed { id: String } => ("InvalidParameterValue", 400, "Value ({id}) for parameter snapshotId is invalid. Expected: 'snap-...'."),
        /// An image is made of it.
        InUse { id: String, image: String } => ("InvalidSnapshot.InUse", 400, "The snapshot {id} is currently in use by {image}"),
        /// It is not complete, and an image can be made only of one that is.
        Incomplete { id: String } => ("IncorrectState", 400, "Snapshot is in invalid state: {id} is not completed"),
    }
}
