//! Errors as AWS says them: a code, an HTTP status, a message.

use std::borrow::Cow;

/// An error on its way to a caller. Services declare theirs with [`aws_errors!`](crate::aws_errors).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// AWS's code: `InvalidVpcID.NotFound`.
    pub code: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// AWS's wording.
    pub message: String,
}

impl AwsError {
    /// The code of what no caller caused, in most services' words.
    pub const INTERNAL: &str = "InternalFailure";

    /// An error with this code, status and message.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            status,
            message: message.into(),
        }
    }

    /// What no caller caused. The cause goes to the log, not to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal failure");
        Self::new(
            Self::INTERNAL,
            500,
            "The request processing has failed because of an unknown error, exception or failure.",
        )
    }
}

/// Declares a service's errors: each variant has its AWS code, status and wording, once.
///
/// ```
/// tierra_core::aws_errors! {
///     /// Errors of VPCs.
///     pub enum VpcError {
///         /// No VPC has this id.
///         NotFound { id: String } => ("InvalidVpcID.NotFound", 400, "The vpc ID '{id}' does not exist"),
///         /// Too many.
///         LimitExceeded => ("VpcLimitExceeded", 400, "The maximum number of VPCs has been reached."),
///     }
/// }
/// let error: tierra_core::AwsError = VpcError::NotFound { id: "vpc-1".into() }.into();
/// assert_eq!(error.message, "The vpc ID 'vpc-1' does not exist");
/// ```
#[macro_export]
macro_rules! aws_errors {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident $({ $($field:ident : $type:ty),+ $(,)? })? => ($code:literal, $status:literal, $message:literal)),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$vmeta])* $variant $({ $(#[doc = stringify!($field)] $field: $type),+ })?),+
        }

        impl ::std::convert::From<$name> for $crate::AwsError {
            fn from(error: $name) -> Self {
                match error {
                    $($name::$variant $({ $($field),+ })? => $crate::AwsError::new($code, $status, format!($message))),+
                }
            }
        }
    };
}
