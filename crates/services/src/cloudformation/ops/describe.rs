//! Stacks are shown.

use tierra_core::{Call, Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::{arns, find, page};
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::{OnFailure, Stack, StackOutput};
use crate::cloudformation::template::Template;
use crate::cloudformation::template::parameter::{Bound, MASK};
use crate::declare::{anything, operations};

operations! { "cloudformation", CloudFormationError;
    read DescribeStacks(DescribeStacksInput) -> DescribeStacksOutput = describe, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    read ListStacks(ListStacksInput) -> ListStacksOutput = list, on anything;
}

/// Input of [`DescribeStacks`].
#[derive(Default, Shape)]
pub struct DescribeStacksInput {
    stack_name: Option<String>,
    next_token: Option<String>,
}

/// Output of [`DescribeStacks`].
#[derive(Default, Shape)]
pub struct DescribeStacksOutput {
    stacks: Vec<StackShape>,
    next_token: Option<String>,
}

/// A stack, as callers see it.
#[derive(Default, Shape)]
pub struct StackShape {
    stack_id: String,
    stack_name: String,
    description: Option<String>,
    parameters: Vec<ParameterShape>,
    creation_time: Timestamp,
    last_updated_time: Option<Timestamp>,
    deletion_time: Option<Timestamp>,
    stack_status: String,
    stack_status_reason: Option<String>,
    disable_rollback: bool,
    #[shape("NotificationARNs")]
    notification_arns: Vec<String>,
    timeout_in_minutes: Option<i64>,
    capabilities: Vec<String>,
    outputs: Vec<OutputShape>,
    #[shape("RoleARN")]
    role_arn: Option<String>,
    tags: Vec<Tag>,
    enable_termination_protection: bool,
    drift_information: DriftShape,
    parent_id: Option<String>,
    root_id: Option<String>,
}

/// Drift is never looked for.
#[derive(Shape)]
pub struct DriftShape {
    stack_drift_status: String,
}

impl Default for DriftShape {
    fn default() -> Self {
        Self {
            stack_drift_status: "NOT_CHECKED".to_owned(),
        }
    }
}

/// A parameter, as callers see it.
#[derive(Default, Shape)]
pub struct ParameterShape {
    parameter_key: String,
    parameter_value: String,
    resolved_value: Option<String>,
}

impl ParameterShape {
    /// A bound parameter, masked where it is to be hidden.
    pub fn of(key: &str, bound: &Bound) -> Self {
        let hidden = |text: &String| if bound.no_echo { MASK.to_owned() } else { text.clone() };
        Self {
            parameter_key: key.to_owned(),
            parameter_value: bound.shown().to_owned(),
            resolved_value: bound.resolved.as_ref().map(hidden),
        }
    }
}

/// An output, as callers see it.
#[derive(Default, Shape)]
pub struct OutputShape {
    output_key: String,
    output_value: String,
    description: Option<String>,
    export_name: Option<String>,
}

impl OutputShape {
    fn of(output: &StackOutput) -> Self {
        Self {
            output_key: output.key.clone(),
            output_value: output.value.clone(),
            description: output.description.clone(),
            export_name: output.export.clone(),
        }
    }
}

impl StackShape {
    fn of(stack: &Stack) -> Self {
        Self {
            stack_id: stack.arn().to_string(),
            stack_name: stack.name.clone(),
            description: Template::parse(&stack.wanted.template)
                .ok()
                .and_then(|template| template.description),
            parameters: stack
                .wanted
                .parameters
                .iter()
                .map(|(key, bound)| ParameterShape::of(key, bound))
                .collect(),
            creation_time: stack.created,
            last_updated_time: stack.updated,
            deletion_time: stack.deleted,
            stack_status: stack.status().to_owned(),
            stack_status_reason: stack.reason.clone(),
            disable_rollback: stack.on_failure == OnFailure::DoNothing,
            notification_arns: stack.notification_arns.clone(),
            timeout_in_minutes: stack.timeout_minutes,
            capabilities: stack.wanted.capabilities.clone(),
            outputs: stack.outputs.iter().map(OutputShape::of).collect(),
            role_arn: stack.role.clone(),
            tags: stack.wanted.tags.list(),
            enable_termination_protection: stack.protected,
            drift_information: DriftShape::default(),
            parent_id: stack.parent.clone(),
            root_id: stack.root.clone(),
        }
    }
}

type Answer<T> = Result<T, CloudFormationError>;

fn describe(tx: &mut Tx, call: &Call, input: DescribeStacksInput) -> Answer<DescribeStacksOutput> {
    let stacks = match input.stack_name.filter(|name| !name.is_empty()) {
        Some(name) => vec![find(tx, call, &name)?],
        None => tx
            .list::<Stack>(&call.place)
            .into_iter()
            .filter(|stack| stack.deleted.is_none())
            .collect(),
    };
    let page = page(stacks, tierra_core::Resource::id, input.next_token.as_deref())?;
    Ok(DescribeStacksOutput {
        stacks: page.items.iter().map(StackShape::of).collect(),
        next_token: page.next,
    })
}

/// Input of [`ListStacks`].
#[derive(Default, Shape)]
pub struct ListStacksInput {
    next_token: Option<String>,
    stack_status_filter: Vec<String>,
}

/// Output of [`ListStacks`].
#[derive(Default, Shape)]
pub struct ListStacksOutput {
    stack_summaries: Vec<StackSummaryShape>,
    next_token: Option<String>,
}

/// A stack in a list.
#[derive(Default, Shape)]
pub struct StackSummaryShape {
    stack_id: String,
    stack_name: String,
    template_description: Option<String>,
    creation_time: Timestamp,
    last_updated_time: Option<Timestamp>,
    deletion_time: Option<Timestamp>,
    stack_status: String,
    stack_status_reason: Option<String>,
    drift_information: DriftShape,
    parent_id: Option<String>,
    root_id: Option<String>,
}

impl From<StackShape> for StackSummaryShape {
    fn from(stack: StackShape) -> Self {
        Self {
            stack_id: stack.stack_id,
            stack_name: stack.stack_name,
            template_description: stack.description,
            creation_time: stack.creation_time,
            last_updated_time: stack.last_updated_time,
            deletion_time: stack.deletion_time,
            stack_status: stack.stack_status,
            stack_status_reason: stack.stack_status_reason,
            drift_information: stack.drift_information,
            parent_id: stack.parent_id,
            root_id: stack.root_id,
        }
    }
}

fn list(tx: &mut Tx, call: &Call, input: ListStacksInput) -> Answer<ListStacksOutput> {
    let wanted =
        |stack: &Stack| input.stack_status_filter.is_empty() || input.stack_status_filter.iter().any(|status| status == stack.status());
    let stacks = tx.list::<Stack>(&call.place).into_iter().filter(wanted).collect();
    let page = page(stacks, tierra_core::Resource::id, input.next_token.as_deref())?;
    let summaries = page.items.iter().map(|stack| StackShape::of(stack).into()).collect();
    Ok(ListStacksOutput {
        stack_summaries: summaries,
        next_token: page.next,
    })
}
