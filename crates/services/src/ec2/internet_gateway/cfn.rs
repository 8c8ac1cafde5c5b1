//! `AWS::EC2::InternetGateway` and `AWS::EC2::VPCGatewayAttachment`. Follows the CloudFormation pages of those names.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{CreateInternetGatewayInput, DeleteInternetGatewayInput, InternetGatewayVpcInput};
use super::model::{InternetGateway, InternetGatewayId};
use super::ops::{AttachInternetGateway, CreateInternetGateway, DeleteInternetGateway, DetachInternetGateway};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::vpc::VpcId;
use crate::invoke;

/// How an attachment's physical id begins; the VPC's id follows.
const ATTACHMENT: &str = "IGW|";

struct InternetGatewayType;
struct AttachmentType;

/// Declares the types.
pub fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<InternetGatewayType>::default())
        .resource_type(Type::<AttachmentType>::default());
}

impl Ec2Type for InternetGatewayType {
    const NAME: &'static str = "AWS::EC2::InternetGateway";
    type Properties = ();

    fn create(tx: &mut Tx, call: &Call, (): ()) -> Result<String, AwsError> {
        let made = invoke::<CreateInternetGateway>(tx, call, CreateInternetGatewayInput::default())?;
        Ok(made.internet_gateway.internet_gateway_id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let gateway: InternetGateway = tx.find(&call.place, id)?;
        Some(vec![("InternetGatewayId", json!(gateway.id))])
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DeleteInternetGatewayInput {
            internet_gateway_id: InternetGatewayId::from_text(id.to_owned()),
            dry_run: None,
        };
        invoke::<DeleteInternetGateway>(tx, call, input)
    }
}

/// What a template may say of an attachment.
#[derive(Debug, Default, Shape)]
pub struct AttachmentProperties {
    vpc_id: VpcId,
    internet_gateway_id: InternetGatewayId,
}

impl From<AttachmentProperties> for InternetGatewayVpcInput {
    fn from(properties: AttachmentProperties) -> Self {
        Self {
            internet_gateway_id: properties.internet_gateway_id,
            vpc_id: properties.vpc_id,
            dry_run: None,
        }
    }
}

/// The gateway that an attachment's id names.
fn attached(tx: &Tx, call: &Call, id: &str) -> Option<InternetGateway> {
    let vpc = VpcId::from_text(id.strip_prefix(ATTACHMENT)?.to_owned());
    InternetGateway::of_vpc(tx, &call.place, &vpc)
}

impl Ec2Type for AttachmentType {
    const NAME: &'static str = "AWS::EC2::VPCGatewayAttachment";
    const TAGGED: bool = false;
    type Properties = AttachmentProperties;

    fn create(tx: &mut Tx, call: &Call, properties: AttachmentProperties) -> Result<String, AwsError> {
        let id = format!("{ATTACHMENT}{}", properties.vpc_id);
        invoke::<AttachInternetGateway>(tx, call, properties.into())?;
        Ok(id)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        attached(tx, call, id).map(|_| vec![("AttachmentType", json!("IGW"))])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: AttachmentProperties, new: AttachmentProperties) -> Result<(), AwsError> {
        Self::delete(tx, call, id)?;
        invoke::<AttachInternetGateway>(tx, call, new.into())
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let Some(InternetGateway { id, vpc: Some(vpc_id), .. }) = attached(tx, call, id) else {
            return Ok(());
        };
        let input = InternetGatewayVpcInput {
            internet_gateway_id: id,
            vpc_id,
            dry_run: None,
        };
        invoke::<DetachInternetGateway>(tx, call, input)
    }
}
