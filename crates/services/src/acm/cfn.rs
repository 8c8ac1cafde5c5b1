//! `AWS::CertificateManager::Certificate`. Follows the CloudFormation page of that name.

use serde_json::Value;
use tierra_core::resource_type::Progress;
use tierra_core::{AwsError, Call, Registry, Tags, Tx};
use tierra_model::Shape;

use super::model::{Certificate, KeyAlgorithm, Preference, Status, ValidationMethod};
use super::ops::delete::DeleteCertificate;
use super::ops::describe::CertificateInput;
use super::ops::request::{DomainValidationOption, Options, RequestCertificate, RequestInput};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::invoke;

struct CertificateType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    domain_name: String,
    subject_alternative_names: Vec<String>,
    validation_method: Option<ValidationMethod>,
    domain_validation_options: Vec<ValidationOption>,
    certificate_transparency_logging_preference: Option<Preference>,
    key_algorithm: Option<KeyAlgorithm>,
}

/// How a domain is to be validated. The hosted zone is where AWS would put a record of its own; nothing waits for one here.
#[derive(Default, Shape)]
pub struct ValidationOption {
    domain_name: String,
    validation_domain: Option<String>,
    hosted_zone_id: Option<String>,
}

/// Declares the type.
pub(super) fn register(registry: &mut Registry) {
    registry.resource_type(Type::<CertificateType>::default());
}

impl Ec2Type for CertificateType {
    const NAME: &'static str = "AWS::CertificateManager::Certificate";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let options = properties.domain_validation_options.into_iter();
        let with_domain = options.filter_map(|option| {
            Some(DomainValidationOption {
                validation_domain: option.validation_domain?,
                domain_name: option.domain_name,
            })
        });
        let input = RequestInput {
            domain_name: properties.domain_name,
            subject_alternative_names: properties.subject_alternative_names,
            validation_method: properties.validation_method,
            domain_validation_options: with_domain.collect(),
            options: Some(Options {
                certificate_transparency_logging_preference: properties.certificate_transparency_logging_preference,
            }),
            key_algorithm: properties.key_algorithm,
            ..RequestInput::default()
        };
        Ok(invoke::<RequestCertificate>(tx, call, input)?.certificate_arn)
    }

    fn values(tx: &Tx, _: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let certificate = Certificate::of_arn(tx, id).ok()?;
        Some(vec![("Id", certificate.arn().to_string().into())])
    }

    fn progress(tx: &Tx, call: &Call, id: &str) -> Progress {
        let Ok(certificate) = Certificate::of_arn(tx, id) else {
            return Progress::Gone;
        };
        match certificate.status(call.now) {
            Status::PendingValidation => Progress::Working,
            Status::Failed => Progress::Failed(certificate.failure.unwrap_or_default()),
            _ => Progress::Ready,
        }
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = CertificateInput {
            certificate_arn: id.to_owned(),
        };
        invoke::<DeleteCertificate>(tx, call, input)
    }

    fn set_tags(tx: &mut Tx, _: &Call, id: &str, tags: Tags) {
        if let Ok(mut certificate) = Certificate::of_arn(tx, id) {
            certificate.tags = tags;
            tx.save(certificate);
        }
    }
}
