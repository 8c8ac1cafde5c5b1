//! What callers do with internet gateways.

use tierra_core::{AwsError, Call, Key, Place, Tag, Tx};

use super::api::{
    CreateInternetGatewayInput, CreateInternetGatewayOutput, DeleteInternetGatewayInput, DescribeInternetGatewaysInput,
    DescribeInternetGatewaysOutput, InternetGatewayAttachment, InternetGatewayDescription, InternetGatewayVpcInput,
};
use super::errors::InternetGatewayError;
use super::model::{InternetGateway, InternetGatewayId};
use crate::ec2::filter::{Field, Filterable, each, one};
use crate::ec2::listing::{self, Described, query};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::operation::{arn, operations};
use crate::ec2::tag;
use crate::ec2::vpc::{VPCS_PER_REGION, Vpc};

operations! {
    /// Makes a gateway. "CreateInternetGateway"
    writes CreateInternetGateway(CreateInternetGatewayInput) -> CreateInternetGatewayOutput = create,
        on |_, _, call| arn(call, "internet-gateway", "*");
    /// Opens a VPC to the internet. "AttachInternetGateway"
    writes AttachInternetGateway(InternetGatewayVpcInput) -> () = attach,
        on |_, input, call| [arn(call, "internet-gateway", &input.internet_gateway_id), arn(call, "vpc", &input.vpc_id)].concat();
    /// Closes a VPC to the internet. "DetachInternetGateway"
    writes DetachInternetGateway(InternetGatewayVpcInput) -> () = detach,
        on |_, input, call| [arn(call, "internet-gateway", &input.internet_gateway_id), arn(call, "vpc", &input.vpc_id)].concat();
    /// Deletes a gateway that is not attached. "DeleteInternetGateway"
    writes DeleteInternetGateway(DeleteInternetGatewayInput) -> () = delete,
        on |_, input, call| arn(call, "internet-gateway", &input.internet_gateway_id);
    /// Tells of gateways. "DescribeInternetGateways"
    reads DescribeInternetGateways(DescribeInternetGatewaysInput) -> DescribeInternetGatewaysOutput = describe;
}

impl Filterable for InternetGatewayDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("attachment.state", |gateway| {
            each(&gateway.attachments, |attachment| one(&attachment.state))
        }),
        ("attachment.vpc-id", |gateway| {
            each(&gateway.attachments, |attachment| one(&attachment.vpc_id))
        }),
        ("internet-gateway-id", |gateway| one(&gateway.internet_gateway_id)),
        ("owner-id", |gateway| one(&gateway.owner_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for InternetGatewayDescription {
    const IDS: &'static str = "internetGatewayIds";
    fn id(&self) -> String {
        self.internet_gateway_id.to_string()
    }
}

impl InternetGateway {
    /// The gateway of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &InternetGatewayId) -> Result<Self, InternetGatewayError> {
        tx.find(place, id).ok_or_else(|| InternetGatewayError::NotFound { id: id.clone() })
    }
}

fn show(tx: &Tx, gateway: &InternetGateway) -> InternetGatewayDescription {
    let attachment = |vpc: &crate::ec2::vpc::VpcId| InternetGatewayAttachment {
        state: "available".to_owned(),
        vpc_id: vpc.clone(),
    };
    InternetGatewayDescription {
        internet_gateway_id: gateway.id.clone(),
        owner_id: gateway.place.account.to_string(),
        attachments: gateway.vpc.iter().map(attachment).collect(),
        tags: tag::list(tx, &gateway.place, &gateway.id),
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateInternetGatewayInput) -> Result<CreateInternetGatewayOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "internet-gateway")?;
    if tx.list::<InternetGateway>(&call.place).len() >= VPCS_PER_REGION {
        return Err(InternetGatewayError::LimitExceeded.into());
    }
    let gateway = InternetGateway {
        place: call.place.clone(),
        id: call.ids.next(),
        vpc: None,
    };
    tx.save(gateway.clone());
    tag::set(tx, &call.place, &gateway.id, tags);
    Ok(CreateInternetGatewayOutput {
        internet_gateway: show(tx, &gateway),
    })
}

fn attach(tx: &mut Tx, call: &Call, input: InternetGatewayVpcInput) -> Result<(), AwsError> {
    let mut gateway = InternetGateway::require(tx, &call.place, &input.internet_gateway_id)?;
    let vpc = Vpc::require(tx, &call.place, &input.vpc_id)?.id;
    if let Some(vpc) = gateway.vpc {
        return Err(InternetGatewayError::AlreadyAttached { id: gateway.id, vpc }.into());
    }
    if InternetGateway::of_vpc(tx, &call.place, &vpc).is_some() {
        return Err(InternetGatewayError::VpcHasOne { vpc }.into());
    }
    gateway.vpc = Some(vpc);
    tx.save(gateway);
    Ok(())
}

fn detach(tx: &mut Tx, call: &Call, input: InternetGatewayVpcInput) -> Result<(), AwsError> {
    let mut gateway = InternetGateway::require(tx, &call.place, &input.internet_gateway_id)?;
    let vpc = Vpc::require(tx, &call.place, &input.vpc_id)?.id;
    if gateway.vpc.as_ref() != Some(&vpc) {
        return Err(InternetGatewayError::NotAttached { id: gateway.id, vpc }.into());
    }
    let interfaces = tx.by_index::<NetworkInterface>(&call.place, "vpc", vpc.as_str());
    if interfaces.iter().any(|interface| interface.public.is_some()) {
        return Err(InternetGatewayError::MappedAddresses { vpc }.into());
    }
    gateway.vpc = None;
    tx.save(gateway);
    Ok(())
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInternetGatewayInput) -> Result<(), AwsError> {
    let gateway = InternetGateway::require(tx, &call.place, &input.internet_gateway_id)?;
    if gateway.vpc.is_some() {
        return Err(InternetGatewayError::HasDependencies { id: gateway.id }.into());
    }
    tag::forget(tx, &call.place, &gateway.id);
    tx.delete(&Key::<InternetGateway>::new(&call.place, &gateway.id));
    Ok(())
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInternetGatewaysInput) -> Result<DescribeInternetGatewaysOutput, AwsError> {
    let missing = |id: &InternetGatewayId| InternetGatewayError::NotFound { id: id.clone() };
    let page = listing::describe(tx, &call.place, &input.internet_gateway_ids, missing, show, &query!(input))?;
    Ok(DescribeInternetGatewaysOutput {
        internet_gateways: page.items,
        next_token: page.next,
    })
}
