//! `RequestCertificate`.

use tierra_core::{Call, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::acm::errors::{AcmError, invalid};
use crate::acm::model::{Certificate, KeyAlgorithm, Origin, Preference, Request, ValidationMethod};
use crate::declare::{anything, operations};

/// Names of one certificate, as ACM's quotas have it where nobody asked for more.
const NAMES: usize = 10;

operations! { "acm", AcmError;
    write RequestCertificate(RequestInput) -> RequestOutput = request, on anything;
}

/// Input of [`RequestCertificate`].
#[derive(Default, Shape)]
pub struct RequestInput {
    pub(crate) domain_name: String,
    pub(crate) validation_method: Option<ValidationMethod>,
    pub(crate) subject_alternative_names: Vec<String>,
    pub(crate) idempotency_token: Option<String>,
    pub(crate) domain_validation_options: Vec<DomainValidationOption>,
    pub(crate) options: Option<Options>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) key_algorithm: Option<KeyAlgorithm>,
}

/// Where mail about a domain would go.
#[derive(Clone, Default, Shape)]
pub struct DomainValidationOption {
    pub(crate) domain_name: String,
    pub(crate) validation_domain: String,
}

/// What else is wished for.
#[derive(Clone, Default, Shape)]
pub struct Options {
    pub(crate) certificate_transparency_logging_preference: Option<Preference>,
}

/// The certificate.
#[derive(Default, Shape)]
pub struct RequestOutput {
    pub(crate) certificate_arn: String,
}

fn request(tx: &mut Tx, call: &Call, input: RequestInput) -> Result<RequestOutput, AcmError> {
    let tags = Tags::parse(&input.tags)?;
    let request = checked(input)?;
    if let Some(earlier) = earlier(tx, call, &request) {
        return Ok(RequestOutput {
            certificate_arn: earlier.arn().to_string(),
        });
    }
    let certificate = Certificate {
        place: call.place.clone(),
        id: call.ids.uuid(),
        origin: Origin::Requested(request),
        created: call.now,
        material: None,
        failure: None,
        tags,
    };
    let certificate_arn = certificate.arn().to_string();
    tx.save(certificate);
    Ok(RequestOutput { certificate_arn })
}

/// The certificate that the same request made within the hour.
fn earlier(tx: &Tx, call: &Call, request: &Request) -> Option<Certificate> {
    const HOUR: i64 = 60 * 60 * 1000;
    let made: Vec<Certificate> = tx.by_index(&call.place, "token", request.token.as_ref()?);
    let same = |one: &Certificate| one.origin == Origin::Requested(request.clone()) && one.created.plus_millis(HOUR) > call.now;
    made.into_iter().find(same)
}

fn checked(input: RequestInput) -> Result<Request, AcmError> {
    let mut names = vec![input.domain_name.clone()];
    for name in input.subject_alternative_names {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > NAMES {
        return Err(AcmError::Limit {
            reason: format!("The request includes more domain names than the {NAMES} that a certificate may have."),
        });
    }
    names.iter().try_for_each(|name| check_name(name))?;
    for option in &input.domain_validation_options {
        if !names.contains(&option.domain_name) || !option.domain_name.ends_with(&option.validation_domain) {
            return Err(AcmError::ValidationDomain {
                domain: option.domain_name.clone(),
            });
        }
    }
    let options = input.options.unwrap_or_default();
    Ok(Request {
        domain: input.domain_name,
        names,
        key_algorithm: key_algorithm(input.key_algorithm)?,
        validation_method: input.validation_method.unwrap_or_default(),
        transparency: options.certificate_transparency_logging_preference.unwrap_or_default(),
        token: input.idempotency_token,
    })
}

/// The authority signs keys of these two kinds.
fn key_algorithm(asked: Option<KeyAlgorithm>) -> Result<KeyAlgorithm, AcmError> {
    match asked.unwrap_or_default() {
        algorithm @ (KeyAlgorithm::Rsa2048 | KeyAlgorithm::P256) => Ok(algorithm),
        other => Err(AcmError::Parameter {
            reason: format!("Key algorithm {other} is not supported for requested certificates; use RSA_2048 or EC_prime256v1."),
        }),
    }
}

fn check_name(name: &str) -> Result<(), AcmError> {
    let bare = name.strip_prefix("*.").unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && bare.contains('.') && bare.split('.').all(label) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(\\*\\.)?(((?!-)[A-Za-z0-9-]{{0,62}}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{{1,62}}[A-Za-z0-9])$"
    )))
}
