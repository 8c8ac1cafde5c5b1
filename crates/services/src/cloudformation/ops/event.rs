//! The events of stacks, newest first.

use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::{arns, find, of_stack, page};
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::{Event, Stack};
use crate::declare::operations;

operations! { "cloudformation", CloudFormationError;
    read DescribeStackEvents(EventsInput) -> EventsOutput = describe, on |tx, input, call| arns(tx, call, &input.stack_name);
}

/// Input of [`DescribeStackEvents`].
#[derive(Default, Shape)]
pub struct EventsInput {
    stack_name: String,
    next_token: Option<String>,
}

/// Output of [`DescribeStackEvents`].
#[derive(Default, Shape)]
pub struct EventsOutput {
    stack_events: Vec<EventShape>,
    next_token: Option<String>,
}

/// An event, as callers see it.
#[derive(Default, Shape)]
pub struct EventShape {
    stack_id: String,
    event_id: String,
    stack_name: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
    timestamp: Timestamp,
    resource_status: String,
    resource_status_reason: Option<String>,
    resource_properties: Option<String>,
    client_request_token: Option<String>,
}

impl EventShape {
    fn of(stack: &Stack, event: Event) -> Self {
        Self {
            stack_id: stack.arn().to_string(),
            event_id: event.event_id,
            stack_name: stack.name.clone(),
            logical_resource_id: event.logical_id,
            physical_resource_id: event.physical_id,
            resource_type: event.kind,
            timestamp: event.at,
            resource_status: event.status,
            resource_status_reason: event.reason,
            resource_properties: event.properties.map(|properties| properties.to_string()),
            client_request_token: event.token,
        }
    }
}

fn describe(tx: &mut Tx, call: &Call, input: EventsInput) -> Result<EventsOutput, CloudFormationError> {
    let stack = find(tx, call, &input.stack_name).map_err(|_| CloudFormationError::NoSuchStackNamed {
        name: input.stack_name.clone(),
    })?;
    let mut events: Vec<Event> = of_stack(tx, &stack);
    events.reverse();
    // Pages go by ascending keys, so that the newest must have the least.
    let page = page(
        events,
        |event| format!("{:020}", u64::MAX - event.number),
        input.next_token.as_deref(),
    )?;
    Ok(EventsOutput {
        stack_events: page.items.into_iter().map(|event| EventShape::of(&stack, event)).collect(),
        next_token: page.next,
    })
}
