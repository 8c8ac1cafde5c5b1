//! Whole templates.

use tierra_core::{AwsError, Call, Expect, Key, Tx};

use super::{arn, on};
use crate::ec2::errors::Ec2Error;
use crate::ec2::launch_template::api::{
    CreateLaunchTemplateInput, DeleteLaunchTemplateInput, DescribeLaunchTemplatesInput, DescribeLaunchTemplatesOutput, LaunchTemplateInfo,
    LaunchTemplateOutput, ModifyLaunchTemplateInput,
};
use crate::ec2::launch_template::errors::LaunchTemplateError;
use crate::ec2::launch_template::model::{LaunchTemplate, LaunchTemplateVersion};
use crate::ec2::listing::{page, query};
use crate::ec2::operation::operations;
use crate::ec2::tag;

/// Templates that an account may have in a region. Follows the page "Restrictions for Amazon EC2 launch templates".
const TEMPLATES: usize = 5_000;
/// Characters of a name.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 3..=128;
/// What a name may have beside letters and digits.
const NAME_MARKS: &str = "-()./_";

operations! {
    /// Makes a template and its first version. "CreateLaunchTemplate"
    writes CreateLaunchTemplate(CreateLaunchTemplateInput) -> LaunchTemplateOutput = create, on |_, _, call| vec![arn(call, "*")];
    /// Tells of templates. "DescribeLaunchTemplates"
    reads DescribeLaunchTemplates(DescribeLaunchTemplatesInput) -> DescribeLaunchTemplatesOutput = describe;
    /// Makes another version the default one. "ModifyLaunchTemplate"
    writes ModifyLaunchTemplate(ModifyLaunchTemplateInput) -> LaunchTemplateOutput = modify,
        on |tx, input, call| on(tx, call, input.launch_template_id.as_deref(), input.launch_template_name.as_deref()), harmless ["ClientToken"];
    /// Deletes a template with all its versions. "DeleteLaunchTemplate"
    writes DeleteLaunchTemplate(DeleteLaunchTemplateInput) -> LaunchTemplateOutput = delete,
        on |tx, input, call| on(tx, call, input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
}

fn create(tx: &mut Tx, call: &Call, input: CreateLaunchTemplateInput) -> Result<LaunchTemplateOutput, AwsError> {
    let token = input.client_token.filter(|token| !token.is_empty());
    let earlier = token
        .as_ref()
        .and_then(|token| tx.by_index::<LaunchTemplate>(&call.place, "token", token).pop());
    if let Some(earlier) = earlier {
        return Ok(told(tx, &earlier));
    }
    let tags = tag::specified(&input.tag_specifications, "launch-template")?;
    check_name(tx, call, &input.launch_template_name)?;
    let template = LaunchTemplate {
        place: call.place.clone(),
        id: call.ids.next(),
        name: input.launch_template_name,
        created: call.now,
        created_by: call.caller.arn().to_string(),
        default: 1,
        latest: 1,
        client_token: token,
    };
    let first = LaunchTemplateVersion {
        place: call.place.clone(),
        template: template.id.clone(),
        number: 1,
        description: input.version_description,
        created: call.now,
        created_by: template.created_by.clone(),
        data: input.launch_template_data,
    };
    tag::set(tx, &call.place, &template.id, tags);
    tx.put(first, Expect::New)?;
    tx.put(template.clone(), Expect::New)?;
    Ok(told(tx, &template))
}

fn check_name(tx: &Tx, call: &Call, name: &str) -> Result<(), LaunchTemplateError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || NAME_MARKS.contains(c);
    if !NAME_LENGTH.contains(&name.len()) || !name.chars().all(plain) {
        return Err(LaunchTemplateError::Name);
    }
    if LaunchTemplate::by_name(tx, &call.place, name).is_ok() {
        return Err(LaunchTemplateError::Taken);
    }
    if tx.list::<LaunchTemplate>(&call.place).len() >= TEMPLATES {
        return Err(LaunchTemplateError::Templates { limit: TEMPLATES });
    }
    Ok(())
}

fn told(tx: &Tx, template: &LaunchTemplate) -> LaunchTemplateOutput {
    LaunchTemplateOutput {
        launch_template: LaunchTemplateInfo::of(tx, template),
    }
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeLaunchTemplatesInput) -> Result<DescribeLaunchTemplatesOutput, AwsError> {
    let named = !input.launch_template_ids.is_empty() || !input.launch_template_names.is_empty();
    let by_id = input
        .launch_template_ids
        .iter()
        .map(|id| LaunchTemplate::by_id(tx, &call.place, id));
    let by_name = input
        .launch_template_names
        .iter()
        .map(|name| LaunchTemplate::by_name(tx, &call.place, name));
    let asked = if named {
        by_id.chain(by_name).collect::<Result<_, _>>()?
    } else {
        tx.list::<LaunchTemplate>(&call.place)
    };
    let shown = asked.iter().map(|template| LaunchTemplateInfo::of(tx, template)).collect();
    let page = page(shown, named, &query!(input))?;
    Ok(DescribeLaunchTemplatesOutput {
        launch_templates: page.items,
        next_token: page.next,
    })
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyLaunchTemplateInput) -> Result<LaunchTemplateOutput, AwsError> {
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let mut template = LaunchTemplate::find(tx, &call.place, id, name)?;
    let asked = input.default_version.ok_or(Ec2Error::Missing { name: "SetDefaultVersion" })?;
    template.default = template.version(tx, asked.parse()?)?.number;
    tx.save(template.clone());
    Ok(told(tx, &template))
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteLaunchTemplateInput) -> Result<LaunchTemplateOutput, AwsError> {
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let template = LaunchTemplate::find(tx, &call.place, id, name)?;
    let told = told(tx, &template);
    for version in template.versions(tx) {
        tx.delete(&version_key(&version));
    }
    tag::forget(tx, &call.place, &template.id);
    tx.delete(&Key::<LaunchTemplate>::new(&call.place, &template.id));
    Ok(told)
}

/// Where a version is kept.
pub(super) fn version_key(version: &LaunchTemplateVersion) -> Key<LaunchTemplateVersion> {
    use tierra_core::Resource;
    Key::new(&version.place, version.id())
}
