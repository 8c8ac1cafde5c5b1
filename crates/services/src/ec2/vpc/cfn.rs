//! `AWS::EC2::VPC`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{CreateVpcInput, DeleteVpcInput, ModifyVpcAttributeInput};
use super::model::{Tenancy, Vpc, VpcId};
use super::ops::{CreateVpc, DeleteVpc, ModifyVpcAttribute};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::security_group::{DEFAULT_NAME, SecurityGroup};
use crate::invoke;

struct VpcType;

/// What a template may say.
#[derive(Debug, Default, Shape)]
pub struct Properties {
    cidr_block: Option<String>,
    enable_dns_hostnames: Option<bool>,
    enable_dns_support: Option<bool>,
    instance_tenancy: Option<Tenancy>,
}

/// Declares the type.
pub fn register(registry: &mut Registry) {
    registry.resource_type(Type::<VpcType>::default());
}

impl Ec2Type for VpcType {
    const NAME: &'static str = "AWS::EC2::VPC";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = CreateVpcInput {
            cidr_block: properties.cidr_block.clone(),
            instance_tenancy: properties.instance_tenancy,
            ..CreateVpcInput::default()
        };
        let id = invoke::<CreateVpc>(tx, call, input)?.vpc.vpc_id;
        set_dns(tx, call, &id, &properties)?;
        Ok(id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let vpc: Vpc = tx.find(&call.place, id)?;
        let group = SecurityGroup::named(tx, &call.place, &vpc.id, DEFAULT_NAME)?;
        Some(vec![
            ("VpcId", json!(vpc.id)),
            ("CidrBlock", json!(vpc.cidr)),
            ("CidrBlockAssociations", json!([vpc.cidr_association])),
            ("DefaultNetworkAcl", json!(vpc.network_acl)),
            ("DefaultSecurityGroup", json!(group.id)),
            ("Ipv6CidrBlocks", json!([])),
        ])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        set_dns(tx, call, &VpcId::from_text(id.to_owned()), &new)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let vpc_id = VpcId::from_text(id.to_owned());
        invoke::<DeleteVpc>(tx, call, DeleteVpcInput { vpc_id, dry_run: None })
    }
}

/// What a template does not say is AWS's default.
fn set_dns(tx: &mut Tx, call: &Call, id: &VpcId, properties: &Properties) -> Result<(), AwsError> {
    let support = ModifyVpcAttributeInput {
        vpc_id: id.clone(),
        enable_dns_support: Some(properties.enable_dns_support.unwrap_or(true).into()),
        enable_dns_hostnames: None,
    };
    let hostnames = ModifyVpcAttributeInput {
        vpc_id: id.clone(),
        enable_dns_support: None,
        enable_dns_hostnames: Some(properties.enable_dns_hostnames.unwrap_or(false).into()),
    };
    invoke::<ModifyVpcAttribute>(tx, call, support)?;
    invoke::<ModifyVpcAttribute>(tx, call, hostnames)
}
