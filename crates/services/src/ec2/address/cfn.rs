//! `AWS::EC2::EIP` and `AWS::EC2::EIPAssociation`. Follows the CloudFormation pages of those names.

use serde_json::{Value, json};
use tierra_core::ids::AwsId;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{AllocateAddressInput, AssociateAddressInput, DisassociateAddressInput, Domain, ReleaseAddressInput};
use super::model::{Address, AddressAssociationId, AllocationId};
use super::ops::{AllocateAddress, AssociateAddress, DisassociateAddress, ReleaseAddress};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceId};
use crate::invoke;

struct EipType;
struct AssociationType;

/// Declares the types.
pub fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<EipType>::default())
        .resource_type(Type::<AssociationType>::default());
}

/// What a template may say of an address.
#[derive(Debug, Default, Shape)]
pub struct EipProperties {
    domain: Option<Domain>,
    instance_id: Option<String>,
}

fn address(tx: &Tx, call: &Call, public_ip: &str) -> Option<Address> {
    tx.by_index(&call.place, "address", public_ip).pop()
}

impl Ec2Type for EipType {
    const NAME: &'static str = "AWS::EC2::EIP";
    type Properties = EipProperties;

    fn create(tx: &mut Tx, call: &Call, properties: EipProperties) -> Result<String, AwsError> {
        let input = AllocateAddressInput {
            domain: properties.domain,
            ..AllocateAddressInput::default()
        };
        let made = invoke::<AllocateAddress>(tx, call, input)?;
        lead(tx, call, &made.public_ip, properties.instance_id)?;
        Ok(made.public_ip)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let address = address(tx, call, id)?;
        Some(vec![("AllocationId", json!(address.id)), ("PublicIp", json!(address.address))])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: EipProperties, new: EipProperties) -> Result<(), AwsError> {
        disassociate(tx, call, id)?;
        lead(tx, call, id, new.instance_id)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        disassociate(tx, call, id)?;
        let input = ReleaseAddressInput {
            public_ip: Some(id.to_owned()),
            ..ReleaseAddressInput::default()
        };
        invoke::<ReleaseAddress>(tx, call, input)
    }

    /// The physical id is the address, as `Ref` gives it; tags are kept under the allocation's.
    fn tagged_id(tx: &Tx, call: &Call, id: &str) -> String {
        address(tx, call, id).map_or_else(|| id.to_owned(), |address| address.id.to_string())
    }
}

fn lead(tx: &mut Tx, call: &Call, public_ip: &str, instance_id: Option<String>) -> Result<(), AwsError> {
    if instance_id.is_none() {
        return Ok(());
    }
    let input = AssociateAddressInput {
        public_ip: Some(public_ip.to_owned()),
        instance_id,
        ..AssociateAddressInput::default()
    };
    invoke::<AssociateAddress>(tx, call, input).map(drop)
}

fn disassociate(tx: &mut Tx, call: &Call, public_ip: &str) -> Result<(), AwsError> {
    let input = DisassociateAddressInput {
        public_ip: Some(public_ip.to_owned()),
        ..DisassociateAddressInput::default()
    };
    invoke::<DisassociateAddress>(tx, call, input)
}

/// What a template may say of an association.
#[derive(Debug, Default, Shape)]
pub struct AssociationProperties {
    allocation_id: Option<AllocationId>,
    #[shape("EIP")]
    public_ip: Option<String>,
    instance_id: Option<String>,
    network_interface_id: Option<NetworkInterfaceId>,
    private_ip_address: Option<String>,
}

impl Ec2Type for AssociationType {
    const NAME: &'static str = "AWS::EC2::EIPAssociation";
    const TAGGED: bool = false;
    type Properties = AssociationProperties;

    fn create(tx: &mut Tx, call: &Call, properties: AssociationProperties) -> Result<String, AwsError> {
        let input = AssociateAddressInput {
            allocation_id: properties.allocation_id,
            public_ip: properties.public_ip,
            instance_id: properties.instance_id,
            network_interface_id: properties.network_interface_id,
            private_ip_address: properties.private_ip_address,
            ..AssociateAddressInput::default()
        };
        Ok(invoke::<AssociateAddress>(tx, call, input)?.association_id.to_string())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        tx.by_index::<NetworkInterface>(&call.place, "association", id).pop()?;
        Some(vec![("Id", json!(id))])
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DisassociateAddressInput {
            association_id: Some(AddressAssociationId::from_text(id.to_owned())),
            ..DisassociateAddressInput::default()
        };
        invoke::<DisassociateAddress>(tx, call, input)
    }
}
