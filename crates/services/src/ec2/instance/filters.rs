//! What DescribeInstances and DescribeInstanceStatus can be filtered by.

use tierra_core::Tag;

use super::api::{InstanceCreditSpecification, InstanceStatusInfo};
use super::view::{InstanceInfo, InterfaceInfo};
use crate::ec2::filter::{Field, Filterable, each, maybe, one};
use crate::ec2::listing::Described;

/// An instance with the reservation that it belongs to.
#[derive(Clone, Debug)]
pub struct Reserved {
    pub reservation: String,
    pub owner: String,
    pub info: InstanceInfo,
}

fn interfaces(reserved: &Reserved, part: impl Fn(&InterfaceInfo) -> Vec<String>) -> Vec<String> {
    each(&reserved.info.network_interfaces, part)
}

fn text(value: &str) -> Vec<String> {
    (!value.is_empty()).then(|| value.to_owned()).into_iter().collect()
}

impl Filterable for Reserved {
    const FILTERS: &'static [Field<Self>] = &[
        ("instance-id", |r| one(&r.info.instance_id)),
        ("reservation-id", |r| one(&r.reservation)),
        ("owner-id", |r| one(&r.owner)),
        ("image-id", |r| one(&r.info.image_id)),
        ("instance-type", |r| one(&r.info.instance_type)),
        ("instance-state-name", |r| one(&r.info.state.name)),
        ("instance-state-code", |r| one(&r.info.state.code)),
        ("state-reason-code", |r| {
            each(r.info.state_reason.as_slice(), |reason| one(&reason.code))
        }),
        ("reason", |r| text(&r.info.state_transition_reason)),
        ("launch-time", |r| one(&r.info.launch_time)),
        ("launch-index", |r| one(&r.info.ami_launch_index)),
        ("client-token", |r| text(&r.info.client_token)),
        ("key-name", |r| maybe(&r.info.key_name)),
        ("architecture", |r| one(&r.info.architecture)),
        ("hypervisor", |r| one(&r.info.hypervisor)),
        ("virtualization-type", |r| one(&r.info.virtualization_type)),
        ("platform-details", |r| one(&r.info.platform_details)),
        ("instance-lifecycle", |r| maybe(&r.info.instance_lifecycle)),
        ("iam-instance-profile.arn", |r| {
            each(r.info.iam_instance_profile.as_slice(), |profile| one(&profile.arn))
        }),
        ("iam-instance-profile.id", |r| {
            each(r.info.iam_instance_profile.as_slice(), |profile| one(&profile.id))
        }),
        ("monitoring-state", |r| one(&r.info.monitoring.state)),
        ("availability-zone", |r| one(&r.info.placement.availability_zone)),
        ("tenancy", |r| one(&r.info.placement.tenancy)),
        ("placement-group-name", |r| text(&r.info.placement.group_name)),
        ("metadata-options.http-tokens", |r| one(&r.info.metadata_options.http_tokens)),
        ("metadata-options.http-endpoint", |r| one(&r.info.metadata_options.http_endpoint)),
        ("metadata-options.http-put-response-hop-limit", |r| {
            one(&r.info.metadata_options.http_put_response_hop_limit)
        }),
        ("root-device-name", |r| one(&r.info.root_device_name)),
        ("root-device-type", |r| one(&r.info.root_device_type)),
        ("block-device-mapping.device-name", |r| {
            each(&r.info.block_device_mappings, |device| one(&device.device_name))
        }),
        ("block-device-mapping.volume-id", |r| {
            each(&r.info.block_device_mappings, |device| one(&device.ebs.volume_id))
        }),
        ("block-device-mapping.status", |r| {
            each(&r.info.block_device_mappings, |device| one(&device.ebs.status))
        }),
        ("vpc-id", |r| maybe(&r.info.vpc_id)),
        ("subnet-id", |r| maybe(&r.info.subnet_id)),
        ("private-ip-address", |r| maybe(&r.info.private_ip_address)),
        ("private-dns-name", |r| text(&r.info.private_dns_name)),
        ("ip-address", |r| maybe(&r.info.public_ip_address)),
        ("dns-name", |r| text(&r.info.public_dns_name)),
        ("source-dest-check", |r| maybe(&r.info.source_dest_check)),
        ("instance.group-id", |r| each(&r.info.security_groups, |group| one(&group.group_id))),
        ("instance.group-name", |r| {
            each(&r.info.security_groups, |group| one(&group.group_name))
        }),
        ("network-interface.network-interface-id", |r| {
            interfaces(r, |i| one(&i.network_interface_id))
        }),
        ("network-interface.subnet-id", |r| interfaces(r, |i| one(&i.subnet_id))),
        ("network-interface.vpc-id", |r| interfaces(r, |i| one(&i.vpc_id))),
        ("network-interface.status", |r| interfaces(r, |i| one(&i.status))),
        ("network-interface.mac-address", |r| interfaces(r, |i| one(&i.mac_address))),
        ("network-interface.private-dns-name", |r| {
            interfaces(r, |i| one(&i.private_dns_name))
        }),
        ("network-interface.addresses.private-ip-address", |r| {
            interfaces(r, |i| one(&i.private_ip_address))
        }),
        ("network-interface.group-id", |r| {
            interfaces(r, |i| each(&i.groups, |group| one(&group.group_id)))
        }),
        ("network-interface.group-name", |r| {
            interfaces(r, |i| each(&i.groups, |group| one(&group.group_name)))
        }),
        ("network-interface.association.public-ip", |r| {
            interfaces(r, |i| each(i.association.as_slice(), |association| one(&association.public_ip)))
        }),
    ];
    fn tags(&self) -> &[Tag] {
        &self.info.tags
    }
}

/// In the order of reservations, so that a page cuts as few of them as can be.
impl Described for Reserved {
    const IDS: &'static str = "instanceIds";
    fn id(&self) -> String {
        format!("{} {:06} {}", self.reservation, self.info.ami_launch_index, self.info.instance_id)
    }
}

impl Filterable for InstanceStatusInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("availability-zone", |status| one(&status.availability_zone)),
        ("instance-state-name", |status| one(&status.instance_state.name)),
        ("instance-state-code", |status| one(&status.instance_state.code)),
        ("instance-status.status", |status| one(&status.instance_status.status)),
        ("instance-status.reachability", |status| {
            each(&status.instance_status.details, |detail| one(&detail.status))
        }),
        ("system-status.status", |status| one(&status.system_status.status)),
        ("system-status.reachability", |status| {
            each(&status.system_status.details, |detail| one(&detail.status))
        }),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Described for InstanceStatusInfo {
    const IDS: &'static str = "instanceIds";
    fn id(&self) -> String {
        self.instance_id.clone()
    }
}

impl Filterable for InstanceCreditSpecification {
    const FILTERS: &'static [Field<Self>] = &[("instance-id", |credit| one(&credit.instance_id))];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Described for InstanceCreditSpecification {
    const IDS: &'static str = "instanceIds";
    fn id(&self) -> String {
        self.instance_id.clone()
    }
}
