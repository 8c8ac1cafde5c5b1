//! Keys themselves: made from a seed, read from what a caller imports, and their fingerprints as AWS computes them.
//! Follows the page "Verify the fingerprint of your key pair".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use ssh_key::private::{Ed25519Keypair, KeypairData, PrivateKey};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};
use tierra_core::AwsError;

use super::errors::KeyPairError;
use super::model::KeyType;

/// Bits of the RSA keys that EC2 makes.
const RSA_BITS: usize = 2048;
/// Lengths of the RSA keys that may be imported.
const RSA_IMPORTED_BITS: [usize; 3] = [1024, 2048, 4096];

/// A public key, and where it was made here its private half.
pub struct Material {
    pub kind: KeyType,
    /// Algorithm and key in OpenSSH's form, without comment.
    pub public: String,
    pub fingerprint: String,
    /// PEM; empty for an imported key.
    pub private: String,
}

impl Material {
    /// A new key pair; the seed decides it.
    ///
    /// # Errors
    /// Never in practice: the encodings are fallible.
    pub fn generate(kind: KeyType, seed: [u8; 32]) -> Result<Self, AwsError> {
        match kind {
            KeyType::Rsa => generate_rsa(seed),
            KeyType::Ed25519 => generate_ed25519(seed),
        }
    }

    /// The public key that a caller brings, as one line of OpenSSH.
    ///
    /// # Errors
    /// Where it is none, or of a kind or length that EC2 does not take.
    pub fn import(text: &[u8]) -> Result<Self, KeyPairError> {
        let text = std::str::from_utf8(text).map_err(|_| KeyPairError::Format)?;
        let mut key = PublicKey::from_openssh(text.trim()).map_err(|_| KeyPairError::Format)?;
        key.set_comment("");
        let (kind, fingerprint) = match key.key_data() {
            KeyData::Rsa(rsa) => (KeyType::Rsa, imported_rsa_fingerprint(rsa)?),
            KeyData::Ed25519(_) => (KeyType::Ed25519, sha256_fingerprint(&key)),
            _ => return Err(KeyPairError::Format),
        };
        let public = key.to_openssh().map_err(|_| KeyPairError::Format)?;
        Ok(Self {
            kind,
            public,
            fingerprint,
            private: String::new(),
        })
    }
}

fn generate_rsa(seed: [u8; 32]) -> Result<Material, AwsError> {
    let key = RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(seed), RSA_BITS).map_err(AwsError::internal)?;
    let der = key.to_pkcs8_der().map_err(AwsError::internal)?;
    let private = key.to_pkcs1_pem(LineEnding::LF).map_err(AwsError::internal)?;
    let public = ssh_key::public::RsaPublicKey::try_from(key.to_public_key()).map_err(AwsError::internal)?;
    Ok(Material {
        kind: KeyType::Rsa,
        public: PublicKey::from(KeyData::Rsa(public)).to_openssh().map_err(AwsError::internal)?,
        fingerprint: colons(&Sha1::digest(der.as_bytes())),
        // AWS ends the PEM without a line break.
        private: private.trim_end().to_owned(),
    })
}

fn generate_ed25519(seed: [u8; 32]) -> Result<Material, AwsError> {
    let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), "").map_err(AwsError::internal)?;
    Ok(Material {
        kind: KeyType::Ed25519,
        public: key.public_key().to_openssh().map_err(AwsError::internal)?,
        fingerprint: sha256_fingerprint(key.public_key()),
        private: key.to_openssh(LineEnding::LF).map_err(AwsError::internal)?.to_string(),
    })
}

fn imported_rsa_fingerprint(key: &ssh_key::public::RsaPublicKey) -> Result<String, KeyPairError> {
    use rsa::traits::PublicKeyParts;
    // Not `try_from`, which refuses the 1,024 bits that EC2 takes.
    let number = |part: &ssh_key::Mpint| part.as_positive_bytes().map(BigUint::from_bytes_be).ok_or(KeyPairError::Format);
    let key = RsaPublicKey::new(number(&key.n)?, number(&key.e)?).map_err(|_| KeyPairError::Format)?;
    if !RSA_IMPORTED_BITS.contains(&key.n().bits()) {
        return Err(KeyPairError::Format);
    }
    let der = key.to_public_key_der().map_err(|_| KeyPairError::Format)?;
    Ok(colons(&Md5::digest(der.as_bytes())))
}

fn sha256_fingerprint(key: &PublicKey) -> String {
    let fingerprint = key.fingerprint(HashAlg::Sha256);
    debug_assert_eq!(fingerprint.as_bytes().len(), Sha256::output_size());
    STANDARD.encode(fingerprint.as_bytes())
}

fn colons(digest: &[u8]) -> String {
    let bytes: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(":")
}
