//! `AWS::ElasticLoadBalancingV2::LoadBalancer`.

use serde_json::{Value, json};
use tierra_core::resource_type::{Creation, Progress};
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::balancer::{self, Scheme, hosted_zone};
use crate::ec2::cfn::Ec2Type;
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;
use crate::elbv2::attribute::Attribute;
use crate::elbv2::model::{LoadBalancer, full_name};
use crate::elbv2::ops::attribute::{ChangeLoadBalancer, ModifyLoadBalancerAttributes};
use crate::elbv2::ops::load_balancer as ops;
use crate::invoke;

/// Characters of a name.
const NAME_LENGTH: usize = 32;

pub(super) struct LoadBalancerType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    name: Option<String>,
    subnets: Vec<SubnetId>,
    subnet_mappings: Vec<Mapping>,
    security_groups: Vec<SecurityGroupId>,
    scheme: Option<Scheme>,
    #[shape("Type")]
    kind: Option<ops::LoadBalancerType>,
    ip_address_type: Option<ops::IpAddressType>,
    load_balancer_attributes: Vec<Attribute>,
}

/// A subnet.
#[derive(Clone, Default, Shape)]
pub struct Mapping {
    subnet_id: SubnetId,
}

impl Properties {
    fn subnets(&self) -> Vec<SubnetId> {
        let mapped = self.subnet_mappings.iter().map(|mapping| mapping.subnet_id.clone());
        self.subnets.iter().cloned().chain(mapped).collect()
    }
}

impl Ec2Type for LoadBalancerType {
    const NAME: &'static str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties.name.get_or_insert_with(|| creation.generated_name(call, NAME_LENGTH));
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = ops::CreateInput {
            subnets: properties.subnets(),
            name: properties.name.unwrap_or_default(),
            security_groups: properties.security_groups,
            scheme: properties.scheme,
            kind: properties.kind,
            ip_address_type: properties.ip_address_type,
            ..ops::CreateInput::default()
        };
        let made = invoke::<ops::CreateLoadBalancer>(tx, call, input)?.load_balancers;
        let arn = made.into_iter().next().map(|one| one.load_balancer_arn).unwrap_or_default();
        set_attributes(tx, call, &arn, properties.load_balancer_attributes)?;
        Ok(arn)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let row: LoadBalancer = tx.find(&call.place, id)?;
        let balancer = row.balancer(tx).ok()?;
        Some(vec![
            ("LoadBalancerArn", json!(row.arn)),
            ("DNSName", json!(balancer.dns_name)),
            ("CanonicalHostedZoneID", json!(hosted_zone(&call.place.region))),
            ("LoadBalancerFullName", json!(row.full_name())),
            ("LoadBalancerName", json!(row.name)),
            ("SecurityGroups", json!(balancer.groups)),
        ])
    }

    fn progress(tx: &Tx, call: &Call, id: &str) -> Progress {
        balancer::progress(tx, &call.place, full_name(id, "loadbalancer"))
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        let arn = id.to_owned();
        if old.subnets() != new.subnets() {
            let input = ops::SetSubnetsInput {
                load_balancer_arn: arn.clone(),
                subnets: new.subnets(),
                ..ops::SetSubnetsInput::default()
            };
            invoke::<ops::SetSubnets>(tx, call, input)?;
        }
        if old.security_groups != new.security_groups {
            let input = ops::SetSecurityGroupsInput {
                load_balancer_arn: arn.clone(),
                security_groups: new.security_groups,
            };
            invoke::<ops::SetSecurityGroups>(tx, call, input)?;
        }
        set_attributes(tx, call, &arn, new.load_balancer_attributes)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = ops::LoadBalancerInput {
            load_balancer_arn: id.to_owned(),
        };
        invoke::<ops::DeleteLoadBalancer>(tx, call, input)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        super::set_tags(tx, call, id, tags);
    }
}

fn set_attributes(tx: &mut Tx, call: &Call, arn: &str, attributes: Vec<Attribute>) -> Result<(), AwsError> {
    if attributes.is_empty() {
        return Ok(());
    }
    let input = ChangeLoadBalancer {
        load_balancer_arn: arn.to_owned(),
        attributes,
    };
    invoke::<ModifyLoadBalancerAttributes>(tx, call, input).map(drop)
}
