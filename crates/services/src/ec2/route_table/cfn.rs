//! `AWS::EC2::RouteTable`, `AWS::EC2::Route`, `AWS::EC2::SubnetRouteTableAssociation`. Follows the CloudFormation pages of those names.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{
    AssociateRouteTableInput, CreateRouteTableInput, DeleteRouteInput, DeleteRouteTableInput, DisassociateRouteTableInput, RouteInput,
};
use super::model::{RouteTable, RouteTableAssociationId, RouteTableId};
use super::ops::{AssociateRouteTable, CreateRouteTable, DeleteRouteTable, DisassociateRouteTable};
use super::routes::{CreateRoute, DeleteRoute, ReplaceRoute};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::network_interface::NetworkInterfaceId;
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;
use crate::invoke;

struct RouteTableType;
struct RouteType;
struct AssociationType;

/// Declares the types.
pub fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<RouteTableType>::default())
        .resource_type(Type::<RouteType>::default())
        .resource_type(Type::<AssociationType>::default());
}

/// What a template may say of a table.
#[derive(Debug, Default, Shape)]
pub struct TableProperties {
    vpc_id: VpcId,
}

impl Ec2Type for RouteTableType {
    const NAME: &'static str = "AWS::EC2::RouteTable";
    type Properties = TableProperties;

    fn create(tx: &mut Tx, call: &Call, properties: TableProperties) -> Result<String, AwsError> {
        let input = CreateRouteTableInput {
            vpc_id: properties.vpc_id,
            ..CreateRouteTableInput::default()
        };
        Ok(invoke::<CreateRouteTable>(tx, call, input)?.route_table.route_table_id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let table: RouteTable = tx.find(&call.place, id)?;
        Some(vec![("RouteTableId", json!(table.id))])
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DeleteRouteTableInput {
            route_table_id: RouteTableId::from_text(id.to_owned()),
            dry_run: None,
        };
        invoke::<DeleteRouteTable>(tx, call, input)
    }
}

/// What a template may say of a route.
#[derive(Debug, Default, Shape)]
pub struct RouteProperties {
    route_table_id: RouteTableId,
    destination_cidr_block: Option<String>,
    gateway_id: Option<String>,
    instance_id: Option<String>,
    network_interface_id: Option<NetworkInterfaceId>,
}

impl From<RouteProperties> for RouteInput {
    fn from(properties: RouteProperties) -> Self {
        Self {
            route_table_id: properties.route_table_id,
            destination_cidr_block: properties.destination_cidr_block,
            gateway_id: properties.gateway_id,
            instance_id: properties.instance_id,
            network_interface_id: properties.network_interface_id,
            dry_run: None,
        }
    }
}

/// A route's physical id is its table's and its destination.
fn parts(id: &str) -> (RouteTableId, &str) {
    let (table, destination) = id.split_once('|').unwrap_or((id, ""));
    (RouteTableId::from_text(table.to_owned()), destination)
}

impl Ec2Type for RouteType {
    const NAME: &'static str = "AWS::EC2::Route";
    const TAGGED: bool = false;
    type Properties = RouteProperties;

    fn create(tx: &mut Tx, call: &Call, properties: RouteProperties) -> Result<String, AwsError> {
        let destination = properties.destination_cidr_block.as_deref().unwrap_or_default();
        let id = format!("{}|{destination}", properties.route_table_id);
        invoke::<CreateRoute>(tx, call, properties.into())?;
        Ok(id)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let (table, destination) = parts(id);
        let table: RouteTable = tx.find(&call.place, table)?;
        let cidr: ipnet::Ipv4Net = destination.parse().ok()?;
        let is_there = table.routes.iter().any(|route| route.destination == cidr.trunc());
        is_there.then(|| vec![("CidrBlock", json!(cidr))])
    }

    fn update(tx: &mut Tx, call: &Call, _: &str, _: RouteProperties, new: RouteProperties) -> Result<(), AwsError> {
        invoke::<ReplaceRoute>(tx, call, new.into())
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let (route_table_id, destination) = parts(id);
        let input = DeleteRouteInput {
            route_table_id,
            destination_cidr_block: Some(destination.to_owned()),
            dry_run: None,
        };
        invoke::<DeleteRoute>(tx, call, input)
    }
}

/// What a template may say of an association.
#[derive(Debug, Default, Shape)]
pub struct AssociationProperties {
    route_table_id: RouteTableId,
    subnet_id: SubnetId,
}

impl Ec2Type for AssociationType {
    const NAME: &'static str = "AWS::EC2::SubnetRouteTableAssociation";
    const TAGGED: bool = false;
    type Properties = AssociationProperties;

    fn create(tx: &mut Tx, call: &Call, properties: AssociationProperties) -> Result<String, AwsError> {
        let input = AssociateRouteTableInput {
            route_table_id: properties.route_table_id,
            subnet_id: Some(properties.subnet_id),
            dry_run: None,
        };
        Ok(invoke::<AssociateRouteTable>(tx, call, input)?.association_id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let association = RouteTableAssociationId::from_text(id.to_owned());
        RouteTable::with_association(tx, &call.place, &association).ok()?;
        Some(vec![("Id", json!(id))])
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let association_id = RouteTableAssociationId::from_text(id.to_owned());
        invoke::<DisassociateRouteTable>(
            tx,
            call,
            DisassociateRouteTableInput {
                association_id,
                dry_run: None,
            },
        )
    }
}
