//! The shapes that route tables and routes are spoken in.

use tierra_core::Tag;
use tierra_model::Shape;

use super::model::{RouteTableAssociationId, RouteTableId};
use crate::ec2::filter::Filter;
use crate::ec2::network_interface::NetworkInterfaceId;
use crate::ec2::subnet::SubnetId;
use crate::ec2::tag::TagSpecification;
use crate::ec2::vpc::VpcId;

#[derive(Debug, Default, Shape)]
pub struct CreateRouteTableInput {
    pub vpc_id: VpcId,
    pub client_token: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateRouteTableOutput {
    pub route_table: RouteTableDescription,
    pub client_token: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteRouteTableInput {
    pub route_table_id: RouteTableId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AssociateRouteTableInput {
    pub route_table_id: RouteTableId,
    pub subnet_id: Option<SubnetId>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct AssociateRouteTableOutput {
    pub association_id: RouteTableAssociationId,
    pub association_state: RouteTableAssociationState,
}

#[derive(Debug, Default, Shape)]
pub struct DisassociateRouteTableInput {
    pub association_id: RouteTableAssociationId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct ReplaceRouteTableAssociationInput {
    pub association_id: RouteTableAssociationId,
    pub route_table_id: RouteTableId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct ReplaceRouteTableAssociationOutput {
    pub new_association_id: RouteTableAssociationId,
    pub association_state: RouteTableAssociationState,
}

/// What CreateRoute and ReplaceRoute take.
#[derive(Debug, Default, Shape)]
pub struct RouteInput {
    pub route_table_id: RouteTableId,
    pub destination_cidr_block: Option<String>,
    pub gateway_id: Option<String>,
    pub instance_id: Option<String>,
    pub network_interface_id: Option<NetworkInterfaceId>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateRouteOutput {
    pub r#return: bool,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteRouteInput {
    pub route_table_id: RouteTableId,
    pub destination_cidr_block: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeRouteTablesInput {
    pub route_table_ids: Vec<RouteTableId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeRouteTablesOutput {
    pub route_tables: Vec<RouteTableDescription>,
    pub next_token: Option<String>,
}

/// A route table as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct RouteTableDescription {
    pub route_table_id: RouteTableId,
    pub vpc_id: VpcId,
    pub owner_id: String,
    pub associations: Vec<RouteTableAssociation>,
    pub propagating_vgws: Vec<PropagatingVgw>,
    pub routes: Vec<RouteDescription>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct RouteTableAssociation {
    pub main: bool,
    pub route_table_association_id: RouteTableAssociationId,
    pub route_table_id: RouteTableId,
    pub subnet_id: Option<SubnetId>,
    pub association_state: RouteTableAssociationState,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct RouteTableAssociationState {
    pub state: String,
}

/// A VPN gateway that announces routes: there is none, but clients look for the list.
#[derive(Clone, Debug, Default, Shape)]
pub struct PropagatingVgw {
    pub gateway_id: String,
}

/// A route as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct RouteDescription {
    pub destination_cidr_block: String,
    pub gateway_id: Option<String>,
    pub network_interface_id: Option<NetworkInterfaceId>,
    pub instance_id: Option<String>,
    pub instance_owner_id: Option<String>,
    pub origin: String,
    pub state: String,
}
