//! What happens to an interface from its making to its end, for its own operations and for every service that has interfaces.

use std::net::Ipv4Addr;

use tierra_core::{AwsError, Ids, Key, Place, Tx};

use super::errors::NetworkInterfaceError;
use super::model::{Attachment, Elastic, InterfaceStatus, NetworkInterface, PublicAddress, address_index};
use crate::ec2::address;
use crate::ec2::errors::Ec2Error;
use crate::ec2::security_group::{DEFAULT_NAME, SecurityGroup, SecurityGroupError, SecurityGroupId};
use crate::ec2::subnet::{Subnet, SubnetId};
use crate::ec2::tag;

/// Groups that one interface may name.
pub const GROUPS_PER_INTERFACE: usize = 5;

/// Addresses that one interface may have. The most that an instance type allows: nothing here holds an interface to its type's.
pub const ADDRESSES_PER_INTERFACE: usize = 50;

/// What is asked of a new interface.
#[derive(Clone, Debug, Default)]
pub struct NewInterface {
    /// A certain address of the subnet; `None`: any free one.
    pub address: Option<Ipv4Addr>,
    /// Further addresses of the subnet.
    pub secondary: Vec<Ipv4Addr>,
    /// How many more of any that are free.
    pub more: usize,
    /// Its groups; none: the VPC's default group.
    pub groups: Vec<SecurityGroupId>,
    pub description: String,
    /// The service that makes it for itself.
    pub requester: Option<String>,
    /// What the caller said, so that a creation that is tried again makes no second one.
    pub client_token: Option<String>,
}

/// Makes an interface in a subnet. It is in force once its status says so.
///
/// # Errors
/// Where the address is not free or not of the subnet, the subnet is full, or a group is unknown, of another VPC, or one too many.
pub fn create(tx: &mut Tx, ids: &Ids, subnet: &Subnet, new: NewInterface) -> Result<NetworkInterface, AwsError> {
    let address = match new.address {
        Some(address) => free_address(tx, subnet, address)?,
        None => any_address(tx, ids, subnet)?,
    };
    let mut interface = NetworkInterface {
        place: subnet.place.clone(),
        id: ids.next(),
        vpc: subnet.vpc.clone(),
        subnet: subnet.id.clone(),
        zone: subnet.zone.clone(),
        address,
        secondary: Vec::new(),
        mac: mac(ids),
        groups: groups_or_default(tx, subnet, new.groups)?,
        description: new.description,
        source_dest_check: true,
        requester: new.requester,
        client_token: new.client_token,
        attachment: None,
        public: None,
        status: InterfaceStatus::default(),
    };
    tx.save(interface.clone());
    add_addresses(tx, ids, subnet, &mut interface, &new.secondary, new.more)?;
    Ok(interface)
}

/// Gives an interface further addresses: these, and `more` of any that are free. Returns them.
///
/// # Errors
/// Where one is not free or not of the subnet, the subnet is full, or they are too many for one interface.
pub fn add_addresses(
    tx: &mut Tx,
    ids: &Ids,
    subnet: &Subnet,
    interface: &mut NetworkInterface,
    given: &[Ipv4Addr],
    more: usize,
) -> Result<Vec<Ipv4Addr>, AwsError> {
    if interface.secondary.len() + given.len() + more >= ADDRESSES_PER_INTERFACE {
        return Err(NetworkInterfaceError::TooManyAddresses { id: interface.id.clone() }.into());
    }
    let mut added = Vec::new();
    for at in 0..given.len() + more {
        let address = match given.get(at) {
            Some(address) => free_address(tx, subnet, *address)?,
            None => any_address(tx, ids, subnet)?,
        };
        interface.secondary.push(address);
        // At once: it is no longer free for the next.
        tx.save(interface.clone());
        added.push(address);
    }
    Ok(added)
}

/// Attaches an interface to what uses it.
///
/// # Errors
/// Where it is attached already.
pub fn attach(tx: &mut Tx, interface: &mut NetworkInterface, attachment: Attachment) -> Result<(), AwsError> {
    if interface.attachment.is_some() {
        return Err(NetworkInterfaceError::InUse { id: interface.id.clone() }.into());
    }
    interface.attachment = Some(attachment);
    tx.save(interface.clone());
    Ok(())
}

/// Detaches an interface. It keeps its addresses.
pub fn detach(tx: &mut Tx, interface: &mut NetworkInterface) {
    interface.attachment = None;
    tx.save(interface.clone());
}

/// Deletes an interface, whatever uses it. A lent public address goes back; an elastic one stays with its owner.
pub fn delete(tx: &mut Tx, interface: &NetworkInterface) {
    let mut last = interface.clone();
    release_public(tx, &mut last);
    tag::forget(tx, &interface.place, &interface.id);
    tx.delete(&Key::<NetworkInterface>::new(&interface.place, &interface.id));
}

/// Lends an interface a public address, as a launch in a public subnet does. One that has an address keeps it.
///
/// # Errors
/// Where the cloud has none left.
pub fn lend_public(tx: &mut Tx, ids: &Ids, interface: &mut NetworkInterface) -> Result<(), AwsError> {
    if interface.public.is_none() {
        interface.public = Some(PublicAddress {
            address: address::take(tx, ids, &interface.place)?,
            elastic: None,
        });
        tx.save(interface.clone());
    }
    Ok(())
}

/// Takes a lent public address back, as a stop does. An elastic one stays.
pub fn release_public(tx: &mut Tx, interface: &mut NetworkInterface) {
    if let Some(PublicAddress { address, elastic: None }) = interface.public {
        address::give_back(tx, address);
        interface.public = None;
        tx.save(interface.clone());
    }
}

/// Leads an elastic address to an interface, in place of a lent one.
pub fn lead_elastic(tx: &mut Tx, interface: &mut NetworkInterface, address: Ipv4Addr, elastic: Elastic) {
    release_public(tx, interface);
    interface.public = Some(PublicAddress {
        address,
        elastic: Some(elastic),
    });
    tx.save(interface.clone());
}

/// How many addresses of a subnet are free.
pub fn free_addresses(tx: &Tx, subnet: &Subnet) -> u32 {
    let interfaces = tx.by_index::<NetworkInterface>(&subnet.place, "subnet", subnet.id.as_str());
    let taken: usize = interfaces.iter().map(|interface| interface.addresses().count()).sum();
    subnet.capacity().saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
}

/// The default subnet of a zone, or of the first zone that has one.
pub fn default_subnet(tx: &Tx, place: &Place, zone: Option<&str>) -> Option<Subnet> {
    match zone {
        Some(zone) => tx.by_index(place, "default", zone).pop(),
        None => crate::ec2::zone::names(place).find_map(|zone| tx.by_index(place, "default", &zone).pop()),
    }
}

/// Checks that groups can be an interface's in this subnet's VPC.
///
/// # Errors
/// Where one is unknown or of another VPC, or there are too many.
pub fn check_groups(tx: &Tx, subnet: &Subnet, groups: &[SecurityGroupId]) -> Result<(), AwsError> {
    if groups.len() > GROUPS_PER_INTERFACE {
        return Err(NetworkInterfaceError::TooManyGroups.into());
    }
    for id in groups {
        let group: SecurityGroup = tx
            .find(&subnet.place, id)
            .ok_or_else(|| SecurityGroupError::NotFound { id: id.to_string() })?;
        if group.vpc != subnet.vpc {
            let (group, subnet) = (id.clone(), subnet.id.clone());
            return Err(NetworkInterfaceError::OtherNetwork { group, subnet }.into());
        }
    }
    Ok(())
}

fn groups_or_default(tx: &Tx, subnet: &Subnet, groups: Vec<SecurityGroupId>) -> Result<Vec<SecurityGroupId>, AwsError> {
    if groups.is_empty() {
        return Ok(SecurityGroup::named(tx, &subnet.place, &subnet.vpc, DEFAULT_NAME)
            .map(|group| group.id)
            .into_iter()
            .collect());
    }
    check_groups(tx, subnet, &groups)?;
    Ok(groups)
}

fn is_taken(tx: &Tx, place: &Place, subnet: &SubnetId, address: Ipv4Addr) -> bool {
    !tx.by_index::<NetworkInterface>(place, "address", &address_index(subnet, address))
        .is_empty()
}

fn free_address(tx: &Tx, subnet: &Subnet, address: Ipv4Addr) -> Result<Ipv4Addr, AwsError> {
    let invalid = |reason: &str| Ec2Error::Value {
        value: address.to_string(),
        name: "address",
        reason: reason.to_owned(),
    };
    if !subnet.cidr.contains(&address) {
        return Err(invalid("Address does not fall within the subnet's address range").into());
    }
    if subnet.is_reserved(address) {
        return Err(invalid("Address is in subnet's reserved address range").into());
    }
    if is_taken(tx, &subnet.place, &subnet.id, address) {
        return Err(NetworkInterfaceError::AddressInUse.into());
    }
    Ok(address)
}

/// A free address, looked for from a random one on, so that one just given back is seldom the next given out.
fn any_address(tx: &Tx, ids: &Ids, subnet: &Subnet) -> Result<Ipv4Addr, AwsError> {
    let capacity = subnet.capacity();
    let start = ids.below(u64::from(capacity));
    (start..start + u64::from(capacity))
        .filter_map(|at| u32::try_from(at % u64::from(capacity)).ok())
        .map(|ordinal| subnet.address(ordinal))
        .find(|address| !is_taken(tx, &subnet.place, &subnet.id, *address))
        .ok_or_else(|| NetworkInterfaceError::SubnetFull.into())
}

/// A hardware address of one's own: locally administered, not a group's.
fn mac(ids: &Ids) -> [u8; 6] {
    let mut mac = ids.bytes::<6>();
    mac[0] = 0x02;
    mac
}
