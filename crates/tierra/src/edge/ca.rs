//! Tierra's own certificate authority: made at the first start, kept in the data directory, trusted inside every instance.
//!
//! **Invariant**: the key never leaves its file (mode 0600) but into this process; a certificate is made for AWS's names and for
//! this machine only.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;
use tierra_core::{AuthorityError, Clock, Issued};
use tierra_model::Timestamp;

const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca.key";
/// The years in which certificates are valid: fixed, so that no clock is needed to make them.
const VALID_FROM: i32 = 2024;
const VALID_UNTIL: i32 = 2049;

/// Why the authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// Its files cannot be read or written.
    #[error("the certificate authority in {folder}: {cause}")]
    File {
        /// The data directory.
        folder: String,
        /// What the system said.
        cause: io::Error,
    },
    /// A key or certificate could not be made or understood.
    #[error("the certificate authority: {0}")]
    Crypto(String),
}

impl From<rcgen::Error> for CaError {
    fn from(error: rcgen::Error) -> Self {
        Self::Crypto(error.to_string())
    }
}

/// The authority: signs certificates for server names.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// Reads the authority in `folder`, made where it is not there.
    ///
    /// # Errors
    /// Where its files cannot be read or written, or hold no key.
    pub fn open(folder: &Path) -> Result<Self, CaError> {
        let failed = |cause| CaError::File {
            folder: folder.display().to_string(),
            cause,
        };
        let key_file = folder.join(KEY_FILE);
        let key = match fs::read_to_string(&key_file) {
            Ok(pem) => KeyPair::from_pem(&pem)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate()?;
                write_new(&key_file, 0o600, &key.serialize_pem()).map_err(failed)?;
                key
            }
            Err(error) => return Err(failed(error)),
        };
        let certificate_file = folder.join(CERTIFICATE_FILE);
        let pem = match fs::read_to_string(&certificate_file) {
            Ok(pem) => pem,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pem = authority_params().self_signed(&key)?.pem();
                write_new(&certificate_file, 0o644, &pem).map_err(failed)?;
                pem
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self {
            issuer: Issuer::new(authority_params(), key),
            pem,
        })
    }

    /// The authority's certificate, as a PEM file holds it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A new certificate and key for a server of this name.
    ///
    /// # Errors
    /// Where the name is no host name.
    pub fn certify(&self, name: &str) -> Result<CertifiedKey, CaError> {
        let key = KeyPair::generate()?;
        let certificate = server_params(name)?.signed_by(&key, &self.issuer)?;
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| CaError::Crypto(error.to_owned()))?;
        let signer = any_ecdsa_type(&private).map_err(|error| CaError::Crypto(error.to_string()))?;
        Ok(CertifiedKey::new(vec![certificate.der().clone()], signer))
    }
}

/// The authority as services see it: what it issues is valid for a time, so it needs a clock.
pub struct Issuance {
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
}

impl Issuance {
    /// Issues certificates of `authority`.
    pub fn new(authority: Arc<Authority>, clock: Arc<dyn Clock>) -> Self {
        Self { authority, clock }
    }

    fn signed(&self, key: Result<KeyPair, rcgen::Error>, names: &[String], days: u32) -> Result<Issued, AuthorityError> {
        self.try_signed(key, names, days).map_err(|error| AuthorityError {
            names: names.join(", "),
            reason: error.to_string(),
        })
    }

    fn try_signed(&self, key: Result<KeyPair, rcgen::Error>, names: &[String], days: u32) -> Result<Issued, CaError> {
        let key = key?;
        let mut params = leaf_params(names.to_vec())?;
        let now = self.clock.now();
        let moment = |at: Timestamp| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(at.secs()).unwrap_or(0));
        params.not_before = moment(now.plus_millis(-DAY));
        params.not_after = moment(now.plus_millis(i64::from(days) * DAY));
        let certificate = params.signed_by(&key, &self.authority.issuer)?;
        Ok(Issued {
            certificate_pem: certificate.pem(),
            chain_pem: self.authority.pem.clone(),
            key_pem: key.serialize_pem(),
        })
    }
}

impl tierra_core::Authority for Issuance {
    fn issue(&self, names: &[String], days: u32) -> Result<Issued, AuthorityError> {
        self.signed(KeyPair::generate(), names, days)
    }

    fn certify(&self, key_pem: &str, names: &[String], days: u32) -> Result<Issued, AuthorityError> {
        self.signed(KeyPair::from_pem(key_pem), names, days)
    }
}

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "Tierra");
    params.distinguished_name.push(DnType::CommonName, "Tierra local cloud CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(VALID_FROM, 1, 1);
    params.not_after = rcgen::date_time_ymd(VALID_UNTIL, 1, 1);
    params
}

fn server_params(name: &str) -> Result<CertificateParams, CaError> {
    let names = if name == super::tls::LOCAL_NAME {
        vec![name.to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]
    } else {
        vec![name.to_owned()]
    };
    let mut params = leaf_params(names)?;
    params.not_before = rcgen::date_time_ymd(VALID_FROM, 1, 1);
    params.not_after = rcgen::date_time_ymd(VALID_UNTIL, 1, 1);
    Ok(params)
}

/// A server's certificate, whose subject is the first of the names.
fn leaf_params(names: Vec<String>) -> Result<CertificateParams, CaError> {
    let subject = names.first().cloned().unwrap_or_default();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn write_new(file: &Path, mode: u32, content: &str) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(mode).open(file)?;
    new.write_all(content.as_bytes())?;
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_authority_is_made_once_and_its_key_is_private() {
        let folder = tempfile::tempdir().expect("folder");
        let first = Authority::open(folder.path()).expect("made").pem().to_owned();
        let again = Authority::open(folder.path()).expect("read");
        assert_eq!(first, again.pem());
        let mode = fs::metadata(folder.path().join(KEY_FILE)).expect("key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(again.certify("ec2.us-east-1.amazonaws.com").expect("leaf").cert.len(), 1);
    }

    #[test]
    fn services_get_certificates_for_a_time() {
        let folder = tempfile::tempdir().expect("folder");
        let authority = Arc::new(Authority::open(folder.path()).expect("made"));
        let clock = tierra_core::clock::SimClock::new(Timestamp::from_secs(1_800_000_000));
        let issuance = Issuance::new(Arc::clone(&authority), Arc::new(clock));
        let issue = |name: &str| tierra_core::Authority::issue(&issuance, &[name.to_owned(), "*.b.test".to_owned()], 30);
        let issued = issue("a.test").expect("issued");
        assert_eq!(issued.chain_pem, authority.pem());
        assert!(KeyPair::from_pem(&issued.key_pem).is_ok());
        assert_ne!(issue("a.test").expect("another").key_pem, issued.key_pem);
        assert!(issue("ä.test").is_err());
    }
}
