//! What callers do with subnets.

use ipnet::Ipv4Net;
use tierra_core::{Arn, AwsError, Call, Ids, Key, Place, Tag, Tx};

use super::api::{
    CreateDefaultSubnetInput, CreateSubnetInput, CreateSubnetOutput, DeleteSubnetInput, DescribeSubnetsInput, DescribeSubnetsOutput,
    ModifySubnetAttributeInput, PrivateDnsNameOptionsOnLaunch, SubnetDescription,
};
use super::errors::SubnetError;
use super::model::{Subnet, SubnetId};
use crate::ec2::cidr;
use crate::ec2::errors::Ec2Error;
use crate::ec2::filter::{Field, Filterable, one};
use crate::ec2::listing::{self, Described, query};
use crate::ec2::network_interface::{self, NetworkInterface};
use crate::ec2::operation::{arn, operations};
use crate::ec2::route_table::RouteTable;
use crate::ec2::tag;
use crate::ec2::vpc::{DEFAULT_SUBNET_PREFIX, Vpc, VpcError};
use crate::ec2::zone;

/// Subnets that a VPC may have.
const SUBNETS_PER_VPC: usize = 200;

operations! {
    /// Makes a subnet. "CreateSubnet"
    writes CreateSubnet(CreateSubnetInput) -> CreateSubnetOutput = create,
        on |_, input, call| [arn(call, "subnet", "*"), arn(call, "vpc", &input.vpc_id)].concat();
    /// Makes a zone's default subnet again after it was deleted. "CreateDefaultSubnet"
    writes CreateDefaultSubnet(CreateDefaultSubnetInput) -> CreateSubnetOutput = create_default, on |_, _, call| arn(call, "subnet", "*");
    /// Deletes a subnet in which no interface lies. "DeleteSubnet"
    writes DeleteSubnet(DeleteSubnetInput) -> () = delete, on |_, input, call| arn(call, "subnet", &input.subnet_id);
    /// Tells of subnets. "DescribeSubnets"
    reads DescribeSubnets(DescribeSubnetsInput) -> DescribeSubnetsOutput = describe;
    /// Says whether instances get a public address. "ModifySubnetAttribute"
    writes ModifySubnetAttribute(ModifySubnetAttributeInput) -> () = modify_attribute,
        on |_, input, call| arn(call, "subnet", &input.subnet_id);
}

impl Filterable for SubnetDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("availability-zone", |subnet| one(&subnet.availability_zone)),
        ("availabilityZone", |subnet| one(&subnet.availability_zone)),
        ("availability-zone-id", |subnet| one(&subnet.availability_zone_id)),
        ("availabilityZoneId", |subnet| one(&subnet.availability_zone_id)),
        ("available-ip-address-count", |subnet| one(&subnet.available_ip_address_count)),
        ("cidr", |subnet| one(&subnet.cidr_block)),
        ("cidr-block", |subnet| one(&subnet.cidr_block)),
        ("cidrBlock", |subnet| one(&subnet.cidr_block)),
        ("default-for-az", |subnet| one(&subnet.default_for_az)),
        ("defaultForAz", |subnet| one(&subnet.default_for_az)),
        ("ipv6-native", |subnet| one(&subnet.ipv6_native)),
        ("map-public-ip-on-launch", |subnet| one(&subnet.map_public_ip_on_launch)),
        ("owner-id", |subnet| one(&subnet.owner_id)),
        ("state", |subnet| one(&subnet.state)),
        ("subnet-arn", |subnet| one(&subnet.subnet_arn)),
        ("subnet-id", |subnet| one(&subnet.subnet_id)),
        ("vpc-id", |subnet| one(&subnet.vpc_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for SubnetDescription {
    const IDS: &'static str = "subnetIds";
    fn id(&self) -> String {
        self.subnet_id.to_string()
    }
}

impl Subnet {
    /// The subnet of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &SubnetId) -> Result<Self, SubnetError> {
        tx.find(place, id).ok_or_else(|| SubnetError::NotFound { id: id.clone() })
    }
}

/// A subnet as callers see it.
pub fn show(tx: &Tx, subnet: &Subnet) -> SubnetDescription {
    SubnetDescription {
        subnet_id: subnet.id.clone(),
        subnet_arn: Arn::regional("ec2", &subnet.place, format!("subnet/{}", subnet.id)),
        vpc_id: subnet.vpc.clone(),
        owner_id: subnet.place.account.to_string(),
        state: "available".to_owned(),
        cidr_block: subnet.cidr.to_string(),
        availability_zone: subnet.zone.clone(),
        availability_zone_id: zone::id(&subnet.place.region, &subnet.zone),
        available_ip_address_count: network_interface::free_addresses(tx, subnet).into(),
        default_for_az: subnet.default_for_az,
        map_public_ip_on_launch: subnet.map_public_ip_on_launch,
        private_dns_name_options_on_launch: PrivateDnsNameOptionsOnLaunch {
            hostname_type: "ip-name".to_owned(),
            ..PrivateDnsNameOptionsOnLaunch::default()
        },
        tags: tag::list(tx, &subnet.place, &subnet.id),
        ..SubnetDescription::default()
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateSubnetInput) -> Result<CreateSubnetOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "subnet")?;
    let vpc = Vpc::require(tx, &call.place, &input.vpc_id)?;
    let zone = match (&input.availability_zone, &input.availability_zone_id) {
        (Some(name), None) => zone::named(&call.place, name)?,
        (None, Some(id)) => zone::of_id(&call.place, id)?,
        (None, None) => zone::emptiest(&call.place, &tx.by_index(&call.place, "vpc", vpc.id.as_str())),
        (Some(_), Some(_)) => {
            let reason = "The parameter availabilityZone cannot be used with the parameter availabilityZoneId".to_owned();
            return Err(Ec2Error::Combination { reason }.into());
        }
    };
    let cidr = block(tx, &vpc, input.cidr_block.as_deref())?;
    let subnet = make(&call.ids, &vpc, cidr, zone, false);
    tx.save(subnet.clone());
    tag::set(tx, &call.place, &subnet.id, tags);
    Ok(CreateSubnetOutput { subnet: show(tx, &subnet) })
}

/// A new subnet. Default ones are public.
pub fn make(ids: &Ids, vpc: &Vpc, cidr: Ipv4Net, zone: String, default_for_az: bool) -> Subnet {
    Subnet {
        place: vpc.place.clone(),
        id: ids.next(),
        vpc: vpc.id.clone(),
        cidr,
        zone,
        default_for_az,
        map_public_ip_on_launch: default_for_az,
        network_acl_association: ids.next(),
    }
}

/// A block that a new subnet of this VPC can have. Bits outside its mask are cleared, as AWS does.
fn block(tx: &Tx, vpc: &Vpc, text: Option<&str>) -> Result<Ipv4Net, AwsError> {
    let text = text.ok_or(Ec2Error::Missing { name: "cidrBlock" })?;
    let block = cidr::parse(text, "cidrBlock")?.trunc();
    if !cidr::SIZES.contains(&block.prefix_len()) || !vpc.cidr.contains(&block) {
        return Err(SubnetError::Range { cidr: text.to_owned() }.into());
    }
    let others: Vec<Subnet> = tx.by_index(&vpc.place, "vpc", vpc.id.as_str());
    if others.len() >= SUBNETS_PER_VPC {
        return Err(SubnetError::LimitExceeded.into());
    }
    if others.iter().any(|other| cidr::overlap(&other.cidr, &block)) {
        return Err(SubnetError::Conflict { cidr: text.to_owned() }.into());
    }
    Ok(block)
}

fn create_default(tx: &mut Tx, call: &Call, input: CreateDefaultSubnetInput) -> Result<CreateSubnetOutput, AwsError> {
    let name = input.availability_zone.ok_or(Ec2Error::Missing { name: "availabilityZone" })?;
    let zone = zone::named(&call.place, &name)?;
    let vpc = Vpc::default_of(tx, &call.place).ok_or(VpcError::NoDefault)?;
    let others: Vec<Subnet> = tx.by_index(&call.place, "vpc", vpc.id.as_str());
    if let Some(default) = others.iter().find(|other| other.default_for_az && other.zone == zone) {
        return Err(SubnetError::DefaultExists {
            zone,
            id: default.id.clone(),
        }
        .into());
    }
    let mut blocks = vpc.cidr.subnets(DEFAULT_SUBNET_PREFIX).into_iter().flatten();
    let free = |block: &Ipv4Net| !others.iter().any(|other| cidr::overlap(&other.cidr, block));
    let cidr = blocks.find(free).ok_or(SubnetError::LimitExceeded)?;
    let subnet = make(&call.ids, &vpc, cidr, zone, true);
    tx.save(subnet.clone());
    Ok(CreateSubnetOutput { subnet: show(tx, &subnet) })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteSubnetInput) -> Result<(), AwsError> {
    let subnet = Subnet::require(tx, &call.place, &input.subnet_id)?;
    if !tx
        .by_index::<NetworkInterface>(&call.place, "subnet", subnet.id.as_str())
        .is_empty()
    {
        return Err(SubnetError::HasDependencies { id: subnet.id }.into());
    }
    if let Some(mut table) = RouteTable::explicit(tx, &call.place, &subnet.id) {
        table
            .associations
            .retain(|association| association.subnet.as_ref() != Some(&subnet.id));
        tx.save(table);
    }
    tag::forget(tx, &call.place, &subnet.id);
    tx.delete(&Key::<Subnet>::new(&call.place, &subnet.id));
    Ok(())
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeSubnetsInput) -> Result<DescribeSubnetsOutput, AwsError> {
    let missing = |id: &SubnetId| SubnetError::NotFound { id: id.clone() };
    let page = listing::describe(tx, &call.place, &input.subnet_ids, missing, show, &query!(input))?;
    Ok(DescribeSubnetsOutput {
        subnets: page.items,
        next_token: page.next,
    })
}

fn modify_attribute(tx: &mut Tx, call: &Call, input: ModifySubnetAttributeInput) -> Result<(), AwsError> {
    let mut subnet = Subnet::require(tx, &call.place, &input.subnet_id)?;
    let given = input.map_public_ip_on_launch.and_then(|given| given.value);
    subnet.map_public_ip_on_launch = given.ok_or(Ec2Error::Missing {
        name: "mapPublicIpOnLaunch",
    })?;
    tx.save(subnet);
    Ok(())
}
