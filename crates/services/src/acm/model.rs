//! A certificate as the store keeps it, and AWS's word for the state that it is in.
//!
//! **Invariant**: operations write `spec`, the reconciler and an import write `material`; [`Certificate::status`] is computed.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tags, Tx};
use tierra_model::{Timestamp, text_enum};

use super::errors::AcmError;
use super::x509::Facts;
use crate::iam::bootstrap;
use crate::iam::seal::Sealed;

/// A certificate: brought, or asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub place: Place,
    /// A UUID.
    pub id: String,
    pub origin: Origin,
    pub created: Timestamp,
    /// The certificate itself, once there is one.
    pub material: Option<Material>,
    /// Why it cannot be issued, for people.
    pub failure: Option<String>,
    pub tags: Tags,
}

/// Where a certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A caller brought it.
    Imported,
    /// The cloud's authority issues it.
    Requested(Request),
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its subject.
    pub domain: String,
    /// Every name, the subject among them.
    pub names: Vec<String>,
    pub key_algorithm: KeyAlgorithm,
    pub validation_method: ValidationMethod,
    pub transparency: Preference,
    /// What its caller said, so that a request that is tried again makes no second one.
    pub token: Option<String>,
}

/// A certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// The certificate, PEM.
    pub certificate: String,
    /// What it was signed by, PEM.
    pub chain: Option<String>,
    /// The private key, PEM, sealed for the certificate's ARN.
    pub key: Sealed,
    /// What the certificate says.
    pub facts: Facts,
    /// When it was issued or imported.
    pub since: Timestamp,
}

text_enum! {
    /// How a certificate's key is made.
    pub enum KeyAlgorithm {
        Rsa2048 = "RSA_2048",
        Rsa1024 = "RSA_1024",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
        P256 = "EC_prime256v1",
        P384 = "EC_secp384r1",
        P521 = "EC_secp521r1",
    }
}

text_enum! {
    /// How a caller would show that a domain is theirs.
    pub enum ValidationMethod { Email = "EMAIL", Dns = "DNS", Http = "HTTP" }
}

text_enum! {
    /// Whether something is wanted.
    pub enum Preference { Enabled = "ENABLED", Disabled = "DISABLED" }
}

text_enum! {
    /// AWS's word for where a certificate is in its life.
    pub enum Status {
        PendingValidation = "PENDING_VALIDATION",
        Issued = "ISSUED",
        Inactive = "INACTIVE",
        Expired = "EXPIRED",
        ValidationTimedOut = "VALIDATION_TIMED_OUT",
        Revoked = "REVOKED",
        Failed = "FAILED",
    }
}

impl Certificate {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        arn(&self.place, &self.id)
    }

    /// AWS's word for its state at this moment.
    pub fn status(&self, now: Timestamp) -> Status {
        match (&self.material, &self.failure) {
            (Some(material), _) if material.facts.not_after <= now => Status::Expired,
            (Some(_), _) => Status::Issued,
            (None, Some(_)) => Status::Failed,
            (None, None) => Status::PendingValidation,
        }
    }

    /// Its subject.
    pub fn domain(&self) -> &str {
        match (&self.origin, &self.material) {
            (Origin::Requested(request), _) => &request.domain,
            (Origin::Imported, Some(material)) => material.facts.names.first().map_or("", String::as_str),
            (Origin::Imported, None) => "",
        }
    }

    /// Every name that it is for.
    pub fn names(&self) -> &[String] {
        match (&self.origin, &self.material) {
            (Origin::Requested(request), _) => &request.names,
            (Origin::Imported, Some(material)) => &material.facts.names,
            (Origin::Imported, None) => &[],
        }
    }

    /// The certificate of this ARN.
    ///
    /// # Errors
    /// Where there is none, or it is no certificate's ARN.
    pub fn of_arn(tx: &Tx, text: &str) -> Result<Self, AcmError> {
        let wrong = || AcmError::Arn { arn: text.to_owned() };
        let arn: Arn = text.parse().map_err(|_| wrong())?;
        let id = arn
            .resource
            .strip_prefix("certificate/")
            .filter(|_| arn.service == "acm")
            .ok_or_else(wrong)?;
        let place = Place {
            account: arn.account.clone(),
            region: arn.region.clone(),
        };
        tx.find(&place, id).ok_or_else(|| AcmError::NotFound { arn: text.to_owned() })
    }
}

/// The ARN of a certificate.
pub fn arn(place: &Place, id: &str) -> Arn {
    Arn::regional("acm", place, format!("certificate/{id}"))
}

/// A certificate's own text and key, opened: the certificate, its chain, the key.
///
/// # Errors
/// Where it is not issued yet, or its key does not open.
pub fn material(tx: &Tx, certificate: &Certificate) -> Result<(String, String, String), AcmError> {
    let arn = certificate.arn().to_string();
    let material = certificate
        .material
        .as_ref()
        .ok_or_else(|| AcmError::InProgress { arn: arn.clone() })?;
    let cloud = bootstrap::cloud(tx).ok_or(AcmError::Internal)?;
    let key = cloud.key.open(&arn, &material.key.0).ok_or(AcmError::Internal)?;
    Ok((material.certificate.clone(), material.chain.clone().unwrap_or_default(), key))
}

/// Seals a private key for a certificate.
pub(super) fn seal(tx: &Tx, arn: &Arn, key: &str) -> Result<Sealed, AcmError> {
    let cloud = bootstrap::cloud(tx).ok_or(AcmError::Internal)?;
    Ok(cloud.key.seal(&arn.to_string(), key))
}

impl Resource for Certificate {
    const KIND: &'static str = "acm/certificate";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        match &self.origin {
            Origin::Requested(Request { token: Some(token), .. }) => vec![("token", token.clone())],
            _ => Vec::new(),
        }
    }
}

/// The ARNs of what uses a certificate.
pub fn users(tx: &Tx, certificate: &Certificate) -> Vec<String> {
    crate::balancer::using_certificate(tx, &certificate.place, &certificate.arn().to_string())
}
