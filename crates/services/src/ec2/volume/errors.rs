//! How volumes fail.

tierra_core::aws_errors! {
    /// Errors of volumes.
    pub enum VolumeError {
        /// No volume has this id.
        NotFound { id: String } => ("InvalidVolume.NotFound", 400, "The volume '{id}' does not exist."),
        /// A device beside the root device, which there cannot be yet.
        Device { asked: String, root: String }
            => ("UnsupportedOperation", 400, "The device {asked} cannot be attached: an instance has its root device {root} only."),
        /// A root volume of another snapshot than its image's.
        Snapshot { device: String }
            => ("InvalidBlockDeviceMapping", 400, "snapshotId cannot be modified on root device {device}"),
        /// A root volume that cannot hold its image.
        RootSize { gib: i32, least: i32 } => ("InvalidBlockDeviceMapping", 400,
            "Volume of size {gib}GB is smaller than the image's snapshot, expect size >= {least}GB"),
    }
}
