//! `AWS::EC2::Subnet`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{CreateSubnetInput, DeleteSubnetInput, ModifySubnetAttributeInput};
use super::model::{Subnet, SubnetId};
use super::ops::{CreateSubnet, DeleteSubnet, ModifySubnetAttribute};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::vpc::VpcId;
use crate::ec2::zone;
use crate::invoke;

struct SubnetType;

/// What a template may say.
#[derive(Debug, Default, Shape)]
pub struct Properties {
    vpc_id: VpcId,
    cidr_block: Option<String>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    map_public_ip_on_launch: Option<bool>,
}

/// Declares the type.
pub fn register(registry: &mut Registry) {
    registry.resource_type(Type::<SubnetType>::default());
}

impl Ec2Type for SubnetType {
    const NAME: &'static str = "AWS::EC2::Subnet";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let public = properties.map_public_ip_on_launch;
        let input = CreateSubnetInput {
            vpc_id: properties.vpc_id,
            cidr_block: properties.cidr_block,
            availability_zone: properties.availability_zone,
            availability_zone_id: properties.availability_zone_id,
            ..CreateSubnetInput::default()
        };
        let id = invoke::<CreateSubnet>(tx, call, input)?.subnet.subnet_id;
        set_public(tx, call, &id, public)?;
        Ok(id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let subnet: Subnet = tx.find(&call.place, id)?;
        Some(vec![
            ("SubnetId", json!(subnet.id)),
            ("VpcId", json!(subnet.vpc)),
            ("CidrBlock", json!(subnet.cidr)),
            ("AvailabilityZone", json!(subnet.zone)),
            ("AvailabilityZoneId", json!(zone::id(&call.place.region, &subnet.zone))),
            ("NetworkAclAssociationId", json!(subnet.network_acl_association)),
            ("Ipv6CidrBlocks", json!([])),
        ])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        set_public(tx, call, &SubnetId::from_text(id.to_owned()), new.map_public_ip_on_launch)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let subnet_id = SubnetId::from_text(id.to_owned());
        invoke::<DeleteSubnet>(tx, call, DeleteSubnetInput { subnet_id, dry_run: None })
    }
}

fn set_public(tx: &mut Tx, call: &Call, id: &SubnetId, public: Option<bool>) -> Result<(), AwsError> {
    let input = ModifySubnetAttributeInput {
        subnet_id: id.clone(),
        map_public_ip_on_launch: Some(public.unwrap_or(false).into()),
    };
    invoke::<ModifySubnetAttribute>(tx, call, input)
}
