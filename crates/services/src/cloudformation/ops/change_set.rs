//! Change sets: what a stack would become, shown before it does.

use tierra_core::{Call, Key, Resource as _, Tag, Tx};
use tierra_model::{Shape, Timestamp};

use super::describe::ParameterShape;
use super::revise::{ParameterInput, Wish, is_news, preview, revision};
use super::stack::{begin_update, check_name, new_stack, set_out, updatable};
use super::{arns, find, living, of_stack, page};
use crate::cloudformation::engine::role;
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::{ChangeSet, Goal, OnFailure, Stack, StackResource, Turn};
use crate::cloudformation::template::change::{Action, Change, Detail, Replacement};
use crate::cloudformation::template::schema::Recreation;
use crate::cloudformation::template_url::{TemplateUrl, Templated};
use crate::declare::operations;

operations! { "cloudformation", CloudFormationError;
    write CreateChangeSet(CreateChangeSetInput) -> CreateChangeSetOutput = create, on |tx, input, call| arns(tx, call, &input.stack_name);
    read DescribeChangeSet(ChangeSetInput) -> DescribeChangeSetOutput = describe, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    write ExecuteChangeSet(ChangeSetInput) -> () = execute, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    write DeleteChangeSet(ChangeSetInput) -> () = delete, on |tx, input, call| arns(tx, call, input.stack_name.as_deref().unwrap_or_default());
    read ListChangeSets(ListInput) -> ListOutput = list, on |tx, input, call| arns(tx, call, &input.stack_name);
}

/// What AWS says where a change set would change nothing.
const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different information to create a change set.";

tierra_model::text_enum! {
    /// What a change set is for.
    pub enum ChangeSetType {
        /// A stack that is there.
        Update = "UPDATE",
        /// A stack that is not.
        Create = "CREATE",
        /// Resources that are there, for a stack that is or is not.
        Import = "IMPORT",
    }
}

/// Input of [`CreateChangeSet`].
#[derive(Default, Shape)]
pub struct CreateChangeSetInput {
    stack_name: String,
    change_set_name: String,
    template_body: Option<String>,
    #[shape("TemplateURL")]
    template_url: Option<TemplateUrl>,
    use_previous_template: Option<bool>,
    parameters: Vec<ParameterInput>,
    capabilities: Vec<String>,
    tags: Option<Vec<Tag>>,
    description: Option<String>,
    change_set_type: Option<ChangeSetType>,
    on_stack_failure: Option<OnFailure>,
    client_token: Option<String>,
    #[shape("RoleARN")]
    role_arn: Option<String>,
}

/// Output of [`CreateChangeSet`].
#[derive(Default, Shape)]
pub struct CreateChangeSetOutput {
    id: String,
    stack_id: String,
}

/// Input of what needs a change set.
#[derive(Default, Shape)]
pub struct ChangeSetInput {
    change_set_name: String,
    stack_name: Option<String>,
    client_request_token: Option<String>,
    disable_rollback: Option<bool>,
    next_token: Option<String>,
}

/// Output of [`DescribeChangeSet`].
#[derive(Default, Shape)]
pub struct DescribeChangeSetOutput {
    change_set_name: String,
    change_set_id: String,
    stack_id: String,
    stack_name: String,
    description: Option<String>,
    parameters: Vec<ParameterShape>,
    creation_time: Timestamp,
    execution_status: String,
    status: String,
    status_reason: Option<String>,
    capabilities: Vec<String>,
    tags: Vec<Tag>,
    changes: Vec<ChangeShape>,
    next_token: Option<String>,
    on_stack_failure: String,
}

/// One change, as callers see it.
#[derive(Default, Shape)]
pub struct ChangeShape {
    r#type: String,
    resource_change: ResourceChangeShape,
}

/// The resource's part of it.
#[derive(Default, Shape)]
pub struct ResourceChangeShape {
    action: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
    replacement: Option<String>,
    scope: Vec<String>,
    details: Vec<DetailShape>,
}

/// One property's part of it.
#[derive(Default, Shape)]
pub struct DetailShape {
    target: TargetShape,
    evaluation: String,
    change_source: String,
    causing_entity: Option<String>,
}

/// Which property.
#[derive(Default, Shape)]
pub struct TargetShape {
    attribute: String,
    name: Option<String>,
    requires_recreation: String,
}

/// Input of [`ListChangeSets`].
#[derive(Default, Shape)]
pub struct ListInput {
    stack_name: String,
    next_token: Option<String>,
}

/// Output of [`ListChangeSets`].
#[derive(Default, Shape)]
pub struct ListOutput {
    summaries: Vec<SummaryShape>,
    next_token: Option<String>,
}

/// A change set in a list.
#[derive(Default, Shape)]
pub struct SummaryShape {
    stack_id: String,
    stack_name: String,
    change_set_id: String,
    change_set_name: String,
    execution_status: String,
    status: String,
    status_reason: Option<String>,
    creation_time: Timestamp,
    description: Option<String>,
}

type Answer<T> = Result<T, CloudFormationError>;

/// The change set of a name (of this stack) or an id.
pub(super) fn find_set(tx: &Tx, call: &Call, name: &str, stack: Option<&str>) -> Answer<ChangeSet> {
    let missing = || CloudFormationError::NoSuchChangeSet { name: name.to_owned() };
    if let Some((_, id)) = name.split_once(":changeSet/") {
        return tx.find(&call.place, id).ok_or_else(missing);
    }
    let stack =
        stack.ok_or_else(|| CloudFormationError::validation("StackName must be specified if ChangeSetName is not specified as an ARN."))?;
    let stack = find(tx, call, stack)?;
    of_stack::<ChangeSet>(tx, &stack)
        .into_iter()
        .find(|set| set.name == name)
        .ok_or_else(missing)
}

fn owner(tx: &Tx, set: &ChangeSet) -> Answer<Stack> {
    tx.find(&set.place, &set.stack)
        .ok_or_else(|| CloudFormationError::NoSuchStack { name: set.stack.clone() })
}

/// The stack that a change set is for: made where it is to create one.
fn stack_for(tx: &mut Tx, call: &Call, name: &str, kind: ChangeSetType) -> Answer<Stack> {
    match kind {
        ChangeSetType::Update => updatable(tx, call, name),
        ChangeSetType::Import => Err(CloudFormationError::NotBuilt {
            what: "A change set of type IMPORT".to_owned(),
        }),
        ChangeSetType::Create => {
            check_name(name)?;
            match living(tx, call, name) {
                Some(stack) if stack.goal == Goal::Review => Ok(stack),
                Some(_) => Err(CloudFormationError::validation(format!(
                    "Stack [{name}] already exists and cannot be created again with the changeSet."
                ))),
                None => Ok(new_stack(call, name.to_owned())),
            }
        }
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateChangeSetInput) -> Answer<CreateChangeSetOutput> {
    let stack = stack_for(tx, call, &input.stack_name, input.change_set_type.unwrap_or_default())?;
    if of_stack::<ChangeSet>(tx, &stack)
        .iter()
        .any(|set| set.name == input.change_set_name)
    {
        return Err(CloudFormationError::ChangeSetExists {
            name: input.change_set_name,
        });
    }
    let wish = Wish {
        template_body: input.template_body,
        template_url: input.template_url,
        use_previous: input.use_previous_template.unwrap_or_default(),
        is_reviewed: true,
        parameters: input.parameters,
        capabilities: input.capabilities,
        tags: input.tags,
    };
    let (revision, template) = revision(tx, call, &stack, wish)?;
    let unchanged = stack.goal != Goal::Review && !is_news(tx, call, &stack, &revision, &template)?;
    if let Some(role) = &input.role_arn {
        role::check(tx, call, role)?;
    }
    let set = ChangeSet {
        place: call.place.clone(),
        name: input.change_set_name,
        unique: call.ids.uuid(),
        stack: stack.id(),
        description: input.description,
        created: call.now,
        revision,
        on_failure: input.on_stack_failure.unwrap_or_default(),
        role: input.role_arn,
        failure: unchanged.then(|| NO_CHANGES.to_owned()),
        executed: false,
    };
    let output = CreateChangeSetOutput {
        id: set.arn().to_string(),
        stack_id: stack.arn().to_string(),
    };
    tx.save(set);
    tx.save(stack);
    Ok(output)
}

fn describe(tx: &mut Tx, call: &Call, input: ChangeSetInput) -> Answer<DescribeChangeSetOutput> {
    let set = find_set(tx, call, &input.change_set_name, input.stack_name.as_deref())?;
    let stack = owner(tx, &set)?;
    let changes = if set.executed {
        Vec::new()
    } else {
        preview(tx, call, &stack, &set.revision)?
    };
    let page = page(changes, |change| change.logical_id.clone(), input.next_token.as_deref())?;
    let changes = page.items.into_iter().map(|change| shape(tx, &stack, change)).collect();
    Ok(DescribeChangeSetOutput {
        change_set_id: set.arn().to_string(),
        stack_id: stack.arn().to_string(),
        stack_name: stack.name,
        parameters: set
            .revision
            .parameters
            .iter()
            .map(|(key, bound)| ParameterShape::of(key, bound))
            .collect(),
        creation_time: set.created,
        execution_status: set.execution_status().to_owned(),
        status: set.status().to_owned(),
        status_reason: set.failure.clone(),
        capabilities: set.revision.capabilities.clone(),
        tags: set.revision.tags.list(),
        changes,
        next_token: page.next,
        on_stack_failure: set.on_failure.word().to_owned(),
        change_set_name: set.name,
        description: set.description,
    })
}

fn shape(tx: &Tx, stack: &Stack, change: Change) -> ChangeShape {
    let row: Option<StackResource> = tx.find(&stack.place, format!("{}/{}", stack.id(), change.logical_id));
    let mut scope: Vec<String> = change.details.iter().map(|detail| detail.attribute.to_owned()).collect();
    scope.dedup();
    ChangeShape {
        r#type: "Resource".to_owned(),
        resource_change: ResourceChangeShape {
            action: change.action.word().to_owned(),
            physical_resource_id: row
                .filter(|_| change.action != Action::Add)
                .and_then(|row| row.physical_id().map(str::to_owned)),
            logical_resource_id: change.logical_id,
            resource_type: change.kind,
            replacement: change.replacement.map(|replacement: Replacement| replacement.word().to_owned()),
            scope,
            details: change.details.into_iter().map(detail).collect(),
        },
    }
}

fn detail(detail: Detail) -> DetailShape {
    let requires_recreation = match detail.recreation {
        Recreation::Never => "Never",
        Recreation::Conditionally => "Conditionally",
        Recreation::Always => "Always",
    };
    DetailShape {
        target: TargetShape {
            attribute: detail.attribute.to_owned(),
            name: detail.name,
            requires_recreation: requires_recreation.to_owned(),
        },
        evaluation: if detail.is_static { "Static" } else { "Dynamic" }.to_owned(),
        change_source: detail.source.to_owned(),
        causing_entity: detail.cause,
    }
}

fn execute(tx: &mut Tx, call: &Call, input: ChangeSetInput) -> Answer<()> {
    let set = find_set(tx, call, &input.change_set_name, input.stack_name.as_deref())?;
    let mut stack = owner(tx, &set)?;
    if set.execution_status() != "AVAILABLE" {
        return Err(CloudFormationError::ChangeSetStatus {
            id: set.arn().to_string(),
            status: set.status().to_owned(),
        });
    }
    // The others were computed against what the stack is no longer.
    for other in of_stack::<ChangeSet>(tx, &stack)
        .into_iter()
        .filter(|other| other.unique != set.unique)
    {
        tx.delete(&Key::<ChangeSet>::new(&other.place, other.id()));
    }
    tx.save(ChangeSet {
        executed: true,
        ..set.clone()
    });
    stack.token = input.client_request_token;
    stack.role = set.role.clone().or(stack.role);
    stack.on_failure = if input.disable_rollback == Some(true) {
        OnFailure::DoNothing
    } else {
        set.on_failure
    };
    if stack.goal == Goal::Review {
        stack.wanted = set.revision;
        set_out(tx, call, stack, Goal::Create, Turn::Forward);
    } else {
        let stack = updatable(tx, call, &stack.arn().to_string()).map(|_| stack)?;
        begin_update(tx, call, stack, set.revision);
    }
    Ok(())
}

fn delete(tx: &mut Tx, call: &Call, input: ChangeSetInput) -> Answer<()> {
    // AWS answers the deletion of what is not there as done.
    if let Ok(set) = find_set(tx, call, &input.change_set_name, input.stack_name.as_deref()) {
        tx.delete(&Key::<ChangeSet>::new(&set.place, set.id()));
    }
    Ok(())
}

fn list(tx: &mut Tx, call: &Call, input: ListInput) -> Answer<ListOutput> {
    let stack = find(tx, call, &input.stack_name)?;
    let page = page(
        of_stack::<ChangeSet>(tx, &stack),
        tierra_core::Resource::id,
        input.next_token.as_deref(),
    )?;
    let summary = |set: ChangeSet| SummaryShape {
        stack_id: stack.arn().to_string(),
        stack_name: stack.name.clone(),
        change_set_id: set.arn().to_string(),
        execution_status: set.execution_status().to_owned(),
        status: set.status().to_owned(),
        status_reason: set.failure.clone(),
        creation_time: set.created,
        change_set_name: set.name,
        description: set.description,
    };
    Ok(ListOutput {
        summaries: page.items.into_iter().map(summary).collect(),
        next_token: page.next,
    })
}

impl Templated for CreateChangeSetInput {
    fn template_url(&mut self) -> Option<&mut TemplateUrl> {
        self.template_url.as_mut()
    }
}
