//! The decision: does this signature stand?

use subtle::ConstantTimeEq;
use tierra_model::Timestamp;

use super::SignedRequest;
use super::canonical;
use super::claim::Claim;
use super::error::{Family, SigError};
use super::key::{SigningKey, digest, string_to_sign};

/// How far a caller's clock may be off.
pub(super) const SKEW_MILLIS: i64 = 5 * 60 * 1000;
/// How long a presigned request may be valid: seven days, in seconds.
const LONGEST_EXPIRY: i64 = 7 * 24 * 3600;
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// A payload whose chunks are checked as they come ([`super::ChunkDecoder`]), or are not signed at all.
const STREAMING: &str = "STREAMING-";

/// The secret side of an access key.
#[derive(Clone)]
pub struct Secret {
    /// The secret access key.
    pub secret: String,
    /// The token that must come with it, for a session's key.
    pub session_token: Option<String>,
}

/// What a signature that stands gives to those who read the body.
pub struct Verified {
    /// The key that signs the body's chunks, where they are signed.
    pub key: SigningKey,
    /// Whether the body comes in chunks (`STREAMING-…`).
    pub streaming: bool,
}

/// Whether `request` was signed by who holds `secret`, about `now`. `body` is `None` where it streams: then the caller checks what
/// `x-amz-content-sha256` says as the bytes come.
///
/// # Errors
/// Why it does not stand.
pub fn verify(
    request: &SignedRequest<'_>,
    claim: &Claim,
    secret: &Secret,
    body: Option<&[u8]>,
    now: Timestamp,
    family: Family,
) -> Result<Verified, SigError> {
    current(claim, now)?;
    if let Some(token) = &secret.session_token {
        let same = claim
            .session_token
            .as_ref()
            .is_some_and(|claimed| bool::from(claimed.as_bytes().ct_eq(token.as_bytes())));
        if !same {
            return Err(SigError::UnknownKey);
        }
    }
    signed_enough(request, claim, family)?;
    let hash = payload_hash(request, claim, body, family)?;
    let canonical = canonical::request(request, &claim.signed_headers, &hash, family);
    let key = SigningKey::derive(&secret.secret, &claim.scope);
    let expected = key.sign(&string_to_sign(&claim.date, &claim.scope, &canonical));
    if !bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes())) {
        return Err(SigError::Mismatch);
    }
    Ok(Verified {
        key,
        streaming: hash.starts_with(STREAMING),
    })
}

/// Whether the signature is of this time.
fn current(claim: &Claim, now: Timestamp) -> Result<(), SigError> {
    let signed = parse_basic(&claim.date)
        .ok_or_else(|| SigError::incomplete(&format!("Date must be in ISO-8601 'basic format'. Got '{}'.", claim.date)))?;
    if !claim.date.starts_with(&claim.scope.date) {
        let reason = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}'.",
            claim.scope.date, claim.date
        );
        return Err(SigError::Scope(reason));
    }
    if signed.0 > now.0 + SKEW_MILLIS {
        return Err(SigError::NotYetCurrent { signed, now });
    }
    match claim.expires {
        None if signed.0 < now.0 - SKEW_MILLIS => Err(SigError::Expired { signed, now }),
        Some(expires) if !(1..=LONGEST_EXPIRY).contains(&expires) => {
            Err(SigError::incomplete("X-Amz-Expires must be between 1 and 604800 seconds"))
        }
        Some(expires) if signed.0 + expires * 1000 < now.0 => Err(SigError::PresignedExpired),
        _ => Ok(()),
    }
}

/// The host must be signed, and for S3 every `x-amz-` header: whoever stands between could change them else.
fn signed_enough(request: &SignedRequest<'_>, claim: &Claim, family: Family) -> Result<(), SigError> {
    let signed = |name: &str| claim.signed_headers.iter().any(|header| header == name);
    if !signed("host") {
        return Err(SigError::Unsigned("Host".to_owned()));
    }
    let loose = request.headers.iter().find(|(name, _)| name.starts_with("x-amz-") && !signed(name));
    match loose {
        Some((name, _)) if family == Family::S3 => Err(SigError::Unsigned(name.clone())),
        _ => Ok(()),
    }
}

fn payload_hash(request: &SignedRequest<'_>, claim: &Claim, body: Option<&[u8]>, family: Family) -> Result<String, SigError> {
    let computed = || body.map(digest);
    match request.header("x-amz-content-sha256") {
        Some(said) if said == UNSIGNED_PAYLOAD || said.starts_with(STREAMING) => Ok(said.to_owned()),
        Some(said) => match computed() {
            Some(hash) if !hash.eq_ignore_ascii_case(said) => Err(SigError::PayloadMismatch),
            _ => Ok(said.to_owned()),
        },
        None if family == Family::S3 && claim.expires.is_some() => Ok(UNSIGNED_PAYLOAD.to_owned()),
        None => computed().ok_or_else(|| SigError::incomplete("A streamed payload requires 'X-Amz-Content-Sha256'.")),
    }
}

/// Reads `20150830T123600Z`.
fn parse_basic(text: &str) -> Option<Timestamp> {
    let digits = |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if text.len() != 16 || text.as_bytes()[8] != b'T' || !text.ends_with('Z') {
        return None;
    }
    let (date, time) = (digits(0, 8)?, digits(9, 15)?);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    );
    Timestamp::parse_iso8601(&iso)
}
