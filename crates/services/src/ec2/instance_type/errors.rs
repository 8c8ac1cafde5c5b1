//! How instance types fail.

tierra_core::aws_errors! {
    /// Errors of instance types.
    pub enum InstanceTypeError {
        /// None of this name, where several were asked for.
        NoneSuch { names: String } => ("InvalidInstanceType", 400, "The following supplied instance types do not exist: [{names}]"),
        /// None of this name, where one is to be used.
        Invalid { name: String } => ("InvalidParameterValue", 400, "Invalid value '{name}' for InstanceType."),
    }
}
