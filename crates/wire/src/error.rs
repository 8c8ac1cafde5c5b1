//! An error on its way to the wire.

use std::borrow::Cow;

use tierra_model::Value;

/// What an error answer says. The codec decides how.
#[derive(Clone, Debug, PartialEq)]
pub struct WireError {
    /// AWS's code: `InvalidVpcID.NotFound`.
    pub code: Cow<'static, str>,
    /// AWS's wording.
    pub message: String,
    /// The HTTP status; from 500 the fault is the receiver's.
    pub status: u16,
    /// Further members of the modelled error, where it has any.
    pub members: Value,
}

impl WireError {
    /// An error with this status.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status,
            members: Value::Absent,
        }
    }

    /// An error that is the sender's: status 400.
    pub fn sender(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(code, 400, message)
    }

    /// Whose fault it is, in AWS's word.
    pub fn fault(&self) -> &'static str {
        if self.status < 500 { "Sender" } else { "Receiver" }
    }
}
