//! STS: who am I, and temporary credentials. Nothing is stored: a session is its token (see [`crate::iam::session`]).
//!
//! Map: `assume_role.rs` roles · `identity.rs` the caller, session tokens, keys, encoded messages · `errors.rs`.

mod assume_role;
mod errors;
mod identity;

#[cfg(test)]
mod tests;

use tierra_core::Registry;
use tierra_model::{Shape, Timestamp};

use crate::iam::session::SessionCredentials;

pub use errors::StsError;

/// Declares STS's operations.
pub fn register(registry: &mut Registry) {
    assume_role::register(registry);
    identity::register(registry);
}

/// The shortest session, in seconds.
const SHORTEST: i32 = 900;

/// Temporary credentials.
#[derive(Default, Shape)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: Timestamp,
}

impl From<SessionCredentials> for Credentials {
    fn from(session: SessionCredentials) -> Self {
        Self {
            access_key_id: session.access_key_id,
            secret_access_key: session.secret_access_key,
            session_token: session.session_token,
            expiration: session.expires,
        }
    }
}

/// Checks a session's length.
fn duration(seconds: Option<i32>, default: i32, longest: i32) -> Result<i64, StsError> {
    let seconds = seconds.unwrap_or(default);
    let constraint = |word: &'static str, bound| StsError::Duration { seconds, word, bound };
    match seconds {
        _ if seconds < SHORTEST => Err(constraint("greater", SHORTEST)),
        _ if seconds > longest => Err(constraint("less", longest)),
        _ => Ok(i64::from(seconds)),
    }
}
