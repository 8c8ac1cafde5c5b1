//! The shapes that images are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, text_enum};

use super::model::{Image, ImageState};
use crate::ec2::attribute::AttributeValue;
use crate::ec2::filter::{Field, Filter, Filterable, each, maybe, one};
use crate::ec2::listing::Described;
use crate::ec2::tag::TagSpecification;
use crate::ec2::volume::{self, VolumeType};

#[derive(Debug, Default, Shape)]
pub struct DescribeImagesInput {
    pub executable_users: Vec<String>,
    pub image_ids: Vec<String>,
    pub owners: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeImagesOutput {
    pub images: Vec<ImageInfo>,
    pub next_token: Option<String>,
}

/// An image as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct ImageInfo {
    pub image_id: String,
    pub name: String,
    pub description: String,
    pub image_location: String,
    pub image_type: String,
    pub owner_id: String,
    pub image_owner_alias: Option<String>,
    pub public: bool,
    pub state: ImageState,
    pub state_reason: Option<StateReason>,
    pub source_instance_id: Option<String>,
    pub source_image_id: Option<String>,
    pub source_image_region: Option<String>,
    pub architecture: String,
    pub creation_date: String,
    pub root_device_name: String,
    pub root_device_type: String,
    pub virtualization_type: String,
    pub hypervisor: String,
    pub ena_support: bool,
    pub sriov_net_support: String,
    pub platform_details: String,
    pub usage_operation: String,
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    pub tags: Vec<Tag>,
}

/// A device of an image.
#[derive(Clone, Debug, Default, Shape)]
pub struct BlockDeviceMapping {
    pub device_name: String,
    pub ebs: EbsBlockDevice,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct EbsBlockDevice {
    pub delete_on_termination: bool,
    pub snapshot_id: Option<String>,
    pub volume_size: i32,
    pub volume_type: VolumeType,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
    pub encrypted: bool,
}

/// Why an image failed.
#[derive(Clone, Debug, Default, Shape)]
pub struct StateReason {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Default, Shape)]
pub struct CreateImageInput {
    pub instance_id: String,
    pub name: String,
    pub description: Option<String>,
    pub no_reboot: Option<bool>,
    pub block_device_mappings: Vec<volume::BlockDeviceMapping>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct ImageIdOutput {
    pub image_id: String,
}

#[derive(Debug, Default, Shape)]
pub struct RegisterImageInput {
    pub name: String,
    pub description: Option<String>,
    pub architecture: Option<String>,
    pub root_device_name: Option<String>,
    pub block_device_mappings: Vec<volume::BlockDeviceMapping>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CopyImageInput {
    pub source_image_id: String,
    pub source_region: String,
    pub name: String,
    pub description: Option<String>,
    pub encrypted: Option<bool>,
    pub copy_image_tags: Option<bool>,
    pub tag_specifications: Vec<TagSpecification>,
    pub client_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeregisterImageInput {
    pub image_id: String,
    pub delete_associated_snapshots: Option<bool>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeregisterImageOutput {
    pub r#return: bool,
    pub delete_snapshot_results: Vec<DeleteSnapshotResult>,
}

/// What became of a snapshot.
#[derive(Clone, Debug, Default, Shape)]
pub struct DeleteSnapshotResult {
    pub snapshot_id: String,
    pub return_code: String,
}

text_enum! {
    /// What is done with permissions that are named one by one.
    pub enum OperationType {
        Add = "add",
        Remove = "remove",
    }
}

#[derive(Debug, Default, Shape)]
pub struct ModifyImageAttributeInput {
    pub image_id: String,
    pub attribute: Option<ImageAttributeName>,
    pub description: Option<AttributeValue>,
    pub launch_permission: Option<LaunchPermissionModifications>,
    pub operation_type: Option<OperationType>,
    pub user_ids: Vec<String>,
    pub user_groups: Vec<String>,
    pub value: Option<String>,
    pub dry_run: Option<bool>,
}

/// Permissions that come and go.
#[derive(Clone, Debug, Default, Shape)]
pub struct LaunchPermissionModifications {
    pub add: Vec<LaunchPermission>,
    pub remove: Vec<LaunchPermission>,
}

#[derive(Debug, Default, Shape)]
pub struct ResetImageAttributeInput {
    pub image_id: String,
    pub attribute: ImageAttributeName,
    pub dry_run: Option<bool>,
}

text_enum! {
    /// What can be asked of one image.
    pub enum ImageAttributeName {
        Description = "description",
        Kernel = "kernel",
        Ramdisk = "ramdisk",
        LaunchPermission = "launchPermission",
        ProductCodes = "productCodes",
        BlockDeviceMapping = "blockDeviceMapping",
        SriovNetSupport = "sriovNetSupport",
    }
}

#[derive(Debug, Default, Shape)]
pub struct DescribeImageAttributeInput {
    pub image_id: String,
    pub attribute: ImageAttributeName,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeImageAttributeOutput {
    pub image_id: String,
    pub description: Option<AttributeValue>,
    pub sriov_net_support: Option<AttributeValue>,
    pub launch_permissions: Option<Vec<LaunchPermission>>,
    pub block_device_mappings: Option<Vec<BlockDeviceMapping>>,
}

/// Who may launch an image.
#[derive(Clone, Debug, Default, Shape)]
pub struct LaunchPermission {
    pub group: Option<String>,
    pub user_id: Option<String>,
}

impl ImageInfo {
    /// What is shown of an image.
    pub fn of(image: Image, tags: Vec<Tag>) -> Self {
        let prefix = image.owner_alias.unwrap_or(&image.owner.0);
        Self {
            image_location: format!("{prefix}/{}", image.name),
            image_id: image.id.to_string(),
            description: image.description.clone(),
            image_type: "machine".to_owned(),
            image_owner_alias: image.owner_alias.map(str::to_owned),
            public: image.public,
            state: image.state,
            state_reason: image.failure.clone().map(|message| StateReason {
                code: "Server.InternalError".to_owned(),
                message,
            }),
            source_instance_id: image.source_instance.clone(),
            source_image_id: image.source_image.as_ref().map(|source| source.id.clone()),
            source_image_region: image.source_image.as_ref().map(|source| source.region.clone()),
            architecture: "x86_64".to_owned(),
            creation_date: image.created.to_string(),
            root_device_type: "ebs".to_owned(),
            virtualization_type: "hvm".to_owned(),
            hypervisor: "xen".to_owned(),
            ena_support: true,
            sriov_net_support: "simple".to_owned(),
            platform_details: "Linux/UNIX".to_owned(),
            usage_operation: "RunInstances".to_owned(),
            block_device_mappings: vec![BlockDeviceMapping::root(&image)],
            root_device_name: image.root_device,
            owner_id: image.owner.0,
            name: image.name,
            tags,
        }
    }
}

impl BlockDeviceMapping {
    /// An image's root device.
    pub fn root(image: &Image) -> Self {
        Self {
            device_name: image.root_device.clone(),
            ebs: EbsBlockDevice {
                delete_on_termination: true,
                snapshot_id: image.snapshot.as_ref().map(ToString::to_string),
                volume_size: image.root.gib,
                volume_type: image.root.kind,
                iops: image.root.iops,
                throughput: image.root.throughput,
                encrypted: image.root.encrypted,
            },
        }
    }
}

impl Filterable for ImageInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("image-id", |image| one(&image.image_id)),
        ("name", |image| one(&image.name)),
        ("description", |image| one(&image.description)),
        ("image-type", |image| one(&image.image_type)),
        ("is-public", |image| one(&image.public)),
        ("owner-id", |image| one(&image.owner_id)),
        ("owner-alias", |image| maybe(&image.image_owner_alias)),
        ("state", |image| one(&image.state)),
        ("architecture", |image| one(&image.architecture)),
        ("creation-date", |image| one(&image.creation_date)),
        ("root-device-name", |image| one(&image.root_device_name)),
        ("root-device-type", |image| one(&image.root_device_type)),
        ("virtualization-type", |image| one(&image.virtualization_type)),
        ("hypervisor", |image| one(&image.hypervisor)),
        ("ena-support", |image| one(&image.ena_support)),
        ("manifest-location", |image| one(&image.image_location)),
        ("platform", |_| Vec::new()),
        ("platform-details", |image| one(&image.platform_details)),
        ("block-device-mapping.device-name", |image| {
            each(&image.block_device_mappings, |device| one(&device.device_name))
        }),
        ("block-device-mapping.snapshot-id", |image| {
            each(&image.block_device_mappings, |device| maybe(&device.ebs.snapshot_id))
        }),
        ("source-instance-id", |image| maybe(&image.source_instance_id)),
        ("source-image-id", |image| maybe(&image.source_image_id)),
        ("source-image-region", |image| maybe(&image.source_image_region)),
        ("block-device-mapping.volume-size", |image| {
            each(&image.block_device_mappings, |device| one(&device.ebs.volume_size))
        }),
        ("block-device-mapping.volume-type", |image| {
            each(&image.block_device_mappings, |device| one(&device.ebs.volume_type))
        }),
        ("block-device-mapping.encrypted", |image| {
            each(&image.block_device_mappings, |device| one(&device.ebs.encrypted))
        }),
        ("block-device-mapping.delete-on-termination", |image| {
            each(&image.block_device_mappings, |device| one(&device.ebs.delete_on_termination))
        }),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for ImageInfo {
    const IDS: &'static str = "imageIds";
    fn id(&self) -> String {
        self.image_id.clone()
    }
}
