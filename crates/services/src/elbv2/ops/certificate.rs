//! `AddListenerCertificates`, `RemoveListenerCertificates`, `DescribeListenerCertificates`: those that SNI chooses.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use crate::balancer;
use crate::declare::operations;
use crate::elbv2::api::{CertificateShape, certificates, on};
use crate::elbv2::errors::{Elbv2Error, configuration};
use crate::elbv2::limits::CERTIFICATES_PER_LISTENER;
use crate::elbv2::model::{Listener, ListenerProtocol, LoadBalancer};

operations! { "elbv2", AwsError;
    write AddListenerCertificates(CertificatesInput) -> CertificatesOutput = add, on |_, input, _| on([&input.listener_arn]);
    write RemoveListenerCertificates(CertificatesInput) -> () = remove, on |_, input, _| on([&input.listener_arn]);
    read DescribeListenerCertificates(DescribeInput) -> CertificatesOutput = describe, on |_, input, _| on([&input.listener_arn]);
}

/// A listener and certificates.
#[derive(Default, Shape)]
pub struct CertificatesInput {
    pub(crate) listener_arn: String,
    pub(crate) certificates: Vec<CertificateShape>,
}

/// Input of [`DescribeListenerCertificates`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) listener_arn: String,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
}

/// Some certificates.
#[derive(Default, Shape)]
pub struct CertificatesOutput {
    pub(crate) certificates: Vec<CertificateShape>,
    pub(crate) next_marker: Option<String>,
}

fn add(tx: &mut Tx, call: &Call, input: CertificatesInput) -> Result<CertificatesOutput, AwsError> {
    let mut listener = Listener::require(tx, &call.place, &input.listener_arn)?;
    if listener.protocol != ListenerProtocol::Https {
        return Err(configuration("Certificates can only be added to HTTPS listeners").into());
    }
    for arn in certificates(tx, call, &input.certificates)? {
        if !listener.certificates.contains(&arn) {
            listener.certificates.push(arn);
        }
    }
    if listener.certificates.len() > CERTIFICATES_PER_LISTENER + 1 {
        return Err(Elbv2Error::TooManyCertificates.into());
    }
    let added = input.certificates.into_iter().map(|one| CertificateShape {
        is_default: Some(listener.certificates.first() == Some(&one.certificate_arn)),
        ..one
    });
    let certificates = added.collect();
    save(tx, call, listener)?;
    Ok(CertificatesOutput {
        certificates,
        next_marker: None,
    })
}

fn remove(tx: &mut Tx, call: &Call, input: CertificatesInput) -> Result<(), AwsError> {
    let mut listener = Listener::require(tx, &call.place, &input.listener_arn)?;
    let meant = |arn: &String| input.certificates.iter().any(|one| one.certificate_arn == *arn);
    if listener.certificates.first().is_some_and(meant) {
        return Err(Elbv2Error::NotPermitted {
            reason: "You cannot remove the default certificate of a listener".to_owned(),
        }
        .into());
    }
    listener.certificates.retain(|arn| !meant(arn));
    save(tx, call, listener)
}

fn save(tx: &mut Tx, call: &Call, listener: Listener) -> Result<(), AwsError> {
    let load_balancer = LoadBalancer::require(tx, &call.place, &listener.load_balancer)?;
    tx.save(listener);
    load_balancer.note_certificates(tx);
    Ok(())
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<CertificatesOutput, AwsError> {
    let listener = Listener::require(tx, &call.place, &input.listener_arn)?;
    let default = listener.certificates.first().cloned();
    let told = listener.certificates.into_iter().map(|arn| CertificateShape {
        is_default: Some(Some(&arn) == default.as_ref()),
        certificate_arn: arn,
    });
    let page = balancer::page(
        told.collect(),
        |one: &CertificateShape| one.certificate_arn.clone(),
        input.marker.as_deref(),
        input.page_size,
    )?;
    Ok(CertificatesOutput {
        certificates: page.items,
        next_marker: page.next,
    })
}
