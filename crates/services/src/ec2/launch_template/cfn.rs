//! `AWS::EC2::LaunchTemplate`. Follows the CloudFormation page of that name: an update makes a new version.

use serde_json::{Value, json};
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{CreateLaunchTemplateInput, CreateLaunchTemplateVersionInput, DeleteLaunchTemplateInput};
use super::data::LaunchTemplateData;
use super::model::LaunchTemplate;
use super::ops::{CreateLaunchTemplate, CreateLaunchTemplateVersion, DeleteLaunchTemplate};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::ec2::tag::TagSpecification;
use crate::invoke;

/// Characters of a generated name.
const NAME_LENGTH: usize = 128;

struct LaunchTemplateType;

/// What a template may say.
#[derive(Debug, Default, Shape)]
pub struct Properties {
    launch_template_name: String,
    version_description: Option<String>,
    launch_template_data: LaunchTemplateData,
    /// Read with the tags that every type has.
    tag_specifications: Vec<TagSpecification>,
}

/// Declares the type.
pub fn register(registry: &mut Registry) {
    registry.resource_type(Type::<LaunchTemplateType>::default());
}

impl Ec2Type for LaunchTemplateType {
    const NAME: &'static str = "AWS::EC2::LaunchTemplate";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        if properties.launch_template_name.is_empty() {
            properties.launch_template_name = creation.generated_name(call, NAME_LENGTH);
        }
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = CreateLaunchTemplateInput {
            launch_template_name: properties.launch_template_name,
            version_description: properties.version_description,
            launch_template_data: properties.launch_template_data,
            tag_specifications: properties.tag_specifications,
            ..Default::default()
        };
        Ok(invoke::<CreateLaunchTemplate>(tx, call, input)?.launch_template.launch_template_id)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let template = LaunchTemplate::by_id(tx, &call.place, id).ok()?;
        Some(vec![
            ("LaunchTemplateId", json!(template.id)),
            ("DefaultVersionNumber", json!(template.default.to_string())),
            ("LatestVersionNumber", json!(template.latest.to_string())),
        ])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        if old.launch_template_data == new.launch_template_data && old.version_description == new.version_description {
            return Ok(());
        }
        let input = CreateLaunchTemplateVersionInput {
            launch_template_id: Some(id.to_owned()),
            version_description: new.version_description,
            launch_template_data: new.launch_template_data,
            ..Default::default()
        };
        invoke::<CreateLaunchTemplateVersion>(tx, call, input).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = DeleteLaunchTemplateInput {
            launch_template_id: Some(id.to_owned()),
            ..Default::default()
        };
        invoke::<DeleteLaunchTemplate>(tx, call, input).map(drop)
    }
}
