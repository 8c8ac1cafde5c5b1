//! `CreateLoadBalancerListeners`, `DeleteLoadBalancerListeners`, `SetLoadBalancerListenerSSLCertificate`, `ConfigureHealthCheck`.

use std::collections::BTreeSet;

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::on;
use crate::balancer::Balancer;
use crate::declare::operations;
use crate::elb::errors::{ElbError, configuration, invalid};
use crate::elb::limits;
use crate::elb::model::{HealthCheck, Listener, LoadBalancer, Protocol};

operations! { "elb", AwsError;
    write CreateLoadBalancerListeners(CreateInput) -> ListenersOutput = create, on |_, input, call| on(call, &input.load_balancer_name);
    write DeleteLoadBalancerListeners(DeleteInput) -> ListenersOutput = delete, on |_, input, call| on(call, &input.load_balancer_name);
    write SetLoadBalancerListenerSSLCertificate(CertificateInput) -> ListenersOutput = set_certificate,
        on |_, input, call| on(call, &input.load_balancer_name);
    write ConfigureHealthCheck(HealthCheckInput) -> HealthCheckOutput = configure_health_check,
        on |_, input, call| on(call, &input.load_balancer_name);
}

/// A listener as it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct ListenerShape {
    pub(crate) protocol: String,
    pub(crate) load_balancer_port: i32,
    pub(crate) instance_protocol: Option<String>,
    pub(crate) instance_port: i32,
    #[shape("SSLCertificateId")]
    pub(crate) ssl_certificate_id: Option<String>,
}

/// Input of [`CreateLoadBalancerListeners`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) load_balancer_name: String,
    pub(crate) listeners: Vec<ListenerShape>,
}

/// Input of [`DeleteLoadBalancerListeners`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    pub(crate) load_balancer_name: String,
    pub(crate) load_balancer_ports: Vec<i32>,
}

/// Input of [`SetLoadBalancerListenerSSLCertificate`].
#[derive(Default, Shape)]
pub struct CertificateInput {
    pub(crate) load_balancer_name: String,
    pub(crate) load_balancer_port: i32,
    #[shape("SSLCertificateId")]
    pub(crate) ssl_certificate_id: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct ListenersOutput {}

/// A health check as it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct HealthCheckShape {
    pub(crate) target: String,
    pub(crate) interval: i32,
    pub(crate) timeout: i32,
    pub(crate) unhealthy_threshold: i32,
    pub(crate) healthy_threshold: i32,
}

/// Input of [`ConfigureHealthCheck`].
#[derive(Default, Shape)]
pub struct HealthCheckInput {
    pub(crate) load_balancer_name: String,
    pub(crate) health_check: HealthCheckShape,
}

/// The health check now.
#[derive(Default, Shape)]
pub struct HealthCheckOutput {
    pub(crate) health_check: HealthCheckShape,
}

/// A listener, checked by itself.
///
/// # Errors
/// Where its protocols do not go together, a port cannot be, or a certificate is missing, unknown or needless.
pub(crate) fn checked(tx: &Tx, given: &ListenerShape) -> Result<Listener, ElbError> {
    let protocol = limits::protocol(&given.protocol)?;
    let layer7 = |protocol: Protocol| matches!(protocol, Protocol::Http | Protocol::Https);
    let fallback = if layer7(protocol) { Protocol::Http } else { Protocol::Tcp };
    let instance_protocol = given.instance_protocol.as_deref().map_or(Ok(fallback), limits::protocol)?;
    if layer7(protocol) != layer7(instance_protocol) {
        return Err(invalid(format!(
            "LoadBalancer protocol {protocol} and instance protocol {instance_protocol} must be of the same layer"
        )));
    }
    let secure = matches!(protocol, Protocol::Https | Protocol::Ssl);
    let certificate = given.ssl_certificate_id.clone().filter(|arn| !arn.is_empty());
    match &certificate {
        None if secure => return Err(configuration("SSLCertificateId is required for HTTPS and SSL listeners")),
        Some(_) if !secure => return Err(configuration("SSLCertificateId can only be specified for HTTPS and SSL listeners")),
        Some(arn) => check_certificate(tx, arn)?,
        None => {}
    }
    Ok(Listener {
        protocol,
        port: limits::port(given.load_balancer_port)?,
        instance_protocol,
        instance_port: limits::port(given.instance_port)?,
        certificate,
        policies: Vec::new(),
    })
}

fn check_certificate(tx: &Tx, arn: &str) -> Result<(), ElbError> {
    let found = crate::acm::find(tx, arn).ok().filter(|certificate| certificate.material.is_some());
    found.map(drop).ok_or_else(|| ElbError::CertificateNotFound { arn: arn.to_owned() })
}

/// Adds listeners; one that is there already as it is asked for is no matter.
///
/// # Errors
/// Where a port is taken by another, or there are too many.
pub(crate) fn add(row: &mut LoadBalancer, new: Vec<Listener>) -> Result<(), ElbError> {
    for listener in new {
        let there = row.listeners.iter().find(|other| other.port == listener.port);
        match there {
            Some(other)
                if (Listener {
                    policies: Vec::new(),
                    ..other.clone()
                }) == listener => {}
            Some(_) => {
                return Err(ElbError::DuplicateListener {
                    name: row.name.clone(),
                    port: listener.port,
                });
            }
            None => row.listeners.push(listener),
        }
    }
    if row.listeners.len() > limits::LISTENERS {
        return Err(configuration("The quota for the number of listeners has been reached"));
    }
    Ok(())
}

/// Saves a load balancer, and which certificates it uses.
pub(crate) fn save(tx: &mut Tx, row: LoadBalancer) {
    let certificates: BTreeSet<String> = row.listeners.iter().filter_map(|listener| listener.certificate.clone()).collect();
    let balancer = Balancer::named(tx, &row.place, &row.name);
    if let Some(mut balancer) = balancer.filter(|balancer| balancer.certificates != certificates) {
        balancer.certificates = certificates;
        tx.save(balancer);
    }
    tx.save(row);
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<ListenersOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let new = input.listeners.iter().map(|given| checked(tx, given)).collect::<Result<_, _>>()?;
    add(&mut row, new)?;
    save(tx, row);
    Ok(ListenersOutput {})
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<ListenersOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    row.listeners
        .retain(|listener| !input.load_balancer_ports.contains(&i32::from(listener.port)));
    save(tx, row);
    Ok(ListenersOutput {})
}

fn set_certificate(tx: &mut Tx, call: &Call, input: CertificateInput) -> Result<ListenersOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    check_certificate(tx, &input.ssl_certificate_id)?;
    let listener = of_port(&mut row, input.load_balancer_port)?;
    if listener.certificate.is_none() {
        return Err(configuration("The listener's protocol is neither HTTPS nor SSL").into());
    }
    listener.certificate = Some(input.ssl_certificate_id);
    save(tx, row);
    Ok(ListenersOutput {})
}

/// The listener of a port.
///
/// # Errors
/// Where there is none.
pub(crate) fn of_port(row: &mut LoadBalancer, port: i32) -> Result<&mut Listener, ElbError> {
    let name = row.name.clone();
    let found = row.listeners.iter_mut().find(|listener| i32::from(listener.port) == port);
    found.ok_or(ElbError::ListenerNotFound { name, port })
}

fn configure_health_check(tx: &mut Tx, call: &Call, input: HealthCheckInput) -> Result<HealthCheckOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let given = input.health_check;
    let within = |what: &str, value: i32, bounds: std::ops::RangeInclusive<i32>| {
        let wrong = || {
            invalid(format!(
                "HealthCheck {what} must be between {} and {}",
                bounds.start(),
                bounds.end()
            ))
        };
        if bounds.contains(&value) {
            Ok(value.unsigned_abs())
        } else {
            Err(wrong())
        }
    };
    let mut check = HealthCheck {
        interval: within("Interval", given.interval, 5..=300)?,
        timeout: within("Timeout", given.timeout, 2..=60)?,
        unhealthy_threshold: within("UnhealthyThreshold", given.unhealthy_threshold, 2..=10)?,
        healthy_threshold: within("HealthyThreshold", given.healthy_threshold, 2..=10)?,
        ..row.health_check
    };
    limits::target(&given.target, &mut check)?;
    if check.timeout >= check.interval {
        return Err(invalid("HealthCheck timeout must be less than interval").into());
    }
    row.health_check = check;
    let health_check = show_check(&row.health_check);
    tx.save(row);
    Ok(HealthCheckOutput { health_check })
}

/// A health check as callers see it.
pub(crate) fn show_check(check: &HealthCheck) -> HealthCheckShape {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    HealthCheckShape {
        target: check.target(),
        interval: number(check.interval),
        timeout: number(check.timeout),
        unhealthy_threshold: number(check.unhealthy_threshold),
        healthy_threshold: number(check.healthy_threshold),
    }
}
