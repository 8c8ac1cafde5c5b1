//! `AWS::CloudFormation::Stack`: a stack as a resource of another. Follows the user guide's "Split a template into reusable pieces
//! using nested stacks".
//!
//! **Invariant**: a nested stack is a stack like any other; its parent only asks for it, waits for it, and lets it go.

use serde_json::{Map, Value};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tag, Tx};

use super::errors::CloudFormationError;
use super::model::{Goal, OnFailure, Stack, Turn};
use super::ops::of_arn;
use super::ops::revise::{ParameterInput, Wish, is_news, revision};
use super::ops::stack::{begin_deletion, begin_update, new_stack, set_out};
use super::template::scalar_text;
use super::template_url::TemplateUrl;

/// The tag that says which stack a resource is of.
const STACK_TAG: &str = "aws:cloudformation:stack-id";
/// The type's name.
pub const NAME: &str = "AWS::CloudFormation::Stack";
/// The property that names a template in S3.
pub const ADDRESS: &str = "TemplateURL";
/// What stands in its place while the type is asked: the template itself. The engine has read it, since no transaction can.
pub const TEMPLATE: &str = "TemplateBody";
/// Characters of a generated name.
const NAME_LENGTH: usize = 128;
/// How deep stacks lie in each other.
const DEPTH: usize = 8;

/// The type.
pub struct NestedStack;

/// The parent, and what the nested stack is to be by its properties.
struct Asked {
    parent: Stack,
    wish: Wish,
    notification_arns: Vec<String>,
    timeout_minutes: Option<i64>,
}

impl Asked {
    fn read(tx: &Tx, creation: &Creation<'_>) -> Result<Self, CloudFormationError> {
        let parent = creation.tags.get(STACK_TAG).and_then(|arn| of_arn(tx, arn));
        let parent = parent.ok_or_else(|| CloudFormationError::validation("A nested stack has a parent"))?;
        let properties = creation.properties;
        let parameters = properties["Parameters"].as_object().into_iter().flatten();
        let tags = properties["Tags"].as_array().into_iter().flatten();
        let tag = |tag: &Value| Tag {
            key: tag["Key"].as_str().unwrap_or_default().to_owned(),
            value: scalar_text(&tag["Value"]),
        };
        let wish = Wish {
            template_url: Some(TemplateUrl::read(properties[TEMPLATE].as_str().unwrap_or_default().to_owned())),
            parameters: parameters.map(|(key, value)| ParameterInput::new(key, &joined(value))).collect(),
            capabilities: parent.target().unwrap_or(&parent.wanted).capabilities.clone(),
            tags: Some(inherited(&parent).chain(tags.map(tag)).collect()),
            ..Wish::default()
        };
        let arns = properties["NotificationARNs"].as_array().into_iter().flatten();
        Ok(Self {
            wish,
            notification_arns: arns.filter_map(scalar_text).collect(),
            timeout_minutes: scalar_text(&properties["TimeoutInMinutes"]).and_then(|text| text.parse().ok()),
            parent,
        })
    }
}

/// A list is given as a caller gives one.
fn joined(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().filter_map(scalar_text).collect::<Vec<_>>().join(","),
        scalar => scalar_text(scalar).unwrap_or_default(),
    }
}

/// The tags that a stack hands to what it holds.
fn inherited(parent: &Stack) -> impl Iterator<Item = Tag> {
    parent.target().unwrap_or(&parent.wanted).tags.list().into_iter()
}

fn depth(tx: &Tx, stack: &Stack) -> usize {
    let mut above = std::iter::successors(Some(stack.clone()), |stack| of_arn(tx, stack.parent.as_deref()?));
    above.by_ref().take(DEPTH + 1).count()
}

impl ResourceType for NestedStack {
    fn name(&self) -> &'static str {
        NAME
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let asked = Asked::read(tx, creation)?;
        if depth(tx, &asked.parent) > DEPTH {
            return Err(CloudFormationError::validation(format!("Stacks are nested more than {DEPTH} deep")).into());
        }
        let name = creation.generated_name(call, NAME_LENGTH);
        let parent = asked.parent.arn().to_string();
        let mut stack = Stack {
            root: Some(asked.parent.root.clone().unwrap_or_else(|| parent.clone())),
            parent: Some(parent),
            // Going back is its parent's decision.
            on_failure: OnFailure::DoNothing,
            notification_arns: asked.notification_arns,
            timeout_minutes: asked.timeout_minutes,
            role: asked.parent.role.clone(),
            ..new_stack(call, name)
        };
        (stack.wanted, _) = revision(tx, call, &stack, asked.wish)?;
        let arn = stack.arn().to_string();
        set_out(tx, call, stack, Goal::Create, Turn::Forward);
        Ok(arn)
    }

    fn progress(&self, tx: &Tx, _: &Call, id: &str) -> Progress {
        let Some(stack) = of_arn(tx, id).filter(|stack| stack.deleted.is_none()) else {
            return Progress::Gone;
        };
        let reason = stack.reason.clone().unwrap_or_default();
        match stack.status() {
            _ if stack.is_busy() => Progress::Working,
            "CREATE_FAILED" => Progress::Failed(format!("Embedded stack {id} was not successfully created: {reason}")),
            "DELETE_FAILED" => Progress::Failed(format!("Embedded stack {id} was not successfully deleted: {reason}")),
            // A parent on its way back finds it where it was.
            "UPDATE_ROLLBACK_COMPLETE" if goes_back(tx, &stack) => Progress::Ready,
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => Progress::Ready,
            status => Progress::Failed(format!(
                "Embedded stack {id} was not successfully updated. Currently in {status} with reason: {reason}"
            )),
        }
    }

    fn attributes(&self, tx: &Tx, _: &Call, id: &str) -> Result<Attributes, AwsError> {
        let stack = of_arn(tx, id).ok_or_else(|| CloudFormationError::NoSuchStack { name: id.to_owned() })?;
        let output = |output: &super::model::StackOutput| (format!("Outputs.{}", output.key), output.value.clone().into());
        Ok(Attributes {
            reference: id.to_owned(),
            values: stack.outputs.iter().map(output).collect::<Map<_, _>>(),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        let asked = Asked::read(tx, new)?;
        let mut stack = of_arn(tx, id).ok_or_else(|| CloudFormationError::NoSuchStack { name: id.to_owned() })?;
        let (wanted, template) = revision(tx, call, &stack, asked.wish)?;
        if !is_news(tx, call, &stack, &wanted, &template)? {
            return Ok(());
        }
        stack.on_failure = OnFailure::Rollback;
        stack.notification_arns = asked.notification_arns;
        begin_update(tx, call, stack, wanted);
        Ok(())
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let Some(stack) = of_arn(tx, id).filter(|stack| stack.deleted.is_none()) else {
            return Ok(());
        };
        if !(stack.goal == Goal::Delete && stack.is_busy()) {
            begin_deletion(tx, call, stack)?;
        }
        Ok(())
    }
}

fn goes_back(tx: &Tx, stack: &Stack) -> bool {
    let parent = stack.parent.as_deref().and_then(|arn| of_arn(tx, arn));
    parent.is_some_and(|parent| parent.turn == Turn::Back)
}
