//! What callers do with VPCs.

use ipnet::Ipv4Net;
use tierra_core::{AwsError, Call, Place, Tag, Tx};

use super::api::{
    CreateDefaultVpcInput, CreateVpcInput, CreateVpcOutput, DeleteVpcInput, DescribeVpcAttributeInput, DescribeVpcAttributeOutput,
    DescribeVpcsInput, DescribeVpcsOutput, ModifyVpcAttributeInput, VpcAttribute, VpcCidrBlockAssociation, VpcCidrBlockState,
    VpcDescription,
};
use super::default;
use super::errors::VpcError;
use super::model::{Vpc, VpcId};
use super::parts::{self, NewVpc};
use crate::ec2::cidr;
use crate::ec2::errors::Ec2Error;
use crate::ec2::filter::{Field, Filterable, each, one};
use crate::ec2::internet_gateway::InternetGateway;
use crate::ec2::listing::{self, Described, query};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::operation::{arn, operations};
use crate::ec2::route_table::RouteTable;
use crate::ec2::security_group::{DEFAULT_NAME, SecurityGroup};
use crate::ec2::subnet::Subnet;
use crate::ec2::tag;

/// VPCs that an account may have in a region. AWS begins with 5 and raises it on request.
pub const VPCS_PER_REGION: usize = 100;

operations! {
    /// Makes a VPC. "CreateVpc"
    writes CreateVpc(CreateVpcInput) -> CreateVpcOutput = create, on |_, _, call| arn(call, "vpc", "*");
    /// Makes the default VPC again after it was deleted. "CreateDefaultVpc"
    writes CreateDefaultVpc(CreateDefaultVpcInput) -> CreateVpcOutput = create_default, on |_, _, call| arn(call, "vpc", "*");
    /// Deletes a VPC in which nothing lives any more. "DeleteVpc"
    writes DeleteVpc(DeleteVpcInput) -> () = delete, on |_, input, call| arn(call, "vpc", &input.vpc_id);
    /// Tells of VPCs. "DescribeVpcs"
    reads DescribeVpcs(DescribeVpcsInput) -> DescribeVpcsOutput = describe;
    /// Tells one attribute. "DescribeVpcAttribute"
    reads DescribeVpcAttribute(DescribeVpcAttributeInput) -> DescribeVpcAttributeOutput = describe_attribute,
        on |_, input, call| arn(call, "vpc", &input.vpc_id);
    /// Changes one attribute. "ModifyVpcAttribute"
    writes ModifyVpcAttribute(ModifyVpcAttributeInput) -> () = modify_attribute, on |_, input, call| arn(call, "vpc", &input.vpc_id);
}

impl Filterable for VpcDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("cidr", |vpc| one(&vpc.cidr_block)),
        ("cidr-block", |vpc| one(&vpc.cidr_block)),
        ("cidrBlock", |vpc| one(&vpc.cidr_block)),
        ("cidr-block-association.association-id", |vpc| {
            each(&vpc.cidr_block_association_set, |set| one(&set.association_id))
        }),
        ("cidr-block-association.cidr-block", |vpc| {
            each(&vpc.cidr_block_association_set, |set| one(&set.cidr_block))
        }),
        ("cidr-block-association.state", |vpc| {
            each(&vpc.cidr_block_association_set, |set| one(&set.cidr_block_state.state))
        }),
        ("dhcp-options-id", |vpc| one(&vpc.dhcp_options_id)),
        ("is-default", |vpc| one(&vpc.is_default)),
        ("isDefault", |vpc| one(&vpc.is_default)),
        ("owner-id", |vpc| one(&vpc.owner_id)),
        ("state", |vpc| one(&vpc.state)),
        ("vpc-id", |vpc| one(&vpc.vpc_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for VpcDescription {
    const IDS: &'static str = "vpcIds";
    fn id(&self) -> String {
        self.vpc_id.to_string()
    }
}

impl Vpc {
    /// The VPC of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &VpcId) -> Result<Self, VpcError> {
        tx.find(place, id).ok_or_else(|| VpcError::NotFound { id: id.clone() })
    }

    /// The default VPC of a place.
    pub fn default_of(tx: &Tx, place: &Place) -> Option<Self> {
        tx.by_index(place, "default", "true").pop()
    }
}

/// A VPC as callers see it.
pub fn show(tx: &Tx, vpc: &Vpc) -> VpcDescription {
    VpcDescription {
        vpc_id: vpc.id.clone(),
        owner_id: vpc.place.account.to_string(),
        state: "available".to_owned(),
        cidr_block: vpc.cidr.to_string(),
        cidr_block_association_set: vec![VpcCidrBlockAssociation {
            association_id: vpc.cidr_association.clone(),
            cidr_block: vpc.cidr.to_string(),
            cidr_block_state: VpcCidrBlockState {
                state: "associated".to_owned(),
            },
        }],
        dhcp_options_id: vpc.dhcp_options.clone(),
        instance_tenancy: vpc.tenancy,
        is_default: vpc.is_default,
        tags: tag::list(tx, &vpc.place, &vpc.id),
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateVpcInput) -> Result<CreateVpcOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "vpc")?;
    if input.amazon_provided_ipv6_cidr_block == Some(true) {
        return Err(Ec2Error::Unsupported {
            what: "networks have no IPv6",
        }
        .into());
    }
    let new = NewVpc {
        cidr: block(input.cidr_block.as_deref())?,
        tenancy: input.instance_tenancy.unwrap_or_default(),
        is_default: false,
    };
    if tx.list::<Vpc>(&call.place).len() >= VPCS_PER_REGION {
        return Err(VpcError::LimitExceeded.into());
    }
    let vpc = parts::make(tx, &call.place, &call.ids, &new);
    tag::set(tx, &call.place, &vpc.id, tags);
    Ok(CreateVpcOutput { vpc: show(tx, &vpc) })
}

/// A block that a VPC can have: /16 to /28. Bits outside its mask are cleared, as AWS does.
fn block(text: Option<&str>) -> Result<Ipv4Net, AwsError> {
    let text = text.ok_or(Ec2Error::Missing { name: "cidrBlock" })?;
    let block = cidr::parse(text, "cidrBlock")?.trunc();
    if cidr::SIZES.contains(&block.prefix_len()) {
        Ok(block)
    } else {
        Err(VpcError::Range { cidr: text.to_owned() }.into())
    }
}

fn create_default(tx: &mut Tx, call: &Call, _: CreateDefaultVpcInput) -> Result<CreateVpcOutput, AwsError> {
    if Vpc::default_of(tx, &call.place).is_some() {
        return Err(VpcError::DefaultExists.into());
    }
    let vpc = default::lay_out(tx, &call.place, &call.ids);
    Ok(CreateVpcOutput { vpc: show(tx, &vpc) })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteVpcInput) -> Result<(), AwsError> {
    let vpc = Vpc::require(tx, &call.place, &input.vpc_id)?;
    if is_lived_in(tx, &vpc) {
        return Err(VpcError::HasDependencies { id: vpc.id }.into());
    }
    parts::unmake(tx, &vpc);
    Ok(())
}

/// Whether anything is in the VPC beside what came with it.
fn is_lived_in(tx: &Tx, vpc: &Vpc) -> bool {
    let (place, id) = (&vpc.place, vpc.id.as_str());
    !tx.by_index::<Subnet>(place, "vpc", id).is_empty()
        || !tx.by_index::<NetworkInterface>(place, "vpc", id).is_empty()
        || !tx.by_index::<InternetGateway>(place, "vpc", id).is_empty()
        || !tx.by_index::<RouteTable>(place, "vpc", id).iter().all(RouteTable::is_main)
        || !tx
            .by_index::<SecurityGroup>(place, "vpc", id)
            .iter()
            .all(|group| group.name == DEFAULT_NAME)
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeVpcsInput) -> Result<DescribeVpcsOutput, AwsError> {
    let missing = |id: &VpcId| VpcError::NotFound { id: id.clone() };
    let page = listing::describe(tx, &call.place, &input.vpc_ids, missing, show, &query!(input))?;
    Ok(DescribeVpcsOutput {
        vpcs: page.items,
        next_token: page.next,
    })
}

fn describe_attribute(tx: &mut Tx, call: &Call, input: DescribeVpcAttributeInput) -> Result<DescribeVpcAttributeOutput, AwsError> {
    let vpc = Vpc::require(tx, &call.place, &input.vpc_id)?;
    let mut output = DescribeVpcAttributeOutput {
        vpc_id: vpc.id,
        ..DescribeVpcAttributeOutput::default()
    };
    match input.attribute {
        VpcAttribute::DnsSupport => output.enable_dns_support = Some(vpc.dns_support.into()),
        VpcAttribute::DnsHostnames => output.enable_dns_hostnames = Some(vpc.dns_hostnames.into()),
        VpcAttribute::NetworkAddressUsageMetrics => output.enable_network_address_usage_metrics = Some(false.into()),
    }
    Ok(output)
}

fn modify_attribute(tx: &mut Tx, call: &Call, input: ModifyVpcAttributeInput) -> Result<(), AwsError> {
    let mut vpc = Vpc::require(tx, &call.place, &input.vpc_id)?;
    let given = |attribute: &Option<_>| {
        attribute
            .as_ref()
            .and_then(|given: &crate::ec2::attribute::AttributeBooleanValue| given.value)
    };
    match (given(&input.enable_dns_support), given(&input.enable_dns_hostnames)) {
        (Some(support), None) => vpc.dns_support = support,
        (None, Some(hostnames)) => vpc.dns_hostnames = hostnames,
        (Some(_), Some(_)) => {
            let reason = "Fields for multiple attribute types specified: enableDnsSupport, enableDnsHostnames".to_owned();
            return Err(Ec2Error::Combination { reason }.into());
        }
        (None, None) => return Err(Ec2Error::Missing { name: "enableDnsSupport" }.into()),
    }
    tx.save(vpc);
    Ok(())
}
