//! Secrets at rest: XChaCha20-Poly1305 under the cloud's own key, bound to what they belong to.
//!
//! The nonce is an HMAC of owner and text, so that sealing needs no randomness and the same token comes out of the same session. The key
//! lies in the same store as the rows: this keeps secrets out of logs, dumps and debug output, not from who has the whole file.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const NONCE: usize = 24;

/// A sealed text, in URL-safe base64.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// The cloud's key. Never printed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CloudKey(String);

impl fmt::Debug for CloudKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CloudKey(…)")
    }
}

impl CloudKey {
    /// A key of these random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(hex::encode(bytes))
    }

    /// Seals `text` for `owner`: only the same owner opens it.
    pub fn seal(&self, owner: &str, text: &str) -> Sealed {
        let digest = self.derive("nonce", &format!("{owner}\u{1f}{text}"));
        let nonce = XNonce::from_slice(&digest[..NONCE]);
        let payload = Payload {
            msg: text.as_bytes(),
            aad: owner.as_bytes(),
        };
        // Sealing fails only for texts of 256 GiB; an empty one never opens.
        let sealed = self.cipher().encrypt(nonce, payload).unwrap_or_default();
        Sealed(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed for `owner`; `None` where it was not, or was changed.
    pub fn open(&self, owner: &str, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let payload = Payload {
            msg: sealed,
            aad: owner.as_bytes(),
        };
        let text = self.cipher().decrypt(XNonce::from_slice(nonce), payload).ok()?;
        String::from_utf8(text).ok()
    }

    /// 32 bytes that follow from the key, a purpose and a text, and from nothing else.
    pub fn derive(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(&self.bytes()).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // The text was made by `new`; a row that someone changed gives a key that opens nothing.
        let _ = hex::decode_to_slice(&self.0, &mut bytes);
        bytes
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_opens_and_only_what_was_not_changed() {
        let key = CloudKey::new([7; 32]);
        let sealed = key.seal("a", "secret").0;
        assert_eq!(key.open("a", &sealed).as_deref(), Some("secret"));
        assert_eq!(key.seal("a", "secret").0, sealed);
        assert_ne!(key.seal("b", "secret").0, sealed);
        assert_eq!(key.open("b", &sealed), None);
        assert_eq!(CloudKey::new([8; 32]).open("a", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'Q' } else { b'A' };
            assert_eq!(key.open("a", &String::from_utf8(changed).expect("ascii")), None, "byte {at}");
        }
        assert_eq!(format!("{key:?}"), "CloudKey(…)");
    }
}
