//! `AWS::ElasticLoadBalancingV2::TargetGroup`.

use serde_json::{Value, json};
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::ec2::vpc::VpcId;
use crate::elbv2::attribute::Attribute;
use crate::elbv2::model::{LoadBalancer, ProtocolVersion, TargetGroup, TargetType};
use crate::elbv2::ops::attribute::{ChangeTargetGroup, ModifyTargetGroupAttributes};
use crate::elbv2::ops::load_balancer::IpAddressType;
use crate::elbv2::ops::target::{DeregisterTargets, RegisterTargets, TargetDescription, TargetsInput};
use crate::elbv2::ops::target_group as ops;
use crate::invoke;

/// Characters of a name.
const NAME_LENGTH: usize = 32;

pub(super) struct TargetGroupType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    name: Option<String>,
    protocol: Option<String>,
    protocol_version: Option<ProtocolVersion>,
    port: Option<i32>,
    vpc_id: Option<VpcId>,
    target_type: Option<TargetType>,
    targets: Vec<TargetDescription>,
    target_group_attributes: Vec<Attribute>,
    ip_address_type: Option<IpAddressType>,
    health_check_protocol: Option<String>,
    health_check_port: Option<String>,
    health_check_enabled: Option<bool>,
    health_check_path: Option<String>,
    health_check_interval_seconds: Option<i32>,
    health_check_timeout_seconds: Option<i32>,
    healthy_threshold_count: Option<i32>,
    unhealthy_threshold_count: Option<i32>,
    matcher: Option<ops::Matcher>,
}

impl Ec2Type for TargetGroupType {
    const NAME: &'static str = "AWS::ElasticLoadBalancingV2::TargetGroup";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties.name.get_or_insert_with(|| creation.generated_name(call, NAME_LENGTH));
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = ops::CreateInput {
            name: properties.name.unwrap_or_default(),
            protocol: properties.protocol,
            protocol_version: properties.protocol_version.map(|version| version.to_string()),
            port: properties.port,
            vpc_id: properties.vpc_id,
            target_type: properties.target_type,
            ip_address_type: properties.ip_address_type,
            health_check_protocol: properties.health_check_protocol,
            health_check_port: properties.health_check_port,
            health_check_enabled: properties.health_check_enabled,
            health_check_path: properties.health_check_path,
            health_check_interval_seconds: properties.health_check_interval_seconds,
            health_check_timeout_seconds: properties.health_check_timeout_seconds,
            healthy_threshold_count: properties.healthy_threshold_count,
            unhealthy_threshold_count: properties.unhealthy_threshold_count,
            matcher: properties.matcher,
            tags: Vec::new(),
        };
        let made = invoke::<ops::CreateTargetGroup>(tx, call, input)?.target_groups;
        let arn = made.into_iter().next().map(|one| one.target_group_arn).unwrap_or_default();
        set_attributes(tx, call, &arn, properties.target_group_attributes)?;
        register(tx, call, &arn, properties.targets)?;
        Ok(arn)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let row: TargetGroup = tx.find(&call.place, id)?;
        let served: Vec<String> = row.load_balancer(tx).map(|one: LoadBalancer| one.arn).into_iter().collect();
        Some(vec![
            ("TargetGroupArn", json!(row.arn)),
            ("TargetGroupFullName", json!(row.full_name())),
            ("TargetGroupName", json!(row.name)),
            ("LoadBalancerArns", json!(served)),
        ])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        let input = ops::ModifyInput {
            target_group_arn: id.to_owned(),
            health_check_protocol: new.health_check_protocol,
            health_check_port: new.health_check_port,
            health_check_path: new.health_check_path,
            health_check_enabled: new.health_check_enabled,
            health_check_interval_seconds: new.health_check_interval_seconds,
            health_check_timeout_seconds: new.health_check_timeout_seconds,
            healthy_threshold_count: new.healthy_threshold_count,
            unhealthy_threshold_count: new.unhealthy_threshold_count,
            matcher: new.matcher,
        };
        invoke::<ops::ModifyTargetGroup>(tx, call, input)?;
        set_attributes(tx, call, id, new.target_group_attributes)?;
        let gone: Vec<TargetDescription> = old.targets.into_iter().filter(|one| !new.targets.contains(one)).collect();
        if !gone.is_empty() {
            invoke::<DeregisterTargets>(tx, call, targets(id, gone))?;
        }
        register(tx, call, id, new.targets)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = ops::TargetGroupInput {
            target_group_arn: id.to_owned(),
        };
        invoke::<ops::DeleteTargetGroup>(tx, call, input)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        super::set_tags(tx, call, id, tags);
    }
}

fn targets(arn: &str, targets: Vec<TargetDescription>) -> TargetsInput {
    TargetsInput {
        target_group_arn: arn.to_owned(),
        targets,
    }
}

fn register(tx: &mut Tx, call: &Call, arn: &str, given: Vec<TargetDescription>) -> Result<(), AwsError> {
    if given.is_empty() {
        return Ok(());
    }
    invoke::<RegisterTargets>(tx, call, targets(arn, given))
}

fn set_attributes(tx: &mut Tx, call: &Call, arn: &str, attributes: Vec<Attribute>) -> Result<(), AwsError> {
    if attributes.is_empty() {
        return Ok(());
    }
    let input = ChangeTargetGroup {
        target_group_arn: arn.to_owned(),
        attributes,
    };
    invoke::<ModifyTargetGroupAttributes>(tx, call, input).map(drop)
}
