//! Versions of templates.

use tierra_core::{AwsError, Call, Expect, Tx};

use super::on;
use super::template::version_key;
use crate::ec2::errors::Ec2Error;
use crate::ec2::instance::{Instance, launch_data};
use crate::ec2::launch_template::api::{
    CreateLaunchTemplateVersionInput, CreateLaunchTemplateVersionOutput, DeleteLaunchTemplateVersionsInput,
    DeleteLaunchTemplateVersionsOutput, DeletedVersion, DescribeLaunchTemplateVersionsInput, DescribeLaunchTemplateVersionsOutput,
    GetLaunchTemplateDataInput, GetLaunchTemplateDataOutput, KeptVersion, ResponseError, VersionInfo,
};
use crate::ec2::launch_template::errors::LaunchTemplateError;
use crate::ec2::launch_template::lay_over;
use crate::ec2::launch_template::model::{LaunchTemplate, LaunchTemplateVersion, VersionName};
use crate::ec2::listing::{page, query};
use crate::ec2::operation::{arn, operations};

/// Versions that a template may have. Follows the page "Restrictions for Amazon EC2 launch templates".
const VERSIONS: usize = 10_000;

operations! {
    /// Makes a new version, of an earlier one where that is asked for. "CreateLaunchTemplateVersion"
    writes CreateLaunchTemplateVersion(CreateLaunchTemplateVersionInput) -> CreateLaunchTemplateVersionOutput = create,
        on |tx, input, call| on(tx, call, input.launch_template_id.as_deref(), input.launch_template_name.as_deref()), harmless ["ClientToken"];
    /// Tells of versions. "DescribeLaunchTemplateVersions"
    reads DescribeLaunchTemplateVersions(DescribeLaunchTemplateVersionsInput) -> DescribeLaunchTemplateVersionsOutput = describe;
    /// Deletes versions, the default one never. "DeleteLaunchTemplateVersions"
    writes DeleteLaunchTemplateVersions(DeleteLaunchTemplateVersionsInput) -> DeleteLaunchTemplateVersionsOutput = delete,
        on |tx, input, call| on(tx, call, input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    /// Tells what a template would say of an instance. "GetLaunchTemplateData"
    reads GetLaunchTemplateData(GetLaunchTemplateDataInput) -> GetLaunchTemplateDataOutput = data_of_instance,
        on |_, input, call| arn(call, "instance", &input.instance_id);
}

fn create(tx: &mut Tx, call: &Call, input: CreateLaunchTemplateVersionInput) -> Result<CreateLaunchTemplateVersionOutput, AwsError> {
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let mut template = LaunchTemplate::find(tx, &call.place, id, name)?;
    if template.versions(tx).len() >= VERSIONS {
        return Err(LaunchTemplateError::Versions { limit: VERSIONS }.into());
    }
    let mut data = input.launch_template_data;
    if let Some(source) = input.source_version.as_deref() {
        let below = template.version(tx, source.parse()?)?.data;
        lay_over!(&mut data, below);
    }
    template.latest += 1;
    let version = LaunchTemplateVersion {
        place: call.place.clone(),
        template: template.id.clone(),
        number: template.latest,
        description: input.version_description,
        created: call.now,
        created_by: call.caller.arn().to_string(),
        data,
    };
    tx.put(version.clone(), Expect::New)?;
    tx.save(template.clone());
    Ok(CreateLaunchTemplateVersionOutput {
        launch_template_version: VersionInfo::of(&template, version),
    })
}

fn describe(
    tx: &mut Tx,
    call: &Call,
    input: DescribeLaunchTemplateVersionsInput,
) -> Result<DescribeLaunchTemplateVersionsOutput, AwsError> {
    let page = page(shown(tx, call, &input)?, !input.versions.is_empty(), &query!(input))?;
    Ok(DescribeLaunchTemplateVersionsOutput {
        launch_template_versions: page.items,
        next_token: page.next,
    })
}

/// The versions asked for: of one template by number and bounds, or of all templates by `$Latest` and `$Default`.
fn shown(tx: &Tx, call: &Call, input: &DescribeLaunchTemplateVersionsInput) -> Result<Vec<VersionInfo>, AwsError> {
    let names: Vec<VersionName> = input.versions.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    if (id, name) != (None, None) {
        return of_one(tx, &LaunchTemplate::find(tx, &call.place, id, name)?, &names, input);
    }
    if names.is_empty() || names.iter().any(|name| matches!(name, VersionName::Number(_))) {
        return Err(Ec2Error::Missing { name: "LaunchTemplateId" }.into());
    }
    let mut shown = Vec::new();
    for template in tx.list::<LaunchTemplate>(&call.place) {
        shown.extend(named(tx, &template, &names)?);
    }
    Ok(shown)
}

fn of_one(
    tx: &Tx,
    template: &LaunchTemplate,
    names: &[VersionName],
    input: &DescribeLaunchTemplateVersionsInput,
) -> Result<Vec<VersionInfo>, AwsError> {
    if !names.is_empty() {
        return Ok(named(tx, template, names)?);
    }
    let bound = |text: &Option<String>| {
        text.as_deref()
            .map(str::parse)
            .transpose()
            .map(|name| name.map(|name| template.number(name)))
    };
    let (least, most): (Option<i64>, Option<i64>) = (bound(&input.min_version)?, bound(&input.max_version)?);
    let inside = |number: i64| least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
    let versions = template.versions(tx).into_iter().filter(|version| inside(version.number));
    Ok(versions.map(|version| VersionInfo::of(template, version)).collect())
}

fn named(tx: &Tx, template: &LaunchTemplate, names: &[VersionName]) -> Result<Vec<VersionInfo>, LaunchTemplateError> {
    let mut numbers: Vec<i64> = names.iter().map(|name| template.number(*name)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let versions = numbers.into_iter().map(|number| template.version(tx, VersionName::Number(number)));
    versions.map(|version| Ok(VersionInfo::of(template, version?))).collect()
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteLaunchTemplateVersionsInput) -> Result<DeleteLaunchTemplateVersionsOutput, AwsError> {
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let template = LaunchTemplate::find(tx, &call.place, id, name)?;
    let mut output = DeleteLaunchTemplateVersionsOutput::default();
    for text in &input.versions {
        let number = template.number(text.parse()?);
        match delete_one(tx, &template, number) {
            Ok(()) => output.successfully_deleted_launch_template_versions.push(DeletedVersion {
                launch_template_id: template.id.to_string(),
                launch_template_name: template.name.clone(),
                version_number: number,
            }),
            Err(response_error) => output.unsuccessfully_deleted_launch_template_versions.push(KeptVersion {
                launch_template_id: template.id.to_string(),
                launch_template_name: template.name.clone(),
                version_number: number,
                response_error,
            }),
        }
    }
    Ok(output)
}

fn delete_one(tx: &mut Tx, template: &LaunchTemplate, number: i64) -> Result<(), ResponseError> {
    let refused = |code: &str, message: String| ResponseError {
        code: code.to_owned(),
        message,
    };
    if number == template.default {
        let message = format!(
            "Cannot delete version {number}: it is the default version of launch template {}.",
            template.id
        );
        return Err(refused("unexpectedError", message));
    }
    let version = template.version(tx, VersionName::Number(number));
    let version = version.map_err(|error| refused("launchTemplateVersionDoesNotExist", AwsError::from(error).message))?;
    tx.delete(&version_key(&version));
    Ok(())
}

fn data_of_instance(tx: &mut Tx, call: &Call, input: GetLaunchTemplateDataInput) -> Result<GetLaunchTemplateDataOutput, AwsError> {
    let instance = Instance::find(tx, &call.place, &input.instance_id)?;
    Ok(GetLaunchTemplateDataOutput {
        launch_template_data: launch_data(tx, &instance),
    })
}
