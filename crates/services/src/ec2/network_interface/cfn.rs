//! `AWS::EC2::NetworkInterface`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{
    CreateNetworkInterfaceInput, DeleteNetworkInterfaceInput, ModifyNetworkInterfaceAttributeInput, PrivateIpAddressSpecification,
};
use super::model::{NetworkInterface, NetworkInterfaceId};
use super::ops::{CreateNetworkInterface, DeleteNetworkInterface, ModifyNetworkInterfaceAttribute};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::SubnetId;
use crate::invoke;

struct NetworkInterfaceType;

/// What a template may say.
#[derive(Debug, Default, Shape)]
pub struct Properties {
    subnet_id: SubnetId,
    description: Option<String>,
    group_set: Vec<SecurityGroupId>,
    private_ip_address: Option<String>,
    private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    secondary_private_ip_address_count: Option<i32>,
    source_dest_check: Option<bool>,
}

/// Declares the type.
pub fn register(registry: &mut Registry) {
    registry.resource_type(Type::<NetworkInterfaceType>::default());
}

impl Ec2Type for NetworkInterfaceType {
    const NAME: &'static str = "AWS::EC2::NetworkInterface";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let check = properties.source_dest_check;
        let input = CreateNetworkInterfaceInput {
            subnet_id: properties.subnet_id,
            private_ip_address: properties.private_ip_address,
            private_ip_addresses: properties.private_ip_addresses,
            secondary_private_ip_address_count: properties.secondary_private_ip_address_count,
            groups: properties.group_set,
            description: properties.description,
            ..CreateNetworkInterfaceInput::default()
        };
        let id = invoke::<CreateNetworkInterface>(tx, call, input)?
            .network_interface
            .network_interface_id;
        modify(tx, call, &id, None, Vec::new(), check)?;
        Ok(id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let interface: NetworkInterface = tx.find(&call.place, id)?;
        Some(vec![
            ("Id", json!(interface.id)),
            ("PrimaryPrivateIpAddress", json!(interface.address)),
            ("SecondaryPrivateIpAddresses", json!(interface.secondary)),
            ("VpcId", json!(interface.vpc)),
        ])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        let id = NetworkInterfaceId::from_text(id.to_owned());
        modify(tx, call, &id, new.description, new.group_set, new.source_dest_check)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DeleteNetworkInterfaceInput {
            network_interface_id: NetworkInterfaceId::from_text(id.to_owned()),
            dry_run: None,
        };
        invoke::<DeleteNetworkInterface>(tx, call, input)
    }
}

fn modify(
    tx: &mut Tx,
    call: &Call,
    id: &NetworkInterfaceId,
    description: Option<String>,
    groups: Vec<SecurityGroupId>,
    check: Option<bool>,
) -> Result<(), AwsError> {
    let input = ModifyNetworkInterfaceAttributeInput {
        network_interface_id: id.clone(),
        description: description.map(Into::into),
        source_dest_check: Some(check.unwrap_or(true).into()),
        groups,
        ..ModifyNetworkInterfaceAttributeInput::default()
    };
    invoke::<ModifyNetworkInterfaceAttribute>(tx, call, input)
}
