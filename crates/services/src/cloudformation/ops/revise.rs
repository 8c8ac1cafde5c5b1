//! From what a caller sends to what a stack is to be: template, parameters, tags and capabilities, all checked before anything
//! is made.

use std::collections::BTreeMap;

use tierra_core::{Call, Resource as _, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::cloudformation::engine::Work;
use crate::cloudformation::engine::world::StackWorld;
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::house;
use crate::cloudformation::model::{Goal, Revision, Stack, StackResource, Turn};
use crate::cloudformation::template::change::{Change, Existing, changes};
use crate::cloudformation::template::context::Context;
use crate::cloudformation::template::expression::{Failure, Kind, evaluate};
use crate::cloudformation::template::parameter::{Given, bind};
use crate::cloudformation::template::resource::DeletionPolicy;
use crate::cloudformation::template::{Template, first};
use crate::cloudformation::template_url::TemplateUrl;

/// The largest template in a request, in bytes.
pub const TEMPLATE_BYTES: usize = 51_200;

type Refusal = CloudFormationError;

/// A parameter as callers send it.
#[derive(Default, Shape)]
pub struct ParameterInput {
    parameter_key: String,
    parameter_value: Option<String>,
    use_previous_value: Option<bool>,
}

impl ParameterInput {
    /// This value for this parameter.
    pub fn new(key: &str, value: &str) -> Self {
        Self {
            parameter_key: key.to_owned(),
            parameter_value: Some(value.to_owned()),
            use_previous_value: None,
        }
    }
}

/// What callers send to say what a stack is to be.
#[derive(Default)]
pub struct Wish {
    /// `TemplateBody`
    pub template_body: Option<String>,
    /// `TemplateURL`
    pub template_url: Option<TemplateUrl>,
    /// `UsePreviousTemplate`
    pub use_previous: bool,
    /// `Parameters`
    pub parameters: Vec<ParameterInput>,
    /// `Capabilities`
    pub capabilities: Vec<String>,
    /// Whether somebody looks at it before it is done: a change set.
    pub is_reviewed: bool,
    /// `Tags`; none keeps what there is.
    pub tags: Option<Vec<Tag>>,
}

/// The template's text, wherever it comes from.
///
/// # Errors
/// Where there is none, it is too long, or it was not fetched.
pub fn body(text: Option<String>, url: Option<&TemplateUrl>) -> Result<String, Refusal> {
    if let Some(url) = url {
        return url.text();
    }
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Refusal::validation("Either Template URL or Template Body must be specified."))?;
    if text.len() > TEMPLATE_BYTES {
        let message = "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200";
        return Err(Refusal::validation(message));
    }
    Ok(text)
}

/// Reads and checks a template, properties and all.
///
/// # Errors
/// The first mistake, in AWS's wording.
pub fn checked(text: &str) -> Result<Template, Refusal> {
    let template = Template::checked(text, &house::is_built).map_err(|mistakes| Refusal::validation(first(&mistakes)))?;
    for (id, resource) in &template.resources {
        let is_kept = [resource.deletion_policy, resource.update_replace_policy].contains(&DeletionPolicy::Snapshot);
        if is_kept && !house::resource_type(&resource.kind).is_some_and(|kind| kind.has_snapshots()) {
            return Err(Refusal::NotBuilt {
                what: format!("The policy Snapshot of resource {id}"),
            });
        }
    }
    Ok(template)
}

/// The revision that a caller wants, for this stack as it is (its wanted revision is what "previous" means).
///
/// # Errors
/// Whatever of it AWS would refuse.
pub fn revision(tx: &mut Tx, call: &Call, stack: &Stack, wish: Wish) -> Result<(Revision, Template), Refusal> {
    let text = if wish.use_previous {
        stack.wanted.template.clone()
    } else {
        body(wish.template_body, wish.template_url.as_ref())?
    };
    let template = checked(&text)?;
    capable(&template, &wish.capabilities, wish.is_reviewed)?;
    let given = given(wish.parameters)?;
    let cell = std::cell::RefCell::new(&mut *tx);
    let lookup = |name: &str| house::parameter(&mut cell.borrow_mut(), call, name, false);
    let parameters = bind(&template.parameters, &given, &stack.wanted.parameters, &lookup).map_err(Refusal::validation)?;
    let tags = match wish.tags {
        Some(tags) => Tags::parse(&tags).map_err(|error| Refusal::validation(error.to_string()))?,
        None => stack.wanted.tags.clone(),
    };
    let revision = Revision {
        template: text,
        parameters,
        tags,
        capabilities: wish.capabilities,
    };
    evaluable(tx, call, stack, &revision, &template)?;
    Ok((revision, template))
}

fn given(inputs: Vec<ParameterInput>) -> Result<BTreeMap<String, Given>, Refusal> {
    let mut given = BTreeMap::new();
    for input in inputs {
        let value = match (input.parameter_value, input.use_previous_value) {
            (Some(_), Some(true)) => {
                return Err(Refusal::validation(format!(
                    "Invalid input for parameter key {}. Cannot specify usePreviousValue as true and non empty value for a parameter",
                    input.parameter_key
                )));
            }
            (Some(value), _) => Given::Value(value),
            (None, Some(true)) => Given::Previous,
            (None, _) => continue,
        };
        given.insert(input.parameter_key, value);
    }
    Ok(given)
}

/// Whether the caller acknowledged what the template needs. Follows the API reference's "CreateStack", `Capabilities`.
fn capable(template: &Template, capabilities: &[String], is_reviewed: bool) -> Result<(), Refusal> {
    const NAMED: &str = "CAPABILITY_NAMED_IAM";
    const EXPAND: &str = "CAPABILITY_AUTO_EXPAND";
    const KNOWN: [&str; 3] = ["CAPABILITY_IAM", NAMED, EXPAND];
    if let Some(unknown) = capabilities.iter().find(|word| !KNOWN.contains(&word.as_str())) {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value '[{unknown}]' at 'capabilities' failed to satisfy constraint: Member must satisfy constraint: \
             [Member must satisfy enum value set: [CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]]"
        )));
    }
    let has = |word: &str| capabilities.iter().any(|one| one == word);
    let iam = template.capabilities().map(|(needed, _)| needed);
    let iam = iam.filter(|needed| !has(needed) && !has(NAMED));
    let expand = (!template.transforms.is_empty() && !is_reviewed && !has(EXPAND)).then_some(EXPAND);
    let needed: Vec<&str> = iam.into_iter().chain(expand).collect();
    if needed.is_empty() {
        return Ok(());
    }
    Err(Refusal::InsufficientCapabilities { needed: needed.join(", ") })
}

/// Whether rules hold, and everything that is known already has a value.
fn evaluable(tx: &mut Tx, call: &Call, stack: &Stack, revision: &Revision, template: &Template) -> Result<(), Refusal> {
    let pseudo = stack.pseudo();
    // No resource lives under this id, so that each is "not ready yet".
    let world = StackWorld::new(tx, call, String::new(), None);
    let wrong = |failure: Failure| match failure {
        Failure::NotReady(_) => Ok(()),
        Failure::Wrong { message, .. } => Err(Refusal::validation(message)),
    };
    let context = match Context::new(template, &pseudo, &revision.parameters, &world) {
        Ok(context) => context,
        Err(failure) => return wrong(failure),
    };
    for (name, rule) in &template.rules {
        let violated = rule
            .violated(&context)
            .map_err(|failure| Refusal::validation(failure.to_string()))?;
        if let Some(said) = violated {
            return Err(Refusal::validation(format!("Template Parameters violate Rule {name}: {said}")));
        }
    }
    for (_, resource) in template.resources.iter().filter(|(id, _)| context.is_active(id)) {
        let Kind::Map(members) = &resource.properties.kind else { continue };
        for member in members {
            evaluate(&member.value, &context).map(drop).or_else(wrong)?;
        }
    }
    Ok(())
}

/// What taking a revision would do to a stack.
///
/// # Errors
/// Where the template's conditions cannot be evaluated.
pub fn preview(tx: &mut Tx, call: &Call, stack: &Stack, revision: &Revision) -> Result<Vec<Change>, Refusal> {
    let template = Template::parse(&revision.template).map_err(|mistakes| Refusal::validation(first(&mistakes)))?;
    let rows: Vec<StackResource> = super::of_stack(tx, stack);
    let existing = rows.into_iter().filter_map(|row| {
        let live = row.live?;
        Some((
            row.logical_id,
            Existing {
                kind: live.kind,
                properties: live.properties,
                metadata: live.metadata,
            },
        ))
    });
    let existing = existing.collect();
    let pseudo = stack.pseudo();
    let world = StackWorld::new(tx, call, stack.id(), None);
    let context =
        Context::new(&template, &pseudo, &revision.parameters, &world).map_err(|failure| Refusal::validation(failure.to_string()))?;
    Ok(changes(&template, &context, &existing))
}

/// Whether taking a revision would change anything: resources, tags or outputs.
///
/// # Errors
/// As [`preview`].
pub fn is_news(tx: &mut Tx, call: &Call, stack: &Stack, revision: &Revision, template: &Template) -> Result<bool, Refusal> {
    if revision.tags != stack.wanted.tags || !preview(tx, call, stack, revision)?.is_empty() {
        return Ok(true);
    }
    let taken = Stack {
        wanted: revision.clone(),
        goal: Goal::Update,
        turn: Turn::Forward,
        ..stack.clone()
    };
    // What cannot be told is for the update to find out.
    let outputs = Work::within(tx, call, taken).outputs(template);
    Ok(outputs.map_or(true, |(outputs, _)| outputs != stack.outputs))
}
