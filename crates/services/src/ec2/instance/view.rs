//! An instance as callers see it, and the filters that look at that.

use std::net::Ipv4Addr;

use tierra_core::{Place, Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::metadata_options::MetadataOptionsResponse;
use super::model::{Instance, InstanceState};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::security_group::{SecurityGroup, SecurityGroupId};
use crate::ec2::tag;
use crate::ec2::volume::Volume;

/// An instance.
#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceInfo {
    pub instance_id: String,
    pub image_id: String,
    pub instance_type: String,
    pub state: StateShape,
    pub state_reason: Option<StateReason>,
    pub state_transition_reason: String,
    pub launch_time: Timestamp,
    pub ami_launch_index: i32,
    pub client_token: String,
    pub key_name: Option<String>,
    pub architecture: String,
    pub hypervisor: String,
    pub virtualization_type: String,
    pub platform_details: String,
    pub usage_operation: String,
    pub usage_operation_update_time: Timestamp,
    pub boot_mode: Option<String>,
    pub ebs_optimized: bool,
    pub ena_support: bool,
    pub iam_instance_profile: Option<ProfileInfo>,
    pub instance_lifecycle: Option<String>,
    pub spot_instance_request_id: Option<String>,
    pub monitoring: Monitoring,
    pub placement: Placement,
    pub metadata_options: MetadataOptionsResponse,
    pub root_device_name: String,
    pub root_device_type: String,
    pub block_device_mappings: Vec<InstanceBlockDevice>,
    pub cpu_options: CpuOptions,
    pub vpc_id: Option<String>,
    pub subnet_id: Option<String>,
    pub private_ip_address: Option<String>,
    pub private_dns_name: String,
    pub public_ip_address: Option<String>,
    pub public_dns_name: String,
    pub source_dest_check: Option<bool>,
    pub security_groups: Vec<GroupIdentifier>,
    pub network_interfaces: Vec<InterfaceInfo>,
    pub tags: Vec<Tag>,
}

/// A state's word and number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct StateShape {
    pub code: i32,
    pub name: InstanceState,
}

impl From<InstanceState> for StateShape {
    fn from(name: InstanceState) -> Self {
        Self { code: name.code(), name }
    }
}

#[derive(Clone, Debug, Default, Shape)]
pub struct StateReason {
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct ProfileInfo {
    pub arn: String,
    pub id: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct Monitoring {
    pub state: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct Placement {
    pub availability_zone: String,
    pub group_name: String,
    pub tenancy: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct CpuOptions {
    pub core_count: u32,
    pub threads_per_core: u32,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceBlockDevice {
    pub device_name: String,
    pub ebs: EbsInstanceBlockDevice,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct EbsInstanceBlockDevice {
    pub attach_time: Timestamp,
    pub delete_on_termination: bool,
    pub status: String,
    pub volume_id: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct GroupIdentifier {
    pub group_id: String,
    pub group_name: String,
}

/// An interface of an instance.
#[derive(Clone, Debug, Default, Shape)]
pub struct InterfaceInfo {
    pub network_interface_id: String,
    pub vpc_id: String,
    pub subnet_id: String,
    pub owner_id: String,
    pub description: String,
    pub interface_type: String,
    pub status: String,
    pub mac_address: String,
    pub private_ip_address: String,
    pub private_dns_name: String,
    pub private_ip_addresses: Vec<PrivateAddress>,
    pub source_dest_check: bool,
    pub groups: Vec<GroupIdentifier>,
    pub association: Option<Association>,
    pub attachment: AttachmentInfo,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct PrivateAddress {
    pub primary: bool,
    pub private_ip_address: String,
    pub private_dns_name: String,
    pub association: Option<Association>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct Association {
    pub ip_owner_id: String,
    pub public_dns_name: String,
    pub public_ip: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct AttachmentInfo {
    pub attachment_id: String,
    pub attach_time: Timestamp,
    pub delete_on_termination: bool,
    pub device_index: i32,
    pub network_card_index: i32,
    pub status: String,
}

/// What is shown of an instance.
pub fn instance(tx: &Tx, instance: &Instance) -> InstanceInfo {
    let interfaces = NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str());
    let mut shown = of_spec(instance);
    shown.tags = tag::list(tx, &instance.place, &instance.id);
    shown.block_device_mappings = block_devices(tx, instance);
    if let Some(first) = interfaces.first() {
        show_network(tx, &mut shown, first);
    }
    shown.network_interfaces = interfaces.iter().map(|one| interface(tx, one)).collect();
    shown
}

fn of_spec(instance: &Instance) -> InstanceInfo {
    let spec = &instance.spec;
    let cores = spec.kind.cores();
    InstanceInfo {
        instance_id: instance.id.to_string(),
        image_id: spec.image.to_string(),
        instance_type: spec.kind.to_string(),
        state: instance.state().into(),
        state_reason: instance.state_reason().map(|(code, message)| StateReason { code, message }),
        state_transition_reason: instance.transition_reason(),
        launch_time: spec.launched,
        ami_launch_index: spec.launch_index,
        client_token: spec.request.token.clone().unwrap_or_default(),
        key_name: spec.key.as_ref().map(|key| key.name.clone()),
        architecture: "x86_64".to_owned(),
        hypervisor: "xen".to_owned(),
        virtualization_type: "hvm".to_owned(),
        platform_details: "Linux/UNIX".to_owned(),
        usage_operation: "RunInstances".to_owned(),
        usage_operation_update_time: spec.launched,
        ebs_optimized: spec.ebs_optimized,
        ena_support: true,
        iam_instance_profile: spec.profile.as_ref().map(|profile| ProfileInfo {
            arn: profile.arn.to_string(),
            id: profile.id.clone(),
        }),
        instance_lifecycle: spec.spot_request.as_ref().map(|_| "spot".to_owned()),
        spot_instance_request_id: spec.spot_request.as_ref().map(|request| request.id.to_string()),
        monitoring: Monitoring::of(spec.monitoring),
        placement: Placement {
            availability_zone: spec.zone.clone(),
            group_name: String::new(),
            tenancy: "default".to_owned(),
        },
        metadata_options: spec.metadata.told(),
        root_device_name: spec.root_device.clone(),
        root_device_type: "ebs".to_owned(),
        cpu_options: CpuOptions {
            core_count: cores,
            threads_per_core: spec.kind.size.vcpus / cores,
        },
        ..Default::default()
    }
}

/// The network as the first interface has it.
fn show_network(tx: &Tx, shown: &mut InstanceInfo, first: &NetworkInterface) {
    shown.vpc_id = Some(first.vpc.to_string());
    shown.subnet_id = Some(first.subnet.to_string());
    shown.private_ip_address = Some(first.address.to_string());
    shown.private_dns_name = first.private_dns_name();
    shown.public_ip_address = first.public.as_ref().map(|public| public.address.to_string());
    shown.public_dns_name = first.public_dns_name().unwrap_or_default();
    shown.source_dest_check = Some(first.source_dest_check);
    shown.security_groups = groups(tx, &first.place, &first.groups);
}

/// Security groups by id and name.
pub fn groups(tx: &Tx, place: &Place, ids: &[SecurityGroupId]) -> Vec<GroupIdentifier> {
    let found = ids.iter().filter_map(|id| tx.find::<SecurityGroup>(place, id));
    found
        .map(|group| GroupIdentifier {
            group_id: group.id.to_string(),
            group_name: group.name,
        })
        .collect()
}

/// The devices of an instance.
pub fn block_devices(tx: &Tx, instance: &Instance) -> Vec<InstanceBlockDevice> {
    let volumes = Volume::of_instance(tx, &instance.place, instance.id.as_str()).into_iter();
    let attached = volumes.filter_map(|volume| Some((volume.id, volume.attachment?)));
    let device = |(volume, attachment): (crate::ec2::volume::VolumeId, crate::ec2::volume::Attachment)| InstanceBlockDevice {
        device_name: attachment.device,
        ebs: EbsInstanceBlockDevice {
            attach_time: attachment.attached,
            delete_on_termination: attachment.delete_on_termination,
            status: "attached".to_owned(),
            volume_id: volume.to_string(),
        },
    };
    attached.map(device).collect()
}

fn interface(tx: &Tx, one: &NetworkInterface) -> InterfaceInfo {
    let association = association(one);
    InterfaceInfo {
        network_interface_id: one.id.to_string(),
        vpc_id: one.vpc.to_string(),
        subnet_id: one.subnet.to_string(),
        owner_id: one.place.account.to_string(),
        description: one.description.clone(),
        interface_type: "interface".to_owned(),
        status: one.state().to_string(),
        mac_address: one.mac_text(),
        private_ip_address: one.address.to_string(),
        private_dns_name: one.private_dns_name(),
        private_ip_addresses: one
            .addresses()
            .map(|address| private_address(one, address, association.as_ref()))
            .collect(),
        source_dest_check: one.source_dest_check,
        groups: groups(tx, &one.place, &one.groups),
        association,
        attachment: attachment(one),
    }
}

/// The public address leads to the primary one.
fn private_address(one: &NetworkInterface, address: Ipv4Addr, association: Option<&Association>) -> PrivateAddress {
    let primary = address == one.address;
    PrivateAddress {
        primary,
        private_ip_address: address.to_string(),
        private_dns_name: one.name_of(address),
        association: association.filter(|_| primary).cloned(),
    }
}

fn association(one: &NetworkInterface) -> Option<Association> {
    let public = one.public.as_ref()?;
    Some(Association {
        ip_owner_id: if public.elastic.is_some() {
            one.place.account.to_string()
        } else {
            "amazon".to_owned()
        },
        public_dns_name: one.public_dns_name().unwrap_or_default(),
        public_ip: public.address.to_string(),
    })
}

fn attachment(one: &NetworkInterface) -> AttachmentInfo {
    let Some(attachment) = &one.attachment else {
        return AttachmentInfo::default();
    };
    AttachmentInfo {
        attachment_id: attachment.id.to_string(),
        attach_time: attachment.attached,
        delete_on_termination: attachment.delete_on_termination,
        device_index: attachment.device_index,
        network_card_index: 0,
        status: if one.status.in_force { "attached" } else { "attaching" }.to_owned(),
    }
}

impl Monitoring {
    /// As it is told.
    pub fn of(detailed: bool) -> Self {
        Self {
            state: if detailed { "enabled" } else { "disabled" }.to_owned(),
        }
    }
}
