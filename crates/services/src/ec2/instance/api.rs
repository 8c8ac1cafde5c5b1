//! The shapes that operations on instances are spoken in; what is shown of an instance itself is in [`super::view`].

use serde::{Deserialize, Serialize};
use tierra_model::shape::Blob;
use tierra_model::{Shape, Timestamp};

use super::metadata_options::{HttpTokens, MetadataOptionsRequest, MetadataOptionsResponse, Switch};
use super::model::{CpuCredits, Instance, InstanceState, ShutdownBehavior};
use super::view::{GroupIdentifier, InstanceBlockDevice, InstanceInfo, Monitoring, StateShape};
use crate::ec2::attribute::{AttributeBooleanValue, AttributeValue};
use crate::ec2::filter::Filter;
use crate::ec2::launch_template::LaunchTemplateSpecification;
use crate::ec2::spot_request::SpotOptions;
use crate::ec2::tag::TagSpecification;
use crate::ec2::volume::BlockDeviceMapping;

#[derive(Clone, Debug, Default, Shape)]
pub struct RunInstancesInput {
    pub image_id: Option<String>,
    pub instance_type: Option<String>,
    pub min_count: i32,
    pub max_count: i32,
    pub key_name: Option<String>,
    pub security_group_ids: Vec<String>,
    pub security_groups: Vec<String>,
    pub subnet_id: Option<String>,
    pub private_ip_address: Option<String>,
    pub network_interfaces: Vec<NetworkInterfaceSpecification>,
    pub user_data: Option<String>,
    pub iam_instance_profile: Option<ProfileSpecification>,
    pub tag_specifications: Vec<TagSpecification>,
    pub placement: Option<PlacementSpecification>,
    pub client_token: Option<String>,
    pub metadata_options: Option<MetadataOptionsRequest>,
    pub instance_initiated_shutdown_behavior: Option<ShutdownBehavior>,
    pub disable_api_termination: Option<bool>,
    pub disable_api_stop: Option<bool>,
    pub monitoring: Option<MonitoringSpecification>,
    pub ebs_optimized: Option<bool>,
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    pub credit_specification: Option<CreditSpecification>,
    pub instance_market_options: Option<MarketOptions>,
    pub hibernation_options: Option<HibernationOptions>,
    pub launch_template: Option<LaunchTemplateSpecification>,
    pub dry_run: Option<bool>,
}

/// An interface that an instance is launched with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct NetworkInterfaceSpecification {
    pub device_index: Option<i32>,
    pub network_interface_id: Option<String>,
    pub subnet_id: Option<String>,
    pub groups: Vec<String>,
    pub private_ip_address: Option<String>,
    pub associate_public_ip_address: Option<bool>,
    pub delete_on_termination: Option<bool>,
    pub description: Option<String>,
    /// Which card it is on: every instance has one, so that it is 0.
    pub network_card_index: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct ProfileSpecification {
    pub arn: Option<String>,
    pub name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct PlacementSpecification {
    pub availability_zone: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct MonitoringSpecification {
    pub enabled: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct CreditSpecification {
    pub cpu_credits: CpuCredits,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct MarketOptions {
    pub market_type: Option<MarketType>,
    pub spot_options: Option<SpotOptions>,
}

/// Whether an instance can be put to sleep: none can.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct HibernationOptions {
    pub configured: Option<bool>,
}

tierra_model::text_enum! {
    /// How an instance is bought. Nothing is billed here, so it is told back only.
    pub enum MarketType {
        Spot = "spot",
    }
}

/// What one launch made; also an element of DescribeInstances' answer.
#[derive(Clone, Debug, Default, Shape)]
pub struct Reservation {
    pub reservation_id: String,
    pub owner_id: String,
    /// Always empty in a VPC.
    pub groups: Vec<GroupIdentifier>,
    pub instances: Vec<InstanceInfo>,
}

/// Which instances to start, reboot, terminate or monitor.
#[derive(Debug, Default, Shape)]
pub struct InstanceIdsInput {
    pub instance_ids: Vec<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct StartInstancesOutput {
    pub starting_instances: Vec<StateChange>,
}

#[derive(Debug, Default, Shape)]
pub struct StopInstancesOutput {
    pub stopping_instances: Vec<StateChange>,
}

#[derive(Debug, Default, Shape)]
pub struct TerminateInstancesOutput {
    pub terminating_instances: Vec<StateChange>,
}

/// How an instance's state changed.
#[derive(Clone, Debug, Default, Shape)]
pub struct StateChange {
    pub instance_id: String,
    pub current_state: StateShape,
    pub previous_state: StateShape,
}

impl StateChange {
    /// The change from `previous` to what the instance is now.
    pub fn from(previous: InstanceState, instance: &Instance) -> Self {
        Self {
            instance_id: instance.id.to_string(),
            current_state: instance.state().into(),
            previous_state: previous.into(),
        }
    }
}

/// Which instances to describe, for the operations that have no more to say.
#[derive(Debug, Default, Shape)]
pub struct DescribeInstancesInput {
    pub instance_ids: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstancesOutput {
    pub reservations: Vec<Reservation>,
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceStatusInput {
    pub instance_ids: Vec<String>,
    pub filters: Vec<Filter>,
    pub include_all_instances: Option<bool>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceStatusOutput {
    pub instance_statuses: Vec<InstanceStatusInfo>,
    pub next_token: Option<String>,
}

/// Whether an instance is well.
#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceStatusInfo {
    pub availability_zone: String,
    pub instance_id: String,
    pub instance_state: StateShape,
    pub instance_status: StatusSummary,
    pub system_status: StatusSummary,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct StatusSummary {
    pub status: String,
    pub details: Vec<StatusDetails>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct StatusDetails {
    pub name: String,
    pub status: String,
}

tierra_model::text_enum! {
    /// An attribute of an instance.
    pub enum InstanceAttributeName {
        InstanceType = "instanceType",
        Kernel = "kernel",
        Ramdisk = "ramdisk",
        UserData = "userData",
        DisableApiTermination = "disableApiTermination",
        InstanceInitiatedShutdownBehavior = "instanceInitiatedShutdownBehavior",
        RootDeviceName = "rootDeviceName",
        BlockDeviceMapping = "blockDeviceMapping",
        ProductCodes = "productCodes",
        SourceDestCheck = "sourceDestCheck",
        GroupSet = "groupSet",
        EbsOptimized = "ebsOptimized",
        SriovNetSupport = "sriovNetSupport",
        EnaSupport = "enaSupport",
        DisableApiStop = "disableApiStop",
    }
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceAttributeInput {
    pub instance_id: String,
    pub attribute: InstanceAttributeName,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceAttributeOutput {
    pub instance_id: String,
    pub instance_type: Option<AttributeValue>,
    pub user_data: Option<AttributeValue>,
    pub disable_api_termination: Option<AttributeBooleanValue>,
    pub disable_api_stop: Option<AttributeBooleanValue>,
    pub instance_initiated_shutdown_behavior: Option<AttributeValue>,
    pub root_device_name: Option<AttributeValue>,
    pub block_device_mappings: Option<Vec<InstanceBlockDevice>>,
    pub source_dest_check: Option<AttributeBooleanValue>,
    pub groups: Option<Vec<GroupIdentifier>>,
    pub ebs_optimized: Option<AttributeBooleanValue>,
    pub ena_support: Option<AttributeBooleanValue>,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyInstanceAttributeInput {
    pub instance_id: String,
    pub attribute: Option<InstanceAttributeName>,
    pub value: Option<String>,
    pub instance_type: Option<AttributeValue>,
    pub user_data: Option<BlobAttributeValue>,
    pub disable_api_termination: Option<AttributeBooleanValue>,
    pub disable_api_stop: Option<AttributeBooleanValue>,
    pub instance_initiated_shutdown_behavior: Option<AttributeValue>,
    pub source_dest_check: Option<AttributeBooleanValue>,
    pub groups: Vec<String>,
    pub ebs_optimized: Option<AttributeBooleanValue>,
    pub dry_run: Option<bool>,
}

/// A binary attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct BlobAttributeValue {
    pub value: Option<Blob>,
}

#[derive(Debug, Default, Shape)]
pub struct GetConsoleOutputInput {
    pub instance_id: String,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct GetConsoleOutputOutput {
    pub instance_id: String,
    pub timestamp: Timestamp,
    /// Base64.
    pub output: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyInstanceMetadataOptionsInput {
    pub instance_id: String,
    pub http_tokens: Option<HttpTokens>,
    pub http_put_response_hop_limit: Option<i32>,
    pub http_endpoint: Option<Switch>,
    pub instance_metadata_tags: Option<Switch>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyInstanceMetadataOptionsOutput {
    pub instance_id: String,
    pub instance_metadata_options: MetadataOptionsResponse,
}

#[derive(Debug, Default, Shape)]
pub struct MonitorInstancesOutput {
    pub instance_monitorings: Vec<InstanceMonitoring>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceMonitoring {
    pub instance_id: String,
    pub monitoring: Monitoring,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceCreditSpecificationsOutput {
    pub instance_credit_specifications: Vec<InstanceCreditSpecification>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceCreditSpecification {
    pub instance_id: String,
    pub cpu_credits: CpuCredits,
}
