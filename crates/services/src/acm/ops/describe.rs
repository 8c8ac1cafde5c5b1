//! `DescribeCertificate`, `GetCertificate`.

use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::on;
use super::request::Options;
use crate::acm::errors::AcmError;
use crate::acm::model::{self, Certificate, KeyAlgorithm, Origin, Request, Status, ValidationMethod};
use crate::acm::x509::Facts;
use crate::declare::operations;

operations! { "acm", AcmError;
    read DescribeCertificate(CertificateInput) -> DescribeOutput = describe, on |_, input, _| on(&input.certificate_arn);
    read GetCertificate(CertificateInput) -> GetOutput = get, on |_, input, _| on(&input.certificate_arn);
}

/// Names a certificate.
#[derive(Default, Shape)]
pub struct CertificateInput {
    pub(crate) certificate_arn: String,
}

/// Output of [`DescribeCertificate`].
#[derive(Default, Shape)]
pub struct DescribeOutput {
    pub(crate) certificate: CertificateDetail,
}

/// All that is told of a certificate.
#[derive(Clone, Default, Shape)]
pub struct CertificateDetail {
    pub(crate) certificate_arn: String,
    pub(crate) domain_name: String,
    pub(crate) subject_alternative_names: Vec<String>,
    pub(crate) domain_validation_options: Option<Vec<DomainValidation>>,
    pub(crate) serial: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) issued_at: Option<Timestamp>,
    pub(crate) imported_at: Option<Timestamp>,
    pub(crate) status: Status,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Option<Timestamp>,
    pub(crate) key_algorithm: KeyAlgorithm,
    pub(crate) signature_algorithm: Option<String>,
    pub(crate) in_use_by: Vec<String>,
    pub(crate) failure_reason: Option<String>,
    #[shape("Type")]
    pub(crate) kind: String,
    pub(crate) key_usages: Vec<KeyUsageName>,
    pub(crate) extended_key_usages: Vec<ExtendedKeyUsageName>,
    pub(crate) renewal_eligibility: String,
    pub(crate) options: Option<Options>,
}

/// How a domain is shown to be the caller's.
#[derive(Clone, Default, Shape)]
pub struct DomainValidation {
    domain_name: String,
    validation_domain: String,
    validation_status: String,
    validation_method: ValidationMethod,
    resource_record: Option<ResourceRecord>,
}

/// The DNS record that would show it.
#[derive(Clone, Default, Shape)]
pub struct ResourceRecord {
    pub(crate) name: String,
    #[shape("Type")]
    kind: String,
    value: String,
}

/// What a key may be used for.
#[derive(Clone, Default, Shape)]
pub struct KeyUsageName {
    pub(crate) name: String,
}

/// What a certificate may be used for.
#[derive(Clone, Default, Shape)]
pub struct ExtendedKeyUsageName {
    pub(crate) name: String,
    #[shape("OID")]
    oid: String,
}

/// Output of [`GetCertificate`].
#[derive(Default, Shape)]
pub struct GetOutput {
    pub(crate) certificate: String,
    pub(crate) certificate_chain: Option<String>,
}

fn describe(tx: &mut Tx, call: &Call, input: CertificateInput) -> Result<DescribeOutput, AcmError> {
    let certificate = Certificate::of_arn(tx, &input.certificate_arn)?;
    Ok(DescribeOutput {
        certificate: show(tx, &certificate, call.now),
    })
}

fn get(tx: &mut Tx, _: &Call, input: CertificateInput) -> Result<GetOutput, AcmError> {
    let certificate = Certificate::of_arn(tx, &input.certificate_arn)?;
    let material = certificate.material.ok_or(AcmError::InProgress {
        arn: input.certificate_arn,
    })?;
    Ok(GetOutput {
        certificate: material.certificate,
        certificate_chain: material.chain,
    })
}

/// A certificate as callers see it.
pub(super) fn show(tx: &Tx, certificate: &Certificate, now: Timestamp) -> CertificateDetail {
    let material = certificate.material.as_ref();
    let facts = material.map(|material| &material.facts);
    let mut detail = CertificateDetail {
        certificate_arn: certificate.arn().to_string(),
        domain_name: certificate.domain().to_owned(),
        subject_alternative_names: certificate.names().to_vec(),
        created_at: Some(certificate.created),
        status: certificate.status(now),
        in_use_by: model::users(tx, certificate),
        failure_reason: certificate.failure.as_ref().map(|_| "OTHER".to_owned()),
        renewal_eligibility: "INELIGIBLE".to_owned(),
        ..CertificateDetail::default()
    };
    facts.into_iter().for_each(|facts| tell_facts(&mut detail, facts));
    match &certificate.origin {
        Origin::Imported => {
            detail.kind = "IMPORTED".to_owned();
            detail.imported_at = material.map(|material| material.since);
        }
        Origin::Requested(request) => {
            tell_request(&mut detail, request);
            detail.issued_at = material.map(|material| material.since);
        }
    }
    detail
}

fn tell_facts(detail: &mut CertificateDetail, facts: &Facts) {
    detail.serial = Some(facts.serial.clone());
    detail.subject = Some(facts.subject.clone());
    detail.issuer = Some(facts.issuer.clone());
    detail.not_before = Some(facts.not_before);
    detail.not_after = Some(facts.not_after);
    detail.key_algorithm = facts.key_algorithm;
    detail.signature_algorithm = Some(facts.signature_algorithm.clone());
    let usages = facts.key_usages.iter().cloned();
    detail.key_usages = usages.map(|name| KeyUsageName { name }).collect();
    let usages = facts.extended_key_usages.iter().cloned();
    detail.extended_key_usages = usages.map(|(name, oid)| ExtendedKeyUsageName { name, oid }).collect();
}

fn tell_request(detail: &mut CertificateDetail, request: &Request) {
    detail.kind = "AMAZON_ISSUED".to_owned();
    detail.key_algorithm = request.key_algorithm;
    detail.options = Some(Options {
        certificate_transparency_logging_preference: Some(request.transparency),
    });
    if detail.status == Status::Issued {
        detail.renewal_eligibility = "ELIGIBLE".to_owned();
    }
    let status = if detail.status == Status::PendingValidation {
        "PENDING_VALIDATION"
    } else {
        "SUCCESS"
    };
    let domain = |name: &String| DomainValidation {
        domain_name: name.clone(),
        validation_domain: name.clone(),
        validation_status: status.to_owned(),
        validation_method: request.validation_method,
        resource_record: (request.validation_method == ValidationMethod::Dns).then(|| record(&detail.certificate_arn, name)),
    };
    detail.domain_validation_options = Some(request.names.iter().map(domain).collect());
}

/// A record like AWS's: clients that make it may, and nothing waits for it. A wildcard is shown by the same one as its domain.
fn record(arn: &str, name: &str) -> ResourceRecord {
    use sha2::{Digest, Sha256};
    let bare = name.strip_prefix("*.").unwrap_or(name);
    let digest = hex::encode(Sha256::digest(format!("{arn}/{bare}")));
    ResourceRecord {
        name: format!("_{}.{bare}.", &digest[..32]),
        kind: "CNAME".to_owned(),
        value: format!("_{}.acm-validations.aws.", &digest[32..]),
    }
}
