//! The cloud's own certificate authority, as services see it: server certificates for balancers, databases and whoever asks ACM.
//!
//! **Invariant**: the authority's own key is never seen here; what is issued is issued whole, key and all.

mod sim;

pub use sim::SimAuthority;

/// Signs server certificates that everything inside the cloud trusts.
pub trait Authority: Send + Sync {
    /// A new certificate and key for a server of these names (host names, `*.` allowed, or addresses), the first its subject. It is
    /// valid from a day ago, for this many days more.
    ///
    /// # Errors
    /// Where a name cannot stand in a certificate.
    fn issue(&self, names: &[String], days: u32) -> Result<Issued, AuthorityError>;

    /// As [`Authority::issue`], for a key of the caller's own (PKCS#8, PEM).
    ///
    /// # Errors
    /// As [`Authority::issue`], and where the key is none that can be signed.
    fn certify(&self, key_pem: &str, names: &[String], days: u32) -> Result<Issued, AuthorityError>;
}

/// A certificate and what belongs to it, as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate alone.
    pub certificate_pem: String,
    /// What it was signed by, up to the root.
    pub chain_pem: String,
    /// Its private key, PKCS#8.
    pub key_pem: String,
}

/// Why a certificate was not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no certificate for {names}: {reason}")]
pub struct AuthorityError {
    /// The names that were asked for.
    pub names: String,
    /// Why not.
    pub reason: String,
}
