//! The shapes that internet gateways are spoken in.

use tierra_core::Tag;
use tierra_model::Shape;

use super::model::InternetGatewayId;
use crate::ec2::filter::Filter;
use crate::ec2::tag::TagSpecification;
use crate::ec2::vpc::VpcId;

#[derive(Debug, Default, Shape)]
pub struct CreateInternetGatewayInput {
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateInternetGatewayOutput {
    pub internet_gateway: InternetGatewayDescription,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteInternetGatewayInput {
    pub internet_gateway_id: InternetGatewayId,
    pub dry_run: Option<bool>,
}

/// What AttachInternetGateway and DetachInternetGateway take.
#[derive(Debug, Default, Shape)]
pub struct InternetGatewayVpcInput {
    pub internet_gateway_id: InternetGatewayId,
    pub vpc_id: VpcId,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInternetGatewaysInput {
    pub internet_gateway_ids: Vec<InternetGatewayId>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInternetGatewaysOutput {
    pub internet_gateways: Vec<InternetGatewayDescription>,
    pub next_token: Option<String>,
}

/// A gateway as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct InternetGatewayDescription {
    pub internet_gateway_id: InternetGatewayId,
    pub owner_id: String,
    pub attachments: Vec<InternetGatewayAttachment>,
    pub tags: Vec<Tag>,
}

/// Where a gateway is attached. AWS says `available` where its model says `attached`.
#[derive(Clone, Debug, Default, Shape)]
pub struct InternetGatewayAttachment {
    pub state: String,
    pub vpc_id: VpcId,
}
