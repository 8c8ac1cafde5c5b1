//! The shapes that images are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, text_enum};

use super::model::Image;
use crate::ec2::attribute::AttributeValue;
use crate::ec2::filter::{Field, Filter, Filterable, each, maybe, one};
use crate::ec2::listing::Described;

/// GiB of a root volume where nobody asks for more.
pub const ROOT_GIB: i32 = 8;

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
    pub state: String,
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
    pub volume_size: i32,
    pub volume_type: String,
    pub encrypted: bool,
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
            state: "available".to_owned(),
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
                volume_size: ROOT_GIB,
                volume_type: "gp3".to_owned(),
                encrypted: false,
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
