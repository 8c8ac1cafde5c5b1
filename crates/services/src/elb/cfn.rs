//! `AWS::ElasticLoadBalancing::LoadBalancer`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::resource_type::{Creation, Progress};
use tierra_core::{AwsError, Call, Registry, Tags, Tx};
use tierra_model::Shape;

use super::model::{LoadBalancer, arn};
use super::ops::attribute as attributes;
use super::ops::instance::{DeregisterInstancesFromLoadBalancer, InstanceShape, InstancesInput, RegisterInstancesWithLoadBalancer};
use super::ops::listener as listeners;
use super::ops::load_balancer::{CreateInput, CreateLoadBalancer, DeleteLoadBalancer, NameInput};
use super::ops::placement::{ApplySecurityGroupsToLoadBalancer, GroupsInput};
use super::ops::policy as policies;
use crate::balancer::{self, hosted_zone};
use crate::ec2::cfn::{Ec2Type, Type, TypeError};
use crate::ec2::security_group::{SecurityGroup, SecurityGroupId};
use crate::ec2::subnet::SubnetId;
use crate::invoke;

/// Characters of a name.
const NAME_LENGTH: usize = 32;

struct LoadBalancerType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    load_balancer_name: Option<String>,
    listeners: Vec<Listener>,
    availability_zones: Vec<String>,
    subnets: Vec<SubnetId>,
    security_groups: Vec<SecurityGroupId>,
    scheme: Option<String>,
    instances: Vec<String>,
    health_check: Option<listeners::HealthCheckShape>,
    cross_zone: Option<bool>,
    connection_draining_policy: Option<attributes::Draining>,
    connection_settings: Option<attributes::Settings>,
    access_logging_policy: Option<attributes::AccessLogShape>,
    #[shape("LBCookieStickinessPolicy")]
    lb_cookie_stickiness_policy: Vec<LbCookie>,
    app_cookie_stickiness_policy: Vec<AppCookie>,
}

/// A listener with its policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Listener {
    protocol: String,
    load_balancer_port: i32,
    instance_protocol: Option<String>,
    instance_port: i32,
    #[shape("SSLCertificateId")]
    ssl_certificate_id: Option<String>,
    policy_names: Vec<String>,
}

/// Stickiness by the balancer's cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct LbCookie {
    policy_name: String,
    cookie_expiration_period: Option<i64>,
}

/// Stickiness by the application's cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct AppCookie {
    policy_name: String,
    cookie_name: String,
}

impl Listener {
    fn shape(&self) -> listeners::ListenerShape {
        listeners::ListenerShape {
            protocol: self.protocol.clone(),
            load_balancer_port: self.load_balancer_port,
            instance_protocol: self.instance_protocol.clone(),
            instance_port: self.instance_port,
            ssl_certificate_id: self.ssl_certificate_id.clone(),
        }
    }
}

/// Declares the type.
pub(super) fn register(registry: &mut Registry) {
    registry.resource_type(Type::<LoadBalancerType>::default());
}

impl Ec2Type for LoadBalancerType {
    const NAME: &'static str = "AWS::ElasticLoadBalancing::LoadBalancer";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties
            .load_balancer_name
            .get_or_insert_with(|| creation.generated_name(call, NAME_LENGTH));
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let name = properties.load_balancer_name.clone().unwrap_or_default();
        let input = CreateInput {
            load_balancer_name: name.clone(),
            listeners: properties.listeners.iter().map(Listener::shape).collect(),
            availability_zones: properties.availability_zones.clone(),
            subnets: properties.subnets.clone(),
            security_groups: properties.security_groups.clone(),
            scheme: properties.scheme.clone(),
            tags: Vec::new(),
        };
        invoke::<CreateLoadBalancer>(tx, call, input)?;
        settle(tx, call, &name, &properties)?;
        Ok(name)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let row: LoadBalancer = tx.find(&call.place, id)?;
        let balancer = row.balancer(tx).ok()?;
        let group = balancer
            .groups
            .first()
            .and_then(|group| tx.find::<SecurityGroup>(&call.place, group));
        Some(vec![
            ("DNSName", json!(balancer.dns_name)),
            ("CanonicalHostedZoneName", json!(balancer.dns_name)),
            ("CanonicalHostedZoneNameID", json!(hosted_zone(&call.place.region))),
            ("SourceSecurityGroup.GroupName", json!(group.map(|group| group.name))),
            ("SourceSecurityGroup.OwnerAlias", json!(call.place.account)),
            ("LoadBalancerArn", json!(arn(&call.place, id))),
        ])
    }

    fn progress(tx: &Tx, call: &Call, id: &str) -> Progress {
        balancer::progress(tx, &call.place, id)
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        if old.subnets != new.subnets || old.availability_zones != new.availability_zones {
            return Err(TypeError::NoUpdate { kind: Self::NAME }.into());
        }
        let changed: Vec<i32> = old
            .listeners
            .iter()
            .filter(|one| !new.listeners.contains(one))
            .map(|one| one.load_balancer_port)
            .collect();
        let input = listeners::DeleteInput {
            load_balancer_name: id.to_owned(),
            load_balancer_ports: changed,
        };
        invoke::<listeners::DeleteLoadBalancerListeners>(tx, call, input)?;
        let input = listeners::CreateInput {
            load_balancer_name: id.to_owned(),
            listeners: new.listeners.iter().map(Listener::shape).collect(),
        };
        invoke::<listeners::CreateLoadBalancerListeners>(tx, call, input)?;
        if old.security_groups != new.security_groups {
            let input = GroupsInput {
                load_balancer_name: id.to_owned(),
                security_groups: new.security_groups.clone(),
            };
            invoke::<ApplySecurityGroupsToLoadBalancer>(tx, call, input)?;
        }
        let gone = old.instances.iter().filter(|one| !new.instances.contains(one));
        let gone: Vec<&str> = gone.map(String::as_str).collect();
        if !gone.is_empty() {
            invoke::<DeregisterInstancesFromLoadBalancer>(tx, call, instances(id, &gone))?;
        }
        settle(tx, call, id, &new)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = NameInput {
            load_balancer_name: id.to_owned(),
        };
        invoke::<DeleteLoadBalancer>(tx, call, input).map(drop)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        if let Some(mut row) = tx.find::<LoadBalancer>(&call.place, id) {
            row.tags = tags;
            tx.save(row);
        }
    }
}

fn instances(name: &str, ids: &[&str]) -> InstancesInput {
    InstancesInput {
        load_balancer_name: name.to_owned(),
        instances: ids.iter().map(|id| InstanceShape::of(id)).collect(),
    }
}

/// Everything that a template says beside listeners and where it stands.
fn settle(tx: &mut Tx, call: &Call, name: &str, properties: &Properties) -> Result<(), AwsError> {
    if let Some(health_check) = properties.health_check.clone() {
        let input = listeners::HealthCheckInput {
            load_balancer_name: name.to_owned(),
            health_check,
        };
        invoke::<listeners::ConfigureHealthCheck>(tx, call, input)?;
    }
    let input = attributes::ModifyInput {
        load_balancer_name: name.to_owned(),
        load_balancer_attributes: attributes::AttributesShape {
            cross_zone_load_balancing: Some(attributes::CrossZone {
                enabled: properties.cross_zone.unwrap_or(false),
            }),
            access_log: properties.access_logging_policy.clone(),
            connection_draining: properties.connection_draining_policy.clone(),
            connection_settings: properties.connection_settings.clone(),
            additional_attributes: Vec::new(),
        },
    };
    invoke::<attributes::ModifyLoadBalancerAttributes>(tx, call, input)?;
    stick(tx, call, name, properties)?;
    let ids: Vec<&str> = properties.instances.iter().map(String::as_str).collect();
    if ids.is_empty() {
        return Ok(());
    }
    invoke::<RegisterInstancesWithLoadBalancer>(tx, call, instances(name, &ids)).map(drop)
}

/// The stickiness policies, and the listeners that have them.
fn stick(tx: &mut Tx, call: &Call, name: &str, properties: &Properties) -> Result<(), AwsError> {
    for policy in &properties.lb_cookie_stickiness_policy {
        let input = policies::LbCookieInput {
            load_balancer_name: name.to_owned(),
            policy_name: policy.policy_name.clone(),
            cookie_expiration_period: policy.cookie_expiration_period,
        };
        invoke::<policies::CreateLBCookieStickinessPolicy>(tx, call, input)?;
    }
    for policy in &properties.app_cookie_stickiness_policy {
        let input = policies::AppCookieInput {
            load_balancer_name: name.to_owned(),
            policy_name: policy.policy_name.clone(),
            cookie_name: policy.cookie_name.clone(),
        };
        invoke::<policies::CreateAppCookieStickinessPolicy>(tx, call, input)?;
    }
    for listener in properties.listeners.iter().filter(|listener| !listener.policy_names.is_empty()) {
        let input = policies::OfListenerInput {
            load_balancer_name: name.to_owned(),
            load_balancer_port: listener.load_balancer_port,
            policy_names: listener.policy_names.clone(),
        };
        invoke::<policies::SetLoadBalancerPoliciesOfListener>(tx, call, input)?;
    }
    Ok(())
}
