//! Templates are shown, summarized, checked.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::revise::{body, checked};
use super::{arns, find};
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::template::{Parameter, Template, first};
use crate::cloudformation::template_url::{TemplateUrl, Templated};
use crate::declare::{anything, operations};

operations! { "cloudformation", CloudFormationError;
    read GetTemplate(GetTemplateInput) -> GetTemplateOutput = get, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    read GetTemplateSummary(SummaryInput) -> SummaryOutput = summary, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    read ValidateTemplate(ValidateInput) -> ValidateOutput = validate, on anything;
}

/// Input of [`GetTemplate`].
#[derive(Default, Shape)]
pub struct GetTemplateInput {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
}

/// Output of [`GetTemplate`].
#[derive(Default, Shape)]
pub struct GetTemplateOutput {
    template_body: String,
    stages_available: Vec<String>,
}

/// Input of [`GetTemplateSummary`].
#[derive(Default, Shape)]
pub struct SummaryInput {
    template_body: Option<String>,
    #[shape("TemplateURL")]
    template_url: Option<TemplateUrl>,
    stack_name: Option<String>,
}

/// Output of [`GetTemplateSummary`].
#[derive(Default, Shape)]
pub struct SummaryOutput {
    parameters: Vec<DeclarationShape>,
    description: Option<String>,
    capabilities: Vec<String>,
    capabilities_reason: Option<String>,
    resource_types: Vec<String>,
    version: Option<String>,
    metadata: Option<String>,
    declared_transforms: Vec<String>,
}

/// A declared parameter, as [`GetTemplateSummary`] shows it.
#[derive(Default, Shape)]
pub struct DeclarationShape {
    parameter_key: String,
    default_value: Option<String>,
    parameter_type: String,
    no_echo: bool,
    description: Option<String>,
    parameter_constraints: ConstraintsShape,
}

/// Its constraints.
#[derive(Default, Shape)]
pub struct ConstraintsShape {
    allowed_values: Vec<String>,
}

/// Input of [`ValidateTemplate`].
#[derive(Default, Shape)]
pub struct ValidateInput {
    template_body: Option<String>,
    #[shape("TemplateURL")]
    template_url: Option<TemplateUrl>,
}

/// Output of [`ValidateTemplate`].
#[derive(Default, Shape)]
pub struct ValidateOutput {
    parameters: Vec<TemplateParameterShape>,
    description: Option<String>,
    capabilities: Vec<String>,
    capabilities_reason: Option<String>,
    declared_transforms: Vec<String>,
}

/// A declared parameter, as [`ValidateTemplate`] shows it.
#[derive(Default, Shape)]
pub struct TemplateParameterShape {
    parameter_key: String,
    default_value: Option<String>,
    no_echo: bool,
    description: Option<String>,
}

type Answer<T> = Result<T, CloudFormationError>;

fn get(tx: &mut Tx, call: &Call, input: GetTemplateInput) -> Answer<GetTemplateOutput> {
    // Nothing is transformed here, so that both stages are the same text.
    let _ = input.template_stage;
    let stages_available = vec!["Original".to_owned(), "Processed".to_owned()];
    let template_body = match (&input.change_set_name, &input.stack_name) {
        (Some(name), stack) => super::change_set::find_set(tx, call, name, stack.as_deref())?.revision.template,
        (None, Some(name)) => find(tx, call, name)?.wanted.template,
        (None, None) => {
            return Err(CloudFormationError::validation(
                "Either StackName or ChangeSetName must be specified.",
            ));
        }
    };
    Ok(GetTemplateOutput {
        template_body,
        stages_available,
    })
}

fn capabilities(template: &Template) -> (Vec<String>, Option<String>) {
    let Some((needed, kinds)) = template.capabilities() else {
        return (Vec::new(), None);
    };
    let reason = format!("The following resource(s) require capabilities: [{}]", kinds.join(", "));
    (vec![needed.to_owned()], Some(reason))
}

fn summary(tx: &mut Tx, call: &Call, input: SummaryInput) -> Answer<SummaryOutput> {
    let text = match &input.stack_name {
        Some(name) => find(tx, call, name)?.wanted.template,
        None => body(input.template_body, input.template_url.as_ref())?,
    };
    let template = Template::parse(&text).map_err(|mistakes| CloudFormationError::validation(first(&mistakes)))?;
    let (capabilities, capabilities_reason) = capabilities(&template);
    let mut resource_types: Vec<String> = template.resources.values().map(|resource| resource.kind.clone()).collect();
    resource_types.sort();
    resource_types.dedup();
    let declaration = |(key, parameter): (&String, &Parameter)| DeclarationShape {
        parameter_key: key.clone(),
        default_value: parameter.default.clone(),
        parameter_type: parameter.type_name.clone(),
        no_echo: parameter.no_echo,
        description: parameter.description.clone(),
        parameter_constraints: ConstraintsShape {
            allowed_values: parameter.allowed.clone(),
        },
    };
    Ok(SummaryOutput {
        parameters: template.parameters.iter().map(declaration).collect(),
        description: template.description,
        capabilities,
        capabilities_reason,
        resource_types,
        version: Some("2010-09-09".to_owned()),
        metadata: template.metadata.map(|metadata| metadata.to_string()),
        declared_transforms: template.transforms,
    })
}

fn validate(_: &mut Tx, _: &Call, input: ValidateInput) -> Answer<ValidateOutput> {
    let template = checked(&body(input.template_body, input.template_url.as_ref())?)?;
    let (capabilities, capabilities_reason) = capabilities(&template);
    let parameter = |(key, parameter): (&String, &Parameter)| TemplateParameterShape {
        parameter_key: key.clone(),
        default_value: parameter.default.clone(),
        no_echo: parameter.no_echo,
        description: parameter.description.clone(),
    };
    Ok(ValidateOutput {
        parameters: template.parameters.iter().map(parameter).collect(),
        description: template.description,
        capabilities,
        capabilities_reason,
        declared_transforms: template.transforms,
    })
}

impl Templated for SummaryInput {
    fn template_url(&mut self) -> Option<&mut TemplateUrl> {
        self.template_url.as_mut()
    }
}

impl Templated for ValidateInput {
    fn template_url(&mut self) -> Option<&mut TemplateUrl> {
        self.template_url.as_mut()
    }
}
