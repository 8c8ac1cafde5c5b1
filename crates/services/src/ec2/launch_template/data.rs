//! The parameters that a template holds: those of RunInstances that say what is launched, and not how many or where once.

use serde::{Deserialize, Serialize};
use tierra_model::Shape;

use crate::ec2::instance::metadata_options::MetadataOptionsRequest;
use crate::ec2::instance::{
    CreditSpecification, HibernationOptions, MarketOptions, MonitoringSpecification, NetworkInterfaceSpecification, PlacementSpecification,
    ProfileSpecification, ShutdownBehavior,
};
use crate::ec2::tag::TagSpecification;
use crate::ec2::volume::BlockDeviceMapping;

/// What a version says. What it does not say is left to the launch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Shape)]
#[serde(default)]
pub struct LaunchTemplateData {
    pub image_id: Option<String>,
    pub instance_type: Option<String>,
    pub key_name: Option<String>,
    pub security_group_ids: Vec<String>,
    pub security_groups: Vec<String>,
    pub network_interfaces: Vec<NetworkInterfaceSpecification>,
    pub user_data: Option<String>,
    pub iam_instance_profile: Option<ProfileSpecification>,
    pub tag_specifications: Vec<TagSpecification>,
    pub placement: Option<PlacementSpecification>,
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
}

/// Lays the parameters `$over` (a launch's or a template's) over a template's `$under`: what is said above stands, a list as a
/// whole; tags are told apart by kind and key.
macro_rules! lay_over {
    ($over:expr, $under:expr) => {{
        let (over, under) = ($over, $under);
        $crate::ec2::launch_template::lay_over!(@options over, under;
            image_id, instance_type, key_name, user_data, iam_instance_profile, placement, metadata_options,
            instance_initiated_shutdown_behavior, disable_api_termination, disable_api_stop, monitoring, ebs_optimized,
            credit_specification, instance_market_options, hibernation_options);
        $crate::ec2::launch_template::lay_over!(@lists over, under;
            security_group_ids, security_groups, network_interfaces, block_device_mappings);
        $crate::ec2::tag::add_unless_said(&mut over.tag_specifications, under.tag_specifications);
    }};
    (@options $over:ident, $under:ident; $($name:ident),+) => {
        $($over.$name = $over.$name.take().or($under.$name);)+
    };
    (@lists $over:ident, $under:ident; $($name:ident),+) => {
        $(if $over.$name.is_empty() { $over.$name = $under.$name; })+
    };
}
pub(crate) use lay_over;
