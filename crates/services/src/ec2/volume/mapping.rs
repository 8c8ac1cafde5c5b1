//! What callers ask of an instance's or an image's devices. For now each has its root device and no other.

use serde::{Deserialize, Serialize};
use tierra_core::AwsError;
use tierra_model::Shape;

use super::errors::VolumeError;
use super::model::VolumeType;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct BlockDeviceMapping {
    pub device_name: Option<String>,
    pub ebs: Option<EbsSpecification>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct EbsSpecification {
    pub delete_on_termination: Option<bool>,
    pub snapshot_id: Option<String>,
    pub volume_size: Option<i32>,
    pub volume_type: Option<VolumeType>,
    pub iops: Option<i32>,
    pub throughput: Option<i32>,
    pub encrypted: Option<bool>,
}

/// What is asked of the root device, which is called `device`.
///
/// # Errors
/// Where anything is asked of another device.
pub fn root_of(mappings: &[BlockDeviceMapping], device: &str) -> Result<EbsSpecification, AwsError> {
    let mut root = EbsSpecification::default();
    for mapping in mappings {
        let asked = mapping.device_name.as_deref().unwrap_or_default();
        if asked != device {
            return Err(VolumeError::Device {
                asked: asked.to_owned(),
                root: device.to_owned(),
            }
            .into());
        }
        root = mapping.ebs.clone().unwrap_or_default();
    }
    Ok(root)
}
