//! What a certificate says, and whether a key is its own.

use rustls::crypto::ring::default_provider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use tierra_model::Timestamp;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::time::Time;

use super::errors::{AcmError, invalid};
use super::model::KeyAlgorithm;

/// Certificates of a chain that are read.
const CHAIN_LENGTH: usize = 16;

/// What ACM tells of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Hexadecimal octets with colons.
    pub serial: String,
    /// A distinguished name.
    pub subject: String,
    /// The distinguished name of who signed it.
    pub issuer: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub key_algorithm: KeyAlgorithm,
    /// `SHA256WITHRSA`
    pub signature_algorithm: String,
    /// The names that it is for, the subject's first.
    pub names: Vec<String>,
    /// AWS's words.
    pub key_usages: Vec<String>,
    /// AWS's words, each with its OID.
    pub extended_key_usages: Vec<(String, String)>,
}

/// Reads a PEM certificate.
///
/// # Errors
/// Where it is none, there are several, or it is of a kind that ACM does not take.
pub(super) fn read(pem: &str) -> Result<Facts, AcmError> {
    let parsed = parse(pem, "certificate")?;
    let [certificate] = parsed.as_slice() else {
        return Err(invalid(
            "The certificate field contains more than one certificate. You can specify only one certificate in this field.",
        ));
    };
    facts(certificate).ok_or_else(|| unreadable("certificate"))
}

/// Checks that a chain's first certificate is who signed `certificate`, by name.
///
/// # Errors
/// Where it is not, or is no chain.
pub(super) fn check_chain(certificate: &Facts, chain: &str) -> Result<(), AcmError> {
    let parsed = parse(chain, "certificate chain")?;
    let signed = parsed
        .first()
        .is_some_and(|first| first.tbs_certificate.subject.to_string() == certificate.issuer);
    if signed && parsed.len() <= CHAIN_LENGTH {
        return Ok(());
    }
    Err(invalid("Could not validate the certificate with the certificate chain."))
}

/// Checks that a private key is a certificate's own.
///
/// # Errors
/// Where it is not, or is encrypted or no key.
pub(super) fn check_key(certificate: &str, key: &str) -> Result<(), AcmError> {
    if key.contains("ENCRYPTED") {
        return Err(invalid(
            "The private key is encrypted. You must specify an unencrypted private key.",
        ));
    }
    let key =
        PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| invalid("The private key is not in PEM format or is not supported."))?;
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|_| unreadable("certificate"))?;
    CertifiedKey::from_der(vec![certificate], key, &default_provider())
        .map(drop)
        .map_err(|_| invalid("The provided private key does not match the public key of the certificate, or is not supported."))
}

fn unreadable(what: &str) -> AcmError {
    invalid(format!("Unable to parse {what}. Please ensure the {what} is in PEM format."))
}

fn parse(pem: &str, what: &str) -> Result<Vec<x509_cert::Certificate>, AcmError> {
    let parsed = x509_cert::Certificate::load_pem_chain(pem.trim_start().as_bytes()).map_err(|_| unreadable(what))?;
    if parsed.is_empty() { Err(unreadable(what)) } else { Ok(parsed) }
}

fn facts(certificate: &x509_cert::Certificate) -> Option<Facts> {
    let body = &certificate.tbs_certificate;
    let serial = body.serial_number.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    Some(Facts {
        serial: serial.collect::<Vec<_>>().join(":"),
        subject: body.subject.to_string(),
        issuer: body.issuer.to_string(),
        not_before: moment(&body.validity.not_before),
        not_after: moment(&body.validity.not_after),
        key_algorithm: key_algorithm(certificate)?,
        signature_algorithm: signature_algorithm(certificate.signature_algorithm.oid),
        names: names(certificate),
        key_usages: key_usages(certificate),
        extended_key_usages: extended_key_usages(certificate),
    })
}

fn moment(time: &Time) -> Timestamp {
    let seconds = time.to_unix_duration().as_secs();
    Timestamp::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX / 1000))
}

fn key_algorithm(certificate: &x509_cert::Certificate) -> Option<KeyAlgorithm> {
    const RSA: &str = "1.2.840.113549.1.1.1";
    let key = &certificate.tbs_certificate.subject_public_key_info;
    if key.algorithm.oid.to_string() == RSA {
        // The modulus is nearly all of the key's encoding.
        return Some(match key.subject_public_key.raw_bytes().len() {
            ..200 => KeyAlgorithm::Rsa1024,
            200..300 => KeyAlgorithm::Rsa2048,
            300..450 => KeyAlgorithm::Rsa3072,
            _ => KeyAlgorithm::Rsa4096,
        });
    }
    let curve = key.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()?;
    match curve.to_string().as_str() {
        "1.2.840.10045.3.1.7" => Some(KeyAlgorithm::P256),
        "1.3.132.0.34" => Some(KeyAlgorithm::P384),
        "1.3.132.0.35" => Some(KeyAlgorithm::P521),
        _ => None,
    }
}

fn signature_algorithm(oid: ObjectIdentifier) -> String {
    let text = oid.to_string();
    let word = match text.as_str() {
        "1.2.840.113549.1.1.5" => "SHA1WITHRSA",
        "1.2.840.113549.1.1.11" => "SHA256WITHRSA",
        "1.2.840.113549.1.1.12" => "SHA384WITHRSA",
        "1.2.840.113549.1.1.13" => "SHA512WITHRSA",
        "1.2.840.10045.4.3.2" => "SHA256WITHECDSA",
        "1.2.840.10045.4.3.3" => "SHA384WITHECDSA",
        "1.2.840.10045.4.3.4" => "SHA512WITHECDSA",
        other => other,
    };
    word.to_owned()
}

/// The subject's common name first, then the alternative names.
fn names(certificate: &x509_cert::Certificate) -> Vec<String> {
    let body = &certificate.tbs_certificate;
    let subject = body.subject.to_string();
    let common = subject
        .split([',', '+'])
        .find_map(|part| part.trim().strip_prefix("CN=").map(str::to_owned));
    let alternative = body
        .get::<SubjectAltName>()
        .ok()
        .flatten()
        .map(|(_, names)| names.0)
        .unwrap_or_default();
    let alternative = alternative.into_iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        _ => None,
    });
    let mut names: Vec<String> = common.into_iter().collect();
    for name in alternative {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn key_usages(certificate: &x509_cert::Certificate) -> Vec<String> {
    let Ok(Some((_, usage))) = certificate.tbs_certificate.get::<KeyUsage>() else {
        return Vec::new();
    };
    let words = usage.0.into_iter().map(|one| match one {
        KeyUsages::DigitalSignature => "DIGITAL_SIGNATURE",
        KeyUsages::NonRepudiation => "NON_REPUDIATION",
        KeyUsages::KeyEncipherment => "KEY_ENCIPHERMENT",
        KeyUsages::DataEncipherment => "DATA_ENCIPHERMENT",
        KeyUsages::KeyAgreement => "KEY_AGREEMENT",
        KeyUsages::KeyCertSign => "CERTIFICATE_SIGNING",
        KeyUsages::CRLSign => "CRL_SIGNING",
        KeyUsages::EncipherOnly => "ENCIPHER_ONLY",
        KeyUsages::DecipherOnly => "DECIPHER_ONLY",
    });
    words.map(str::to_owned).collect()
}

fn extended_key_usages(certificate: &x509_cert::Certificate) -> Vec<(String, String)> {
    let Ok(Some((_, usage))) = certificate.tbs_certificate.get::<ExtendedKeyUsage>() else {
        return Vec::new();
    };
    let named = usage.0.into_iter().map(|oid| {
        let oid = oid.to_string();
        let word = match oid.as_str() {
            "1.3.6.1.5.5.7.3.1" => "TLS_WEB_SERVER_AUTHENTICATION",
            "1.3.6.1.5.5.7.3.2" => "TLS_WEB_CLIENT_AUTHENTICATION",
            "1.3.6.1.5.5.7.3.3" => "CODE_SIGNING",
            "1.3.6.1.5.5.7.3.4" => "EMAIL_PROTECTION",
            "1.3.6.1.5.5.7.3.8" => "TIME_STAMPING",
            "1.3.6.1.5.5.7.3.9" => "OCSP_SIGNING",
            _ => "CUSTOM",
        };
        (word.to_owned(), oid)
    });
    named.collect()
}
