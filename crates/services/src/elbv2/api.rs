//! Shapes that several operations speak.

use tierra_core::{Arn, Call, Tags, Tx};
use tierra_model::Shape;

use super::attribute::Attribute;
use super::errors::Elbv2Error;

/// Attributes to change, or all as they are.
#[derive(Default, Shape)]
pub struct AttributesOutput {
    pub attributes: Vec<Attribute>,
}

/// A certificate of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct CertificateShape {
    pub certificate_arn: String,
    pub is_default: Option<bool>,
}

/// What IAM decides on: what these ARNs name.
pub(super) fn on<'a>(arns: impl IntoIterator<Item = &'a String>) -> Vec<Arn> {
    arns.into_iter().filter_map(|arn| arn.parse().ok()).collect()
}

/// Tags as a caller gave them.
pub(super) fn tags(tags: &[tierra_core::Tag]) -> Result<Tags, Elbv2Error> {
    Ok(Tags::parse(tags)?)
}

/// The certificates that a caller names for a listener.
///
/// # Errors
/// Where one is not there or of another region.
pub(super) fn certificates(tx: &Tx, call: &Call, given: &[CertificateShape]) -> Result<Vec<String>, Elbv2Error> {
    let check = |one: &CertificateShape| {
        let found = crate::acm::find(tx, &one.certificate_arn).ok();
        found
            .filter(|certificate| certificate.place == call.place && certificate.material.is_some())
            .map(|_| one.certificate_arn.clone())
            .ok_or_else(|| Elbv2Error::CertificateNotFound {
                arn: one.certificate_arn.clone(),
            })
    };
    given.iter().map(check).collect()
}
