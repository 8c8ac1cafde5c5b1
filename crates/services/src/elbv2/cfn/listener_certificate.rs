//! `AWS::ElasticLoadBalancingV2::ListenerCertificate`: certificates that a listener has beside its default.
//!
//! Its id says all that there is to say: the listener's ARN and the certificates'.

use serde_json::Value;
use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::elbv2::api::CertificateShape;
use crate::elbv2::model::Listener;
use crate::elbv2::ops::certificate::{AddListenerCertificates, CertificatesInput, RemoveListenerCertificates};
use crate::invoke;

pub(super) struct ListenerCertificateType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    listener_arn: String,
    certificates: Vec<CertificateShape>,
}

impl Properties {
    fn input(self) -> CertificatesInput {
        CertificatesInput {
            listener_arn: self.listener_arn,
            certificates: self.certificates,
        }
    }
}

/// The listener's ARN and the certificates, out of an id.
fn parts(id: &str) -> CertificatesInput {
    let mut parts = id.split('|').map(str::to_owned);
    let listener_arn = parts.next().unwrap_or_default();
    let certificates = parts.map(|certificate_arn| CertificateShape {
        certificate_arn,
        is_default: None,
    });
    CertificatesInput {
        listener_arn,
        certificates: certificates.collect(),
    }
}

impl Ec2Type for ListenerCertificateType {
    const NAME: &'static str = "AWS::ElasticLoadBalancingV2::ListenerCertificate";
    const TAGGED: bool = false;
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let arns = properties.certificates.iter().map(|one| one.certificate_arn.clone());
        let id: Vec<String> = std::iter::once(properties.listener_arn.clone()).chain(arns).collect();
        invoke::<AddListenerCertificates>(tx, call, properties.input())?;
        Ok(id.join("|"))
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let listener: Listener = tx.find(&call.place, parts(id).listener_arn)?;
        let has = |one: &CertificateShape| listener.certificates.contains(&one.certificate_arn);
        parts(id).certificates.iter().all(has).then(|| vec![("Id", Value::from(id))])
    }

    fn update(tx: &mut Tx, call: &Call, _: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        invoke::<AddListenerCertificates>(tx, call, new.input()).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        invoke::<RemoveListenerCertificates>(tx, call, parts(id))
    }
}
