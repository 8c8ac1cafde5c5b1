//! What callers do with elastic addresses.

use tierra_core::{AwsError, Call, Key, Place, Tag, Tx};

use super::api::{
    AddressDescription, AllocateAddressInput, AllocateAddressOutput, AssociateAddressInput, AssociateAddressOutput,
    DescribeAddressesAttributeInput, DescribeAddressesAttributeOutput, DescribeAddressesInput, DescribeAddressesOutput,
    DisassociateAddressInput, Domain, ReleaseAddressInput,
};
use super::errors::AddressError;
use super::model::{Address, AddressAssociationId, AllocationId};
use super::{ADDRESSES_PER_REGION, pool};
use crate::ec2::errors::Ec2Error;
use crate::ec2::filter::{self, Field, Filterable, maybe, one};
use crate::ec2::internet_gateway::InternetGateway;
use crate::ec2::listing;
use crate::ec2::network_interface::{self, Elastic, NetworkInterface};
use crate::ec2::operation::{arn, operations};
use crate::ec2::tag;

/// Whose pool addresses come from.
const POOL: &str = "amazon";

operations! {
    /// Takes an address to keep. "AllocateAddress"
    writes AllocateAddress(AllocateAddressInput) -> AllocateAddressOutput = allocate, on |_, _, call| arn(call, "elastic-ip", "*");
    /// Leads an address to an interface. "AssociateAddress"
    writes AssociateAddress(AssociateAddressInput) -> AssociateAddressOutput = associate,
        on |tx, input, call| address_arn(tx, call, input.allocation_id.as_ref(), input.public_ip.as_deref());
    /// Leads an address nowhere. "DisassociateAddress"
    writes DisassociateAddress(DisassociateAddressInput) -> () = disassociate,
        on |tx, input, call| address_arn(tx, call, None, input.public_ip.as_deref());
    /// Gives an address back. "ReleaseAddress"
    writes ReleaseAddress(ReleaseAddressInput) -> () = release,
        on |tx, input, call| address_arn(tx, call, input.allocation_id.as_ref(), input.public_ip.as_deref());
    /// Tells of addresses. "DescribeAddresses"
    reads DescribeAddresses(DescribeAddressesInput) -> DescribeAddressesOutput = describe;
    /// Tells reverse names; no address has one. "DescribeAddressesAttribute"
    reads DescribeAddressesAttribute(DescribeAddressesAttributeInput) -> DescribeAddressesAttributeOutput = describe_attribute;
}

impl Filterable for AddressDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("allocation-id", |address| one(&address.allocation_id)),
        ("association-id", |address| maybe(&address.association_id)),
        ("domain", |address| one(&address.domain)),
        ("instance-id", |address| maybe(&address.instance_id)),
        ("network-border-group", |address| one(&address.network_border_group)),
        ("network-interface-id", |address| maybe(&address.network_interface_id)),
        ("network-interface-owner-id", |address| maybe(&address.network_interface_owner_id)),
        ("private-ip-address", |address| maybe(&address.private_ip_address)),
        ("public-ip", |address| one(&address.public_ip)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Address {
    /// The address of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &AllocationId) -> Result<Self, AddressError> {
        tx.find(place, id).ok_or_else(|| AddressError::NotFound { id: id.clone() })
    }

    fn require_public(tx: &Tx, place: &Place, address: &str) -> Result<Self, AddressError> {
        let found = tx.by_index(place, "address", address).pop();
        found.ok_or_else(|| AddressError::NoSuchAddress {
            address: address.to_owned(),
        })
    }

    fn require_either(tx: &Tx, place: &Place, id: Option<&AllocationId>, address: Option<&str>) -> Result<Self, AwsError> {
        match (id, address) {
            (Some(id), _) => Ok(Self::require(tx, place, id)?),
            (None, Some(address)) => Ok(Self::require_public(tx, place, address)?),
            (None, None) => Err(Ec2Error::Missing { name: "allocationId" }.into()),
        }
    }

    /// The interface that it leads to.
    pub fn interface(&self, tx: &Tx) -> Option<NetworkInterface> {
        tx.by_index(&self.place, "allocation", self.id.as_str()).pop()
    }
}

fn address_arn(tx: &Tx, call: &Call, id: Option<&AllocationId>, address: Option<&str>) -> Vec<tierra_core::Arn> {
    let found = Address::require_either(tx, &call.place, id, address);
    found.map_or_else(|_| Vec::new(), |address| arn(call, "elastic-ip", &address.id))
}

fn show(tx: &Tx, address: &Address) -> AddressDescription {
    let interface = address.interface(tx);
    let interface = interface.as_ref();
    let elastic = interface.and_then(|interface| interface.public.as_ref()?.elastic.as_ref());
    AddressDescription {
        allocation_id: address.id.clone(),
        association_id: elastic.map(|elastic| elastic.association.clone()),
        domain: Domain::Vpc,
        instance_id: interface.and_then(|interface| interface.attachment.as_ref()?.instance.clone()),
        network_border_group: address.place.region.to_string(),
        network_interface_id: interface.map(|interface| interface.id.clone()),
        network_interface_owner_id: interface.map(|interface| interface.place.account.to_string()),
        private_ip_address: interface.map(|interface| interface.address.to_string()),
        public_ip: address.address.to_string(),
        public_ipv4_pool: POOL.to_owned(),
        subnet_id: None,
        tags: tag::list(tx, &address.place, &address.id),
    }
}

fn allocate(tx: &mut Tx, call: &Call, input: AllocateAddressInput) -> Result<AllocateAddressOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "elastic-ip")?;
    check_border_group(call, input.network_border_group.as_deref())?;
    if tx.list::<Address>(&call.place).len() >= ADDRESSES_PER_REGION {
        return Err(AddressError::LimitExceeded.into());
    }
    let address = Address {
        place: call.place.clone(),
        id: call.ids.next(),
        address: pool::take(tx, &call.ids, &call.place)?,
    };
    tx.save(address.clone());
    tag::set(tx, &call.place, &address.id, tags);
    Ok(AllocateAddressOutput {
        allocation_id: address.id,
        public_ip: address.address.to_string(),
        public_ipv4_pool: POOL.to_owned(),
        network_border_group: call.place.region.to_string(),
        domain: Domain::Vpc,
    })
}

fn associate(tx: &mut Tx, call: &Call, input: AssociateAddressInput) -> Result<AssociateAddressOutput, AwsError> {
    let address = Address::require_either(tx, &call.place, input.allocation_id.as_ref(), input.public_ip.as_deref())?;
    let interface = target(tx, call, &input)?;
    if InternetGateway::of_vpc(tx, &call.place, &interface.vpc).is_none() {
        return Err(AddressError::NoGateway { vpc: interface.vpc }.into());
    }
    if let Some(same) = association_between(&address, &interface) {
        return Ok(AssociateAddressOutput { association_id: same });
    }
    let may_move = input.allow_reassociation.unwrap_or(true);
    check_free(tx, &address, &interface, may_move)?;
    if let Some(mut earlier) = address.interface(tx) {
        earlier.public = None;
        tx.save(earlier);
    }
    let association_id: AddressAssociationId = call.ids.next();
    let elastic = Elastic {
        allocation: address.id,
        association: association_id.clone(),
    };
    network_interface::lead_elastic(tx, &mut { interface }, address.address, elastic);
    Ok(AssociateAddressOutput { association_id })
}

/// The interface that is meant, or an instance's first.
fn target(tx: &Tx, call: &Call, input: &AssociateAddressInput) -> Result<NetworkInterface, AwsError> {
    let interface = match (&input.network_interface_id, &input.instance_id) {
        (Some(id), _) => NetworkInterface::require(tx, &call.place, id)?,
        (None, Some(instance)) => {
            let first = NetworkInterface::of_instance(tx, &call.place, instance).into_iter().next();
            first.ok_or_else(|| AddressError::NoSuchInstance {
                instance: instance.clone(),
            })?
        }
        (None, None) => {
            return Err(Ec2Error::Missing {
                name: "networkInterfaceId or instanceId",
            }
            .into());
        }
    };
    let asked = input.private_ip_address.as_ref();
    match asked.filter(|asked| **asked != interface.address.to_string()) {
        None => Ok(interface),
        Some(other) => Err(Ec2Error::Value {
            value: other.clone(),
            name: "privateIpAddress",
            reason: format!("Address is not an address of {}.", interface.id),
        }
        .into()),
    }
}

fn association_between(address: &Address, interface: &NetworkInterface) -> Option<AddressAssociationId> {
    let elastic = interface.public.as_ref()?.elastic.as_ref()?;
    (elastic.allocation == address.id).then(|| elastic.association.clone())
}

/// Neither the address nor the interface may have another partner, unless the caller lets that change.
fn check_free(tx: &Tx, address: &Address, interface: &NetworkInterface, may_move: bool) -> Result<(), AddressError> {
    let of_interface = interface.public.as_ref().and_then(|public| public.elastic.as_ref());
    let elsewhere = address.interface(tx);
    let of_address = elsewhere.as_ref().and_then(|other| other.public.as_ref()?.elastic.as_ref());
    let taken = of_address
        .map(|elastic| (address.id.to_string(), elastic))
        .or_else(|| of_interface.map(|elastic| (interface.id.to_string(), elastic)));
    match taken.filter(|_| !may_move) {
        None => Ok(()),
        Some((resource, elastic)) => Err(AddressError::AlreadyAssociated {
            resource,
            association: elastic.association.clone(),
        }),
    }
}

fn disassociate(tx: &mut Tx, call: &Call, input: DisassociateAddressInput) -> Result<(), AwsError> {
    let mut interface = match (&input.association_id, &input.public_ip) {
        (Some(id), _) => {
            let found: Option<NetworkInterface> = tx.by_index(&call.place, "association", id.as_str()).pop();
            found.ok_or_else(|| AddressError::NoSuchAssociation { id: id.clone() })?
        }
        (None, Some(address)) => match Address::require_public(tx, &call.place, address)?.interface(tx) {
            Some(interface) => interface,
            None => return Ok(()),
        },
        (None, None) => return Err(Ec2Error::Missing { name: "associationId" }.into()),
    };
    interface.public = None;
    tx.save(interface);
    Ok(())
}

/// A region is one border group here: it has no local zones.
fn check_border_group(call: &Call, group: Option<&str>) -> Result<(), AddressError> {
    match group.filter(|group| *group != call.place.region.0) {
        Some(group) => Err(AddressError::NoSuchBorderGroup { group: group.to_owned() }),
        None => Ok(()),
    }
}

fn release(tx: &mut Tx, call: &Call, input: ReleaseAddressInput) -> Result<(), AwsError> {
    check_border_group(call, input.network_border_group.as_deref())?;
    let address = Address::require_either(tx, &call.place, input.allocation_id.as_ref(), input.public_ip.as_deref())?;
    if address.interface(tx).is_some() {
        return Err(AddressError::InUse { address: address.address }.into());
    }
    pool::give_back(tx, address.address);
    tag::forget(tx, &call.place, &address.id);
    tx.delete(&Key::<Address>::new(&call.place, &address.id));
    Ok(())
}

fn rows(tx: &Tx, place: &Place, ids: &[AllocationId]) -> Result<Vec<Address>, AwsError> {
    listing::rows(tx, place, ids, |id| AddressError::NotFound { id: id.clone() })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeAddressesInput) -> Result<DescribeAddressesOutput, AwsError> {
    let mut ids = input.allocation_ids;
    for address in &input.public_ips {
        ids.push(Address::require_public(tx, &call.place, address)?.id);
    }
    let shown = rows(tx, &call.place, &ids)?.iter().map(|address| show(tx, address)).collect();
    Ok(DescribeAddressesOutput {
        addresses: filter::apply(shown, &input.filters)?,
    })
}

fn describe_attribute(
    tx: &mut Tx,
    call: &Call,
    input: DescribeAddressesAttributeInput,
) -> Result<DescribeAddressesAttributeOutput, AwsError> {
    rows(tx, &call.place, &input.allocation_ids)?;
    Ok(DescribeAddressesAttributeOutput::default())
}
