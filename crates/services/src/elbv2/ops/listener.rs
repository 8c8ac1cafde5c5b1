//! `CreateListener`, `DescribeListeners`, `ModifyListener`, `DeleteListener`.

use tierra_core::{AwsError, Call, Key, Place, Tag, Tx};
use tierra_model::Shape;

use super::account;
use crate::balancer;
use crate::declare::operations;
use crate::elbv2::action::{self, Action};
use crate::elbv2::api::{CertificateShape, certificates, on, tags};
use crate::elbv2::attribute::Attributes;
use crate::elbv2::errors::{Elbv2Error, configuration, invalid};
use crate::elbv2::limits;
use crate::elbv2::model::{ID_DIGITS, Listener, ListenerProtocol, LoadBalancer, Rule, Target, TargetGroup, arn};

operations! { "elbv2", AwsError;
    write CreateListener(CreateInput) -> ListenersOutput = create, on |_, input, _| on([&input.load_balancer_arn]);
    read DescribeListeners(DescribeInput) -> ListenersOutput = describe, on |_, input, _| on(&input.listener_arns);
    write ModifyListener(ModifyInput) -> ListenersOutput = modify, on |_, input, _| on([&input.listener_arn]);
    write DeleteListener(ListenerInput) -> () = delete, on |_, input, _| on([&input.listener_arn]);
}

/// Input of [`CreateListener`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) load_balancer_arn: String,
    pub(crate) protocol: Option<String>,
    pub(crate) port: Option<i32>,
    pub(crate) ssl_policy: Option<String>,
    pub(crate) certificates: Vec<CertificateShape>,
    pub(crate) default_actions: Vec<Action>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) mutual_authentication: Option<MutualAuthentication>,
}

/// Whether clients show certificates: they do not here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct MutualAuthentication {
    pub(crate) mode: String,
}

/// Some listeners.
#[derive(Default, Shape)]
pub struct ListenersOutput {
    pub(crate) listeners: Vec<ListenerShape>,
    pub(crate) next_marker: Option<String>,
}

/// A listener as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct ListenerShape {
    pub(crate) listener_arn: String,
    load_balancer_arn: String,
    port: i32,
    protocol: ListenerProtocol,
    certificates: Option<Vec<CertificateShape>>,
    ssl_policy: Option<String>,
    pub(crate) default_actions: Vec<Action>,
    mutual_authentication: Option<MutualAuthentication>,
}

/// Input of [`DescribeListeners`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) load_balancer_arn: Option<String>,
    pub(crate) listener_arns: Vec<String>,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
}

/// Input of [`ModifyListener`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    pub(crate) listener_arn: String,
    pub(crate) port: Option<i32>,
    pub(crate) protocol: Option<String>,
    pub(crate) ssl_policy: Option<String>,
    pub(crate) certificates: Vec<CertificateShape>,
    pub(crate) default_actions: Vec<Action>,
    pub(crate) mutual_authentication: Option<MutualAuthentication>,
}

/// Names a listener.
#[derive(Default, Shape)]
pub struct ListenerInput {
    pub(crate) listener_arn: String,
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<ListenersOutput, AwsError> {
    let load_balancer = LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?;
    if load_balancer.listeners(tx).len() >= limits::LISTENERS {
        return Err(Elbv2Error::TooManyListeners.into());
    }
    let new = Listener {
        place: call.place.clone(),
        arn: arn(
            &call.place,
            format!("listener/{}/{}", load_balancer.full_name(), call.ids.hex(ID_DIGITS)),
        ),
        load_balancer: load_balancer.arn.clone(),
        port: 0,
        protocol: ListenerProtocol::Http,
        ssl_policy: None,
        certificates: Vec::new(),
        actions: Vec::new(),
        default_rule: call.ids.hex(ID_DIGITS),
        attributes: Attributes::default(),
        tags: tags(&input.tags)?,
    };
    if input.port.is_none() || input.protocol.is_none() {
        return Err(invalid("A port and a protocol must be specified").into());
    }
    let changes = ModifyInput {
        listener_arn: String::new(),
        port: input.port,
        protocol: input.protocol,
        ssl_policy: input.ssl_policy,
        certificates: input.certificates,
        default_actions: input.default_actions,
        mutual_authentication: input.mutual_authentication,
    };
    if changes.default_actions.is_empty() {
        return Err(invalid("At least one action must be specified").into());
    }
    put(tx, call, &load_balancer, new, changes)
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<ListenersOutput, AwsError> {
    let listener = Listener::require(tx, &call.place, &input.listener_arn)?;
    let load_balancer = LoadBalancer::require(tx, &call.place, &listener.load_balancer)?;
    put(tx, call, &load_balancer, listener, input)
}

/// A listener with what the caller says, checked as a whole.
fn put(tx: &mut Tx, call: &Call, load_balancer: &LoadBalancer, old: Listener, input: ModifyInput) -> Result<ListenersOutput, AwsError> {
    let before = old.actions.iter().flat_map(Action::target_groups).collect::<Vec<_>>();
    let listener = changed(tx, call, load_balancer, old, input)?;
    let others = load_balancer.listeners(tx);
    if others.iter().any(|other| other.port == listener.port && other.arn != listener.arn) {
        return Err(Elbv2Error::DuplicateListener.into());
    }
    tx.save(listener.clone());
    load_balancer.note_certificates(tx);
    release(tx, &call.place, &before);
    Ok(ListenersOutput {
        listeners: vec![show(&listener)],
        next_marker: None,
    })
}

fn changed(tx: &Tx, call: &Call, load_balancer: &LoadBalancer, mut listener: Listener, input: ModifyInput) -> Result<Listener, Elbv2Error> {
    if input.mutual_authentication.is_some_and(|mutual| mutual.mode != "off") {
        return Err(configuration(
            "Mutual authentication is not supported here; its mode can only be 'off'",
        ));
    }
    if let Some(port) = input.port {
        listener.port = limits::port(port)?;
    }
    if let Some(text) = input.protocol {
        listener.protocol = text.parse().map_err(|_| Elbv2Error::UnsupportedProtocol { protocol: text })?;
    }
    if !input.default_actions.is_empty() {
        listener.actions = action::checked(tx, &call.place, &load_balancer.balancer(tx)?, input.default_actions)?;
    }
    if let [certificate, rest @ ..] = certificates(tx, call, &input.certificates)?.as_slice() {
        if !rest.is_empty() {
            return Err(Elbv2Error::TooManyCertificates);
        }
        listener.certificates.retain(|other| other != certificate);
        let others = listener.certificates.drain(..).skip(1).collect::<Vec<_>>();
        listener.certificates = std::iter::once(certificate.clone()).chain(others).collect();
    }
    tls(listener, input.ssl_policy)
}

/// What HTTPS needs, and HTTP must not have.
fn tls(mut listener: Listener, policy: Option<String>) -> Result<Listener, Elbv2Error> {
    if listener.protocol == ListenerProtocol::Http {
        if policy.is_some() {
            return Err(configuration("You cannot specify an SSL policy for an HTTP listener"));
        }
        listener.ssl_policy = None;
        listener.certificates.clear();
        return Ok(listener);
    }
    if listener.certificates.is_empty() {
        return Err(invalid("A certificate must be specified for HTTPS listeners"));
    }
    let policy = policy
        .or(listener.ssl_policy.take())
        .unwrap_or_else(|| account::DEFAULT_POLICY.to_owned());
    account::check_policy(&policy)?;
    listener.ssl_policy = Some(policy);
    Ok(listener)
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<ListenersOutput, AwsError> {
    let rows = match &input.load_balancer_arn {
        Some(arn) => LoadBalancer::require(tx, &call.place, arn)?.listeners(tx),
        None if input.listener_arns.is_empty() => {
            return Err(invalid("You must specify either listener ARNs or a load balancer ARN").into());
        }
        None => {
            let found = input.listener_arns.iter().map(|arn| Listener::require(tx, &call.place, arn));
            found.collect::<Result<_, _>>()?
        }
    };
    let page = balancer::page(rows, |row| row.arn.clone(), input.marker.as_deref(), input.page_size)?;
    Ok(ListenersOutput {
        listeners: page.items.iter().map(show).collect(),
        next_marker: page.next,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: ListenerInput) -> Result<(), AwsError> {
    let listener = Listener::require(tx, &call.place, &input.listener_arn)?;
    remove(tx, &listener);
    LoadBalancer::require(tx, &call.place, &listener.load_balancer)?.note_certificates(tx);
    Ok(())
}

/// Takes a listener away, with its rules.
pub(super) fn remove(tx: &mut Tx, listener: &Listener) {
    let mut groups: Vec<String> = listener.actions.iter().flat_map(Action::target_groups).collect();
    for rule in listener.rules(tx) {
        groups.extend(rule.actions.iter().flat_map(Action::target_groups));
        tx.delete(&Key::<Rule>::new(&rule.place, &rule.arn));
    }
    tx.delete(&Key::<Listener>::new(&listener.place, &listener.arn));
    release(tx, &listener.place, &groups);
}

/// Of target groups that serve no load balancer any more, ends the targets that were only let finish.
pub(super) fn release(tx: &mut Tx, place: &Place, groups: &[String]) {
    let idle = groups.iter().filter_map(|arn| tx.find::<TargetGroup>(place, arn));
    let idle = idle.filter(|group| group.load_balancer_arn(tx).is_none());
    let finished: Vec<Target> = idle
        .flat_map(|group| group.targets(tx))
        .filter(|target| target.leaving.is_some())
        .collect();
    for target in finished {
        tx.delete(&target.key());
    }
}

fn show(listener: &Listener) -> ListenerShape {
    let https = listener.protocol == ListenerProtocol::Https;
    let default = listener.certificates.first().map(|arn| CertificateShape {
        certificate_arn: arn.clone(),
        is_default: None,
    });
    ListenerShape {
        listener_arn: listener.arn.clone(),
        load_balancer_arn: listener.load_balancer.clone(),
        port: i32::from(listener.port),
        protocol: listener.protocol,
        certificates: https.then(|| default.into_iter().collect()),
        ssl_policy: listener.ssl_policy.clone(),
        default_actions: listener.actions.clone(),
        mutual_authentication: https.then(|| MutualAuthentication { mode: "off".to_owned() }),
    }
}
