//! The shapes that launch templates are spoken in.

use tierra_core::{Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::data::LaunchTemplateData;
use super::model::{LaunchTemplate, LaunchTemplateVersion};
use crate::ec2::filter::{Field, Filter, Filterable, maybe, one};
use crate::ec2::listing::Described;
use crate::ec2::tag::{self, TagSpecification};

/// Which version of which template to launch.
#[derive(Clone, Debug, Default, Shape)]
pub struct LaunchTemplateSpecification {
    pub launch_template_id: Option<String>,
    pub launch_template_name: Option<String>,
    pub version: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateLaunchTemplateInput {
    pub launch_template_name: String,
    pub version_description: Option<String>,
    pub launch_template_data: LaunchTemplateData,
    pub tag_specifications: Vec<TagSpecification>,
    pub client_token: Option<String>,
    pub dry_run: Option<bool>,
}

/// One template; also what creating, changing and deleting one answer.
#[derive(Debug, Default, Shape)]
pub struct LaunchTemplateOutput {
    pub launch_template: LaunchTemplateInfo,
}

/// A template as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct LaunchTemplateInfo {
    pub launch_template_id: String,
    pub launch_template_name: String,
    pub create_time: Timestamp,
    pub created_by: String,
    pub default_version_number: i64,
    pub latest_version_number: i64,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateLaunchTemplateVersionInput {
    pub launch_template_id: Option<String>,
    pub launch_template_name: Option<String>,
    pub source_version: Option<String>,
    pub version_description: Option<String>,
    pub launch_template_data: LaunchTemplateData,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct CreateLaunchTemplateVersionOutput {
    pub launch_template_version: VersionInfo,
}

/// A version as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct VersionInfo {
    pub launch_template_id: String,
    pub launch_template_name: String,
    pub version_number: i64,
    pub version_description: Option<String>,
    pub create_time: Timestamp,
    pub created_by: String,
    pub default_version: bool,
    pub launch_template_data: LaunchTemplateData,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeLaunchTemplatesInput {
    pub launch_template_ids: Vec<String>,
    pub launch_template_names: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeLaunchTemplatesOutput {
    pub launch_templates: Vec<LaunchTemplateInfo>,
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeLaunchTemplateVersionsInput {
    pub launch_template_id: Option<String>,
    pub launch_template_name: Option<String>,
    pub versions: Vec<String>,
    pub min_version: Option<String>,
    pub max_version: Option<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeLaunchTemplateVersionsOutput {
    pub launch_template_versions: Vec<VersionInfo>,
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Shape)]
pub struct ModifyLaunchTemplateInput {
    pub launch_template_id: Option<String>,
    pub launch_template_name: Option<String>,
    pub default_version: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteLaunchTemplateInput {
    pub launch_template_id: Option<String>,
    pub launch_template_name: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteLaunchTemplateVersionsInput {
    pub launch_template_id: Option<String>,
    pub launch_template_name: Option<String>,
    pub versions: Vec<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteLaunchTemplateVersionsOutput {
    pub successfully_deleted_launch_template_versions: Vec<DeletedVersion>,
    pub unsuccessfully_deleted_launch_template_versions: Vec<KeptVersion>,
}

/// A version that is gone.
#[derive(Clone, Debug, Default, Shape)]
pub struct DeletedVersion {
    pub launch_template_id: String,
    pub launch_template_name: String,
    pub version_number: i64,
}

/// A version that could not be deleted.
#[derive(Clone, Debug, Default, Shape)]
pub struct KeptVersion {
    pub launch_template_id: String,
    pub launch_template_name: String,
    pub version_number: i64,
    pub response_error: ResponseError,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct ResponseError {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Default, Shape)]
pub struct GetLaunchTemplateDataInput {
    pub instance_id: String,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct GetLaunchTemplateDataOutput {
    pub launch_template_data: LaunchTemplateData,
}

impl LaunchTemplateInfo {
    /// What is shown of a template.
    pub fn of(tx: &Tx, template: &LaunchTemplate) -> Self {
        Self {
            launch_template_id: template.id.to_string(),
            launch_template_name: template.name.clone(),
            create_time: template.created,
            created_by: template.created_by.clone(),
            default_version_number: template.default,
            latest_version_number: template.latest,
            tags: tag::list(tx, &template.place, &template.id),
        }
    }
}

impl VersionInfo {
    /// What is shown of a template's version.
    pub fn of(template: &LaunchTemplate, version: LaunchTemplateVersion) -> Self {
        Self {
            launch_template_id: template.id.to_string(),
            launch_template_name: template.name.clone(),
            default_version: version.number == template.default,
            version_number: version.number,
            version_description: version.description,
            create_time: version.created,
            created_by: version.created_by,
            launch_template_data: version.data,
        }
    }
}

impl Filterable for LaunchTemplateInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("launch-template-name", |template| one(&template.launch_template_name)),
        ("create-time", |template| one(&template.create_time)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for LaunchTemplateInfo {
    const IDS: &'static str = "launchTemplateIds";
    fn id(&self) -> String {
        self.launch_template_id.clone()
    }
}

impl Filterable for VersionInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("create-time", |version| one(&version.create_time)),
        ("ebs-optimized", |version| maybe(&version.launch_template_data.ebs_optimized)),
        ("image-id", |version| maybe(&version.launch_template_data.image_id)),
        ("instance-type", |version| maybe(&version.launch_template_data.instance_type)),
        ("is-default-version", |version| one(&version.default_version)),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Described for VersionInfo {
    const IDS: &'static str = "versions";
    /// Newest first, as AWS lists them: pages go by this.
    fn id(&self) -> String {
        format!("{} {:020}", self.launch_template_id, i64::MAX - self.version_number)
    }
}
