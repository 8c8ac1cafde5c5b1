//! The keyed part: from a secret and a scope to a signature.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::claim::Scope;

/// The algorithm's name, as requests and strings to sign carry it.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A key that signs for one day, region and service.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length")
    };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The hex SHA-256 of `bytes`.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl SigningKey {
    /// The key of a secret for a scope.
    pub fn derive(secret: &str, scope: &Scope) -> Self {
        let day = hmac(format!("AWS4{secret}").as_bytes(), scope.date.as_bytes());
        let region = hmac(&day, scope.region.as_bytes());
        let service = hmac(&region, scope.service.as_bytes());
        Self(hmac(&service, b"aws4_request"))
    }

    /// The hex signature of a string to sign.
    pub fn sign(&self, string_to_sign: &str) -> String {
        hex::encode(hmac(&self.0, string_to_sign.as_bytes()))
    }
}

/// The string to sign of a canonical request.
pub(super) fn string_to_sign(date: &str, scope: &Scope, canonical: &str) -> String {
    format!("{ALGORITHM}\n{date}\n{scope}\n{}", digest(canonical.as_bytes()))
}

/// The `Authorization` header for a request of our own (the tool's client). `headers` must hold `host` and `x-amz-date`, and all
/// of them are signed.
pub fn sign(request: &super::SignedRequest<'_>, access_key_id: &str, secret: &str, scope: &Scope, body: &[u8]) -> String {
    let mut signed: Vec<String> = request.headers.iter().map(|(name, _)| name.clone()).collect();
    signed.sort();
    signed.dedup();
    let canonical = super::canonical::request(request, &signed, &digest(body), super::Family::Json);
    let date = request.header("x-amz-date").unwrap_or_default();
    let signature = SigningKey::derive(secret, scope).sign(&string_to_sign(date, scope, &canonical));
    format!(
        "{ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={}, Signature={signature}",
        signed.join(";")
    )
}
