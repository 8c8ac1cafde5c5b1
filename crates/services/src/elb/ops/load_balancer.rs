//! `CreateLoadBalancer`, `DescribeLoadBalancers`, `DeleteLoadBalancer`.

use tierra_core::{AwsError, Call, Tag, Tags, Tx};
use tierra_dataplane::balancer::config::Kind;
use tierra_model::{Shape, Timestamp};

use super::instance::InstanceShape;
use super::listener::{self, HealthCheckShape, ListenerShape, show_check};
use super::on;
use crate::balancer::{self, Balancer, NewBalancer, Scheme};
use crate::declare::operations;
use crate::ec2::security_group::{SecurityGroup, SecurityGroupId};
use crate::ec2::subnet::{Subnet, SubnetId};
use crate::elb::errors::{ElbError, invalid};
use crate::elb::limits;
use crate::elb::model::{Attributes, HealthCheck, Listener, LoadBalancer, arn};
use crate::elb::policy::{Policy, PolicyType};

operations! { "elb", AwsError;
    write CreateLoadBalancer(CreateInput) -> CreateOutput = create, on |_, input, call| on(call, &input.load_balancer_name);
    read DescribeLoadBalancers(DescribeInput) -> DescribeOutput = describe, on crate::declare::anything;
    write DeleteLoadBalancer(NameInput) -> DeleteOutput = delete, on |_, input, call| on(call, &input.load_balancer_name);
}

/// Input of [`CreateLoadBalancer`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) load_balancer_name: String,
    pub(crate) listeners: Vec<ListenerShape>,
    pub(crate) availability_zones: Vec<String>,
    pub(crate) subnets: Vec<SubnetId>,
    pub(crate) security_groups: Vec<SecurityGroupId>,
    pub(crate) scheme: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// Its name in DNS.
#[derive(Default, Shape)]
pub struct CreateOutput {
    #[shape("DNSName")]
    pub(crate) dns_name: String,
}

/// Input of [`DescribeLoadBalancers`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) load_balancer_names: Vec<String>,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
}

/// Output of [`DescribeLoadBalancers`].
#[derive(Default, Shape)]
pub struct DescribeOutput {
    pub(crate) load_balancer_descriptions: Vec<LoadBalancerDescription>,
    pub(crate) next_marker: Option<String>,
}

/// A load balancer as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct LoadBalancerDescription {
    load_balancer_name: String,
    #[shape("DNSName")]
    pub(crate) dns_name: String,
    canonical_hosted_zone_name: String,
    #[shape("CanonicalHostedZoneNameID")]
    canonical_hosted_zone_name_id: String,
    pub(crate) listener_descriptions: Vec<ListenerDescription>,
    policies: Policies,
    backend_server_descriptions: Vec<BackendServerDescription>,
    pub(crate) availability_zones: Vec<String>,
    pub(crate) subnets: Vec<SubnetId>,
    #[shape("VPCId")]
    vpc_id: String,
    pub(crate) instances: Vec<InstanceShape>,
    pub(crate) health_check: HealthCheckShape,
    source_security_group: SourceSecurityGroup,
    pub(crate) security_groups: Vec<SecurityGroupId>,
    created_time: Timestamp,
    scheme: Scheme,
}

/// A listener with its policies.
#[derive(Clone, Debug, Default, Shape)]
pub struct ListenerDescription {
    pub(crate) listener: ListenerShape,
    pub(crate) policy_names: Vec<String>,
}

/// Its policies, by type.
#[derive(Clone, Debug, Default, Shape)]
pub struct Policies {
    app_cookie_stickiness_policies: Vec<AppCookieStickinessPolicy>,
    #[shape("LBCookieStickinessPolicies")]
    lb_cookie_stickiness_policies: Vec<LbCookieStickinessPolicy>,
    other_policies: Vec<String>,
}

/// Stickiness by the application's cookie.
#[derive(Clone, Debug, Default, Shape)]
pub struct AppCookieStickinessPolicy {
    policy_name: String,
    cookie_name: String,
}

/// Stickiness by the balancer's cookie.
#[derive(Clone, Debug, Default, Shape)]
pub struct LbCookieStickinessPolicy {
    policy_name: String,
    cookie_expiration_period: Option<i64>,
}

/// An instance port with policies.
#[derive(Clone, Debug, Default, Shape)]
pub struct BackendServerDescription {
    instance_port: i32,
    policy_names: Vec<String>,
}

/// The group that instances can let in.
#[derive(Clone, Debug, Default, Shape)]
pub struct SourceSecurityGroup {
    owner_alias: String,
    group_name: String,
}

/// Names a load balancer.
#[derive(Default, Shape)]
pub struct NameInput {
    pub(crate) load_balancer_name: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct DeleteOutput {}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<CreateOutput, AwsError> {
    crate::ec2::vpc::default::lay_out_once(tx, &call.place);
    limits::name(&input.load_balancer_name)?;
    let listeners: Vec<Listener> = input
        .listeners
        .iter()
        .map(|given| listener::checked(tx, given))
        .collect::<Result<_, _>>()?;
    let first = listeners
        .first()
        .ok_or_else(|| invalid("Load balancer must have at least one listener"))?;
    let scheme = scheme(input.scheme.as_deref())?;
    let subnets = subnets(tx, call, &input, scheme)?;
    if let Some(earlier) = tx.find::<LoadBalancer>(&call.place, &input.load_balancer_name) {
        return same(tx, earlier, scheme, &listeners, &subnets);
    }
    if tx.list::<LoadBalancer>(&call.place).len() >= limits::LOAD_BALANCERS {
        return Err(ElbError::TooManyLoadBalancers.into());
    }
    let mut row = LoadBalancer {
        place: call.place.clone(),
        name: input.load_balancer_name.clone(),
        listeners: Vec::new(),
        health_check: HealthCheck::of_port(first.instance_port),
        instances: Vec::new(),
        policies: Vec::new(),
        proxied_ports: Vec::new(),
        attributes: Attributes::default(),
        tags: Tags::parse(&input.tags).map_err(ElbError::from)?,
    };
    listener::add(&mut row, listeners)?;
    let new = NewBalancer {
        name: row.name.clone(),
        kind: Kind::Classic,
        arn: arn(&call.place, &row.name).to_string(),
        scheme,
        subnets,
        groups: input.security_groups,
        dns_name: balancer::dns_name(&call.ids, &call.place, &row.name, scheme),
    };
    let dns_name = balancer::create(tx, call, new)?.dns_name;
    listener::save(tx, row);
    Ok(CreateOutput { dns_name })
}

fn scheme(text: Option<&str>) -> Result<Scheme, ElbError> {
    text.map_or(Ok(Scheme::InternetFacing), |text| text.parse().map_err(|_| ElbError::Scheme))
}

/// The subnets that are named, or the default ones of the zones that are.
fn subnets(tx: &Tx, call: &Call, input: &CreateInput, scheme: Scheme) -> Result<Vec<Subnet>, AwsError> {
    if input.subnets.is_empty() == input.availability_zones.is_empty() {
        return Err(invalid("Either AvailabilityZones or SubnetIds must be specified").into());
    }
    let mut ids = input.subnets.clone();
    for zone in &input.availability_zones {
        ids.push(super::placement::default_subnet(tx, call, zone)?);
    }
    Ok(balancer::subnets(tx, &call.place, &ids, scheme)?)
}

fn same(tx: &Tx, earlier: LoadBalancer, scheme: Scheme, listeners: &[Listener], subnets: &[Subnet]) -> Result<CreateOutput, AwsError> {
    let balancer = earlier.balancer(tx)?;
    let standing = balancer.standing(tx);
    let stands = standing.len() == subnets.len() && subnets.iter().all(|subnet| standing.iter().any(|node| node.subnet == subnet.id));
    if balancer.scheme == scheme && stands && earlier.listeners == listeners {
        return Ok(CreateOutput {
            dns_name: balancer.dns_name,
        });
    }
    Err(ElbError::DuplicateName { name: earlier.name }.into())
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, AwsError> {
    let rows = if input.load_balancer_names.is_empty() {
        tx.list(&call.place)
    } else {
        let named = input
            .load_balancer_names
            .iter()
            .map(|name| LoadBalancer::require(tx, &call.place, name));
        named.collect::<Result<_, _>>()?
    };
    let page = balancer::page(rows, |row| row.name.clone(), input.marker.as_deref(), input.page_size)?;
    Ok(DescribeOutput {
        load_balancer_descriptions: page.items.iter().map(|row| show(tx, row)).collect::<Result<_, _>>()?,
        next_marker: page.next,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: NameInput) -> Result<DeleteOutput, AwsError> {
    // "If the load balancer does not exist … the call to DeleteLoadBalancer still succeeds."
    if let Some(row) = tx.find::<LoadBalancer>(&call.place, &input.load_balancer_name) {
        let balancer = row.balancer(tx)?;
        balancer::delete(tx, &balancer);
        tx.delete(&row.key());
    }
    Ok(DeleteOutput {})
}

fn show(tx: &Tx, row: &LoadBalancer) -> Result<LoadBalancerDescription, ElbError> {
    let balancer = row.balancer(tx)?;
    let nodes = balancer.standing(tx);
    let ports = row.proxied_ports.iter().map(|one| BackendServerDescription {
        instance_port: i32::from(one.port),
        policy_names: one.policies.clone(),
    });
    Ok(LoadBalancerDescription {
        load_balancer_name: row.name.clone(),
        canonical_hosted_zone_name: balancer.dns_name.clone(),
        canonical_hosted_zone_name_id: balancer::hosted_zone(&row.place.region).to_owned(),
        listener_descriptions: row.listeners.iter().map(show_listener).collect(),
        policies: policies(&row.policies),
        backend_server_descriptions: ports.collect(),
        availability_zones: nodes.iter().map(|node| node.zone.clone()).collect(),
        subnets: nodes.into_iter().map(|node| node.subnet).collect(),
        vpc_id: balancer.vpc.to_string(),
        instances: row.registered().map(InstanceShape::of).collect(),
        health_check: show_check(&row.health_check),
        source_security_group: source_group(tx, &balancer),
        created_time: balancer.created,
        scheme: balancer.scheme,
        security_groups: balancer.groups,
        dns_name: balancer.dns_name,
    })
}

fn source_group(tx: &Tx, balancer: &Balancer) -> SourceSecurityGroup {
    let first = balancer.groups.first().and_then(|id| tx.find::<SecurityGroup>(&balancer.place, id));
    SourceSecurityGroup {
        owner_alias: balancer.place.account.to_string(),
        group_name: first.map(|group| group.name).unwrap_or_default(),
    }
}

fn show_listener(listener: &Listener) -> ListenerDescription {
    ListenerDescription {
        listener: ListenerShape {
            protocol: listener.protocol.to_string(),
            load_balancer_port: i32::from(listener.port),
            instance_protocol: Some(listener.instance_protocol.to_string()),
            instance_port: i32::from(listener.instance_port),
            ssl_certificate_id: listener.certificate.clone(),
        },
        policy_names: listener.policies.clone(),
    }
}

fn policies(policies: &[Policy]) -> Policies {
    let mut told = Policies::default();
    for policy in policies {
        let policy_name = policy.name.clone();
        match policy.kind {
            PolicyType::AppCookie => told.app_cookie_stickiness_policies.push(AppCookieStickinessPolicy {
                policy_name,
                cookie_name: policy.get("CookieName").unwrap_or_default().to_owned(),
            }),
            PolicyType::LbCookie => told.lb_cookie_stickiness_policies.push(LbCookieStickinessPolicy {
                policy_name,
                cookie_expiration_period: policy.get("CookieExpirationPeriod").and_then(|period| period.parse().ok()),
            }),
            PolicyType::ProxyProtocol | PolicyType::SslNegotiation => told.other_policies.push(policy_name),
        }
    }
    told
}
