//! IMDSv2's session tokens. Follows the page "How Instance Metadata Service Version 2 works".

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use tierra_core::Tx;
use tierra_model::Timestamp;

use crate::ec2::instance::Instance;
use crate::iam::bootstrap;

/// How long a token may live: six hours.
const SECONDS: std::ops::RangeInclusive<i64> = 1..=21_600;
/// Bytes of the expiry, before the code.
const EXPIRY: usize = 8;

/// The time to live that a caller asks for, where it may.
pub(super) fn seconds(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|seconds| SECONDS.contains(seconds))
}

/// A token for this instance. `None` before the cloud has a key.
pub(super) fn issue(tx: &Tx, instance: &Instance, now: Timestamp, seconds: i64) -> Option<String> {
    let expires = now.secs() + seconds;
    let code = code(tx, instance, expires)?;
    Some(URL_SAFE_NO_PAD.encode([&expires.to_be_bytes()[..], &code].concat()))
}

/// How many seconds a token has left; `None` where it is no token of this instance, or has ended.
pub(super) fn seconds_left(tx: &Tx, instance: &Instance, now: Timestamp, token: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (expires, given) = bytes.split_first_chunk::<EXPIRY>()?;
    let expires = i64::from_be_bytes(*expires);
    let is_ours: bool = code(tx, instance, expires)?.as_slice().ct_eq(given).into();
    Some(expires - now.secs()).filter(|left| is_ours && *left > 0)
}

fn code(tx: &Tx, instance: &Instance, expires: i64) -> Option<[u8; 32]> {
    let cloud = bootstrap::cloud(tx)?;
    Some(cloud.key.derive("metadata-token", &format!("{} {expires}", instance.id)))
}
