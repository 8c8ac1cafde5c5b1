//! Temporary credentials: `ASIA…`, a secret and a session token.
//!
//! **Invariant**: nothing of a session is stored. The token is the session, sealed; the secret follows from the cloud's key and the token.
//! So assuming a role writes nothing, and an instance's credentials are the same each time they are read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tierra_core::{Caller, Tx};
use tierra_model::Timestamp;

use super::bootstrap;
use super::model::{InstanceProfile, Named, Role};
use super::seal::CloudKey;

const TOKEN_OWNER: &str = "session-token";
/// How long an instance's credentials are valid.
const INSTANCE_SECONDS: i64 = 6 * 3600;
/// How long before their end an instance gets new ones.
const REFRESH_SECONDS: i64 = 5 * 60;

/// What a session token says, to who can open it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) caller: Caller,
    pub(super) issued: Timestamp,
    pub(super) expires: Timestamp,
    /// Draws two sessions apart that are otherwise the same.
    pub(super) salt: String,
}

/// Temporary credentials, as STS and IMDS give them.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    /// `ASIA…`
    pub access_key_id: String,
    /// 40 characters.
    pub secret_access_key: String,
    /// The session itself, sealed.
    pub session_token: String,
    /// When it ends.
    pub expires: Timestamp,
}

impl Session {
    pub(super) fn credentials(&self, key: &CloudKey) -> Option<SessionCredentials> {
        let text = serde_json::to_string(self).ok()?;
        let session_token = key.seal(TOKEN_OWNER, &text).0;
        Some(SessionCredentials {
            access_key_id: access_key_id(key, &session_token),
            secret_access_key: secret(key, &session_token),
            session_token,
            expires: self.expires,
        })
    }

    pub(super) fn open(key: &CloudKey, token: &str) -> Option<Self> {
        serde_json::from_str(&key.open(TOKEN_OWNER, token)?).ok()
    }
}

pub(super) fn access_key_id(key: &CloudKey, token: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = key.derive("access-key-id", token);
    let letters = digest.iter().take(16).map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    "ASIA".chars().chain(letters).collect()
}

pub(super) fn secret(key: &CloudKey, token: &str) -> String {
    const LENGTH: usize = 40;
    let mut secret = STANDARD.encode(key.derive("secret", token));
    secret.truncate(LENGTH);
    secret
}

/// New temporary credentials for `caller`, from `now` for `seconds`. `salt` draws them apart from others; `None` before the first start.
pub fn issue(tx: &Tx, caller: Caller, now: Timestamp, seconds: i64, salt: String) -> Option<SessionCredentials> {
    let session = Session {
        caller,
        issued: now,
        expires: Timestamp::from_secs(now.secs() + seconds),
        salt,
    };
    session.credentials(&bootstrap::cloud(tx)?.key)
}

/// The credentials of the role that an instance has through its profile, as IMDS gives them: the same ones until five minutes before they
/// end. `None` where the profile is gone, has no role, or its role does not trust `ec2.amazonaws.com`.
pub fn instance_credentials(tx: &Tx, profile: &InstanceProfile, instance_id: &str, now: Timestamp) -> Option<SessionCredentials> {
    let place = &profile.entity().place;
    let profile: InstanceProfile = tx.find(place, profile.entity().key())?;
    let role: Role = tx.find(place, profile.role?.to_ascii_lowercase())?;
    let ec2 = Caller::Service {
        account: place.account.clone(),
        principal: "ec2.amazonaws.com".to_owned(),
    };
    super::authorize::trusts(&role, &ec2, &tierra_core::iam::Context::default()).then_some(())?;
    let turn = INSTANCE_SECONDS - REFRESH_SECONDS;
    let since = Timestamp::from_secs(now.secs() - now.secs().rem_euclid(turn));
    issue(
        tx,
        role_session(&role, instance_id),
        since,
        INSTANCE_SECONDS,
        instance_id.to_owned(),
    )
}

/// A session of `role`, without session policy or tags.
pub(crate) fn role_session(role: &Role, session_name: &str) -> Caller {
    let entity = role.entity();
    Caller::AssumedRole {
        account: entity.place.account.clone(),
        role_id: entity.id.clone(),
        role_name: entity.name.clone(),
        role_path_and_name: format!("{}{}", entity.path, entity.name),
        session_name: session_name.to_owned(),
        session_policy: None,
        tags: entity.tags.0.clone(),
    }
}
