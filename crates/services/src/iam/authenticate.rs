//! Whose key is this: what the verification of a signature asks.

use tierra_core::{Caller, Tx};
use tierra_model::Timestamp;

use super::bootstrap::{self, Cloud};
use super::model::{AccessKey, Named, User};
use super::session::{Session, access_key_id, secret};

/// What a signature is verified with, and whom it then proves.
#[derive(Clone, PartialEq)]
pub struct Credential {
    /// The secret access key.
    pub secret: String,
    /// When it ends; `None` for long-lived keys.
    pub expires: Option<Timestamp>,
    /// Who signs with it.
    pub caller: Caller,
}

tierra_core::aws_errors! {
    /// Why a key opens nothing. The edge may say it with a service's own code (`AuthFailure` for EC2, `InvalidAccessKeyId` for S3).
    pub enum Refusal {
        /// Unknown, deleted, inactive, or its token does not belong to it.
        InvalidClientTokenId => ("InvalidClientTokenId", 403, "The security token included in the request is invalid."),
        /// A session that has ended.
        ExpiredToken => ("ExpiredToken", 403, "The security token included in the request is expired"),
    }
}

/// The credential of an access key: the root user's, a user's, or a session's (`ASIA…`, with its token).
///
/// # Errors
/// Where the key opens nothing.
pub fn credentials(tx: &Tx, key_id: &str, session_token: Option<&str>, now: Timestamp) -> Result<Credential, Refusal> {
    let cloud = bootstrap::cloud(tx).ok_or(Refusal::InvalidClientTokenId)?;
    match session_token {
        Some(token) => of_session(&cloud, key_id, token, now),
        None => long_lived(tx, &cloud, key_id).ok_or(Refusal::InvalidClientTokenId),
    }
}

fn of_session(cloud: &Cloud, key_id: &str, token: &str, now: Timestamp) -> Result<Credential, Refusal> {
    let session = Session::open(&cloud.key, token)
        .filter(|_| access_key_id(&cloud.key, token) == key_id)
        .ok_or(Refusal::InvalidClientTokenId)?;
    if session.expires <= now {
        return Err(Refusal::ExpiredToken);
    }
    Ok(Credential {
        secret: secret(&cloud.key, token),
        expires: Some(session.expires),
        caller: session.caller,
    })
}

fn long_lived(tx: &Tx, cloud: &Cloud, key_id: &str) -> Option<Credential> {
    let row: AccessKey = tx.find(&bootstrap::global(&cloud.account), key_id)?;
    let caller = match row.user.as_ref().filter(|_| row.active) {
        Some(name) => user_caller(&tx.find::<User>(&row.place, name.to_ascii_lowercase())?),
        None if row.active => Caller::Root {
            account: cloud.account.clone(),
        },
        None => return None,
    };
    Some(Credential {
        secret: cloud.key.open(&row.id, &row.secret.0)?,
        expires: None,
        caller,
    })
}

pub(super) fn user_caller(user: &User) -> Caller {
    let entity = user.entity();
    Caller::User {
        account: entity.place.account.clone(),
        user_id: entity.id.clone(),
        path_and_name: format!("{}{}", entity.path, entity.name),
    }
}
