//! The resources of stacks are shown and signalled.

use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::{arns, find, of_stack, page};
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::{Deed, Outcome, Signal, Stack, StackResource};
use crate::declare::operations;

operations! { "cloudformation", CloudFormationError;
    read DescribeStackResource(ResourceInput) -> DescribeStackResourceOutput = describe_one, on |tx, input, call| arns(tx, call, &input.stack_name);
    read DescribeStackResources(ResourcesInput) -> DescribeStackResourcesOutput = describe, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    read ListStackResources(ListInput) -> ListStackResourcesOutput = list, on |tx, input, call| arns(tx, call, &input.stack_name);
    write SignalResource(SignalInput) -> () = signal, on |tx, input, call| arns(tx, call, &input.stack_name);
}

tierra_model::text_enum! {
    /// What a signal says.
    pub enum SignalStatus {
        /// All is well.
        Success = "SUCCESS",
        /// It is not.
        Failure = "FAILURE",
    }
}

/// Input of [`DescribeStackResource`].
#[derive(Default, Shape)]
pub struct ResourceInput {
    stack_name: String,
    logical_resource_id: String,
}

/// Input of [`DescribeStackResources`].
#[derive(Default, Shape)]
pub struct ResourcesInput {
    stack_name: Option<String>,
    logical_resource_id: Option<String>,
    physical_resource_id: Option<String>,
}

/// Input of [`ListStackResources`].
#[derive(Default, Shape)]
pub struct ListInput {
    stack_name: String,
    next_token: Option<String>,
}

/// Input of [`SignalResource`].
#[derive(Default, Shape)]
pub struct SignalInput {
    stack_name: String,
    logical_resource_id: String,
    unique_id: String,
    status: SignalStatus,
}

/// Output of [`DescribeStackResource`].
#[derive(Default, Shape)]
pub struct DescribeStackResourceOutput {
    stack_resource_detail: DetailShape,
}

/// Output of [`DescribeStackResources`].
#[derive(Default, Shape)]
pub struct DescribeStackResourcesOutput {
    stack_resources: Vec<StackResourceShape>,
}

/// Output of [`ListStackResources`].
#[derive(Default, Shape)]
pub struct ListStackResourcesOutput {
    stack_resource_summaries: Vec<SummaryShape>,
    next_token: Option<String>,
}

/// The three ways to show a resource differ in the name of its time, and in how much of the stack they tell.
macro_rules! resource_shape {
    ($(#[$meta:meta])* $name:ident, $time:ident { $($field:ident: $type:ty = $value:expr),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Default, Shape)]
        pub struct $name {
            logical_resource_id: String,
            physical_resource_id: Option<String>,
            resource_type: String,
            $time: Timestamp,
            resource_status: String,
            resource_status_reason: Option<String>,
            drift_information: ResourceDriftShape,
            $($field: $type),*
        }

        impl $name {
            fn of(stack: &Stack, row: &StackResource) -> Self {
                let _ = stack;
                Self {
                    logical_resource_id: row.logical_id.clone(),
                    physical_resource_id: row.physical_id().map(str::to_owned),
                    resource_type: row.kind.clone(),
                    $time: row.updated,
                    resource_status: row.status(),
                    resource_status_reason: row.reason.clone(),
                    drift_information: ResourceDriftShape::default(),
                    $($field: ($value)(stack, row)),*
                }
            }
        }
    };
}

/// Drift is never looked for.
#[derive(Shape)]
pub struct ResourceDriftShape {
    stack_resource_drift_status: String,
}

impl Default for ResourceDriftShape {
    fn default() -> Self {
        Self {
            stack_resource_drift_status: "NOT_CHECKED".to_owned(),
        }
    }
}

resource_shape!(
    /// A resource in a list.
    SummaryShape, last_updated_timestamp {}
);
resource_shape!(
    /// A resource, as [`DescribeStackResources`] shows it.
    StackResourceShape, timestamp {
        stack_id: String = |stack: &Stack, _: &StackResource| stack.arn().to_string(),
        stack_name: String = |stack: &Stack, _: &StackResource| stack.name.clone(),
    }
);
resource_shape!(
    /// A resource, as [`DescribeStackResource`] shows it.
    DetailShape, last_updated_timestamp {
        stack_id: String = |stack: &Stack, _: &StackResource| stack.arn().to_string(),
        stack_name: String = |stack: &Stack, _: &StackResource| stack.name.clone(),
        metadata: Option<String> = |_: &Stack, row: &StackResource| row.live.as_ref().and_then(|live| live.metadata.as_ref()).map(ToString::to_string),
    }
);

type Answer<T> = Result<T, CloudFormationError>;

fn stack_named(tx: &Tx, call: &Call, name: &str) -> Answer<Stack> {
    find(tx, call, name).map_err(|_| CloudFormationError::NoSuchStackNamed { name: name.to_owned() })
}

/// What a stack has; what it had too, once it is itself deleted or was never finished.
fn shown(tx: &Tx, stack: &Stack) -> Vec<StackResource> {
    let gone = |row: &StackResource| row.deed == Deed::Delete && row.outcome != Outcome::InProgress && row.live.is_none();
    let keeps_gone =
        matches!(stack.status(), "DELETE_COMPLETE" | "DELETE_IN_PROGRESS" | "DELETE_FAILED") || stack.status().starts_with("ROLLBACK");
    of_stack::<StackResource>(tx, stack)
        .into_iter()
        .filter(|row| keeps_gone || !gone(row))
        .collect()
}

fn row(tx: &Tx, stack: &Stack, logical_id: &str, name: &str) -> Answer<StackResource> {
    let missing = || CloudFormationError::NoSuchResource {
        logical_id: logical_id.to_owned(),
        stack: name.to_owned(),
    };
    shown(tx, stack)
        .into_iter()
        .find(|row| row.logical_id == logical_id)
        .ok_or_else(missing)
}

fn describe_one(tx: &mut Tx, call: &Call, input: ResourceInput) -> Answer<DescribeStackResourceOutput> {
    let stack = stack_named(tx, call, &input.stack_name)?;
    let row = row(tx, &stack, &input.logical_resource_id, &input.stack_name)?;
    Ok(DescribeStackResourceOutput {
        stack_resource_detail: DetailShape::of(&stack, &row),
    })
}

fn describe(tx: &mut Tx, call: &Call, input: ResourcesInput) -> Answer<DescribeStackResourcesOutput> {
    let stack = match (&input.stack_name, &input.physical_resource_id) {
        (Some(name), _) => find(tx, call, name)?,
        (None, Some(id)) => owner(tx, call, id)?,
        (None, None) => {
            return Err(CloudFormationError::validation(
                "You must specify either StackName or PhysicalResourceId.",
            ));
        }
    };
    let rows = shown(tx, &stack)
        .into_iter()
        .filter(|row| input.logical_resource_id.as_ref().is_none_or(|id| *id == row.logical_id));
    Ok(DescribeStackResourcesOutput {
        stack_resources: rows.map(|row| StackResourceShape::of(&stack, &row)).collect(),
    })
}

/// The stack that a physical resource belongs to.
fn owner(tx: &Tx, call: &Call, physical_id: &str) -> Answer<Stack> {
    let missing = || CloudFormationError::validation(format!("Stack for {physical_id} does not exist"));
    let row = tx
        .by_index::<StackResource>(&call.place, "physical", physical_id)
        .into_iter()
        .next()
        .ok_or_else(missing)?;
    tx.find(&call.place, &row.stack).ok_or_else(missing)
}

fn list(tx: &mut Tx, call: &Call, input: ListInput) -> Answer<ListStackResourcesOutput> {
    let stack = find(tx, call, &input.stack_name)?;
    let page = page(shown(tx, &stack), |row| row.logical_id.clone(), input.next_token.as_deref())?;
    let summaries = page.items.iter().map(|row| SummaryShape::of(&stack, row)).collect();
    Ok(ListStackResourcesOutput {
        stack_resource_summaries: summaries,
        next_token: page.next,
    })
}

fn signal(tx: &mut Tx, call: &Call, input: SignalInput) -> Answer<()> {
    let stack = stack_named(tx, call, &input.stack_name)?;
    let mut row = row(tx, &stack, &input.logical_resource_id, &input.stack_name)?;
    if !row.is_busy() {
        let (id, status) = (&row.logical_id, row.status());
        return Err(CloudFormationError::validation(format!(
            "Resource {id} is in {status} state and can not be signaled"
        )));
    }
    if row.signals.iter().all(|signal| signal.unique_id != input.unique_id) {
        let success = input.status == SignalStatus::Success;
        row.signals.push(Signal {
            unique_id: input.unique_id,
            success,
            data: String::new(),
            reason: String::new(),
        });
        tx.save(row);
    }
    // The stack's own row is what wakes the engine.
    tx.save(stack);
    Ok(())
}
