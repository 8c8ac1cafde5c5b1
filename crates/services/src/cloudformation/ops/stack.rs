//! Stacks are made, changed, deleted.

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use super::policy::policy_of;
use super::revise::{ParameterInput, Wish, is_news, revision};
use super::{arns, find, living, of_stack};
use crate::cloudformation::engine::{Step, Work, role};
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::{Export, Goal, OnFailure, Outcome, Revision, Stack, StackResource, Turn};
use crate::cloudformation::template_url::{TemplateUrl, Templated};
use crate::declare::operations;

operations! { "cloudformation", CloudFormationError;
    write CreateStack(CreateStackInput) -> StackIdOutput = create, on |tx, input, call| arns(tx, call, &input.stack_name);
    write UpdateStack(UpdateStackInput) -> StackIdOutput = update, on |tx, input, call| arns(tx, call, &input.stack_name);
    write DeleteStack(DeleteStackInput) -> () = delete, on |tx, input, call| arns(tx, call, &input.stack_name);
    write CancelUpdateStack(StackNameInput) -> () = cancel, on |tx, input, call| arns(tx, call, &input.stack_name);
    write ContinueUpdateRollback(StackNameInput) -> () = continue_rollback, on |tx, input, call| arns(tx, call, &input.stack_name);
    write RollbackStack(StackNameInput) -> StackIdOutput = rollback, on |tx, input, call| arns(tx, call, &input.stack_name);
    write UpdateTerminationProtection(ProtectionInput) -> StackIdOutput = protect, on |tx, input, call| arns(tx, call, &input.stack_name);
}

/// Characters of a stack's name.
const NAME_LENGTH: usize = 128;

/// Input of [`CreateStack`].
#[derive(Default, Shape)]
pub struct CreateStackInput {
    stack_name: String,
    template_body: Option<String>,
    #[shape("TemplateURL")]
    template_url: Option<TemplateUrl>,
    parameters: Vec<ParameterInput>,
    disable_rollback: Option<bool>,
    timeout_in_minutes: Option<i64>,
    #[shape("NotificationARNs")]
    notification_arns: Vec<String>,
    capabilities: Vec<String>,
    #[shape("RoleARN")]
    role_arn: Option<String>,
    on_failure: Option<OnFailure>,
    tags: Option<Vec<Tag>>,
    client_request_token: Option<String>,
    enable_termination_protection: Option<bool>,
    stack_policy_body: Option<String>,
    #[shape("StackPolicyURL")]
    stack_policy_url: Option<String>,
}

/// Input of [`UpdateStack`].
#[derive(Default, Shape)]
pub struct UpdateStackInput {
    stack_name: String,
    template_body: Option<String>,
    #[shape("TemplateURL")]
    template_url: Option<TemplateUrl>,
    use_previous_template: Option<bool>,
    parameters: Vec<ParameterInput>,
    capabilities: Vec<String>,
    #[shape("RoleARN")]
    role_arn: Option<String>,
    #[shape("NotificationARNs")]
    notification_arns: Option<Vec<String>>,
    tags: Option<Vec<Tag>>,
    disable_rollback: Option<bool>,
    client_request_token: Option<String>,
    stack_policy_body: Option<String>,
    #[shape("StackPolicyURL")]
    stack_policy_url: Option<String>,
    stack_policy_during_update_body: Option<String>,
    #[shape("StackPolicyDuringUpdateURL")]
    stack_policy_during_update_url: Option<String>,
}

/// Input of [`DeleteStack`].
#[derive(Default, Shape)]
pub struct DeleteStackInput {
    stack_name: String,
    retain_resources: Vec<String>,
    #[shape("RoleARN")]
    role_arn: Option<String>,
    client_request_token: Option<String>,
}

/// Input of what only needs the stack.
#[derive(Default, Shape)]
pub struct StackNameInput {
    stack_name: String,
    client_request_token: Option<String>,
}

/// Input of [`UpdateTerminationProtection`].
#[derive(Default, Shape)]
pub struct ProtectionInput {
    stack_name: String,
    enable_termination_protection: bool,
}

/// The stack's id.
#[derive(Default, Shape)]
pub struct StackIdOutput {
    stack_id: String,
}

impl StackIdOutput {
    fn of(stack: &Stack) -> Self {
        Self {
            stack_id: stack.arn().to_string(),
        }
    }
}

type Answer<T> = Result<T, CloudFormationError>;

/// Whether a name is one: letters, digits and hyphens, a letter first.
pub(super) fn check_name(name: &str) -> Answer<()> {
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if good && name.len() <= NAME_LENGTH {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    );
    Err(CloudFormationError::validation(message))
}

/// A new stack, not yet in the store.
pub(in crate::cloudformation) fn new_stack(call: &Call, name: String) -> Stack {
    Stack {
        place: call.place.clone(),
        name,
        unique: call.ids.uuid(),
        caller: Some(call.caller.clone()),
        created: call.now,
        ..Stack::default()
    }
}

/// Sets a stack on its way, tells so, and writes it.
pub(in crate::cloudformation) fn set_out(tx: &mut Tx, call: &Call, mut stack: Stack, goal: Goal, turn: Turn) {
    stack.caller = Some(call.caller.clone());
    stack.reason = None;
    stack.set_out(goal, turn, call.now);
    let mut work = Work::within(tx, call, stack);
    work.tell_stack(Some("User Initiated".to_owned()));
    work.finish();
}

fn on_failure(given: Option<OnFailure>, disable_rollback: Option<bool>) -> Answer<OnFailure> {
    match (given, disable_rollback) {
        (Some(_), Some(_)) => Err(CloudFormationError::validation(
            "You may specify either DisableRollback or OnFailure, but not both.",
        )),
        (Some(given), None) => Ok(given),
        (None, Some(true)) => Ok(OnFailure::DoNothing),
        (None, _) => Ok(OnFailure::Rollback),
    }
}

fn create(tx: &mut Tx, call: &Call, input: CreateStackInput) -> Answer<StackIdOutput> {
    check_name(&input.stack_name)?;
    if let Some(existing) = living(tx, call, &input.stack_name) {
        if input.client_request_token.is_some() && existing.token == input.client_request_token {
            return Ok(StackIdOutput::of(&existing));
        }
        return Err(CloudFormationError::AlreadyExists { name: input.stack_name });
    }
    let mut stack = new_stack(call, input.stack_name);
    let wish = Wish {
        template_body: input.template_body,
        template_url: input.template_url,
        use_previous: false,
        is_reviewed: false,
        parameters: input.parameters,
        capabilities: input.capabilities,
        tags: input.tags,
    };
    stack.on_failure = on_failure(input.on_failure, input.disable_rollback)?;
    stack.notification_arns = input.notification_arns;
    (stack.wanted, _) = revision(tx, call, &stack, wish)?;
    stack.timeout_minutes = input.timeout_in_minutes;
    stack.policy = policy_of(input.stack_policy_body, input.stack_policy_url)?;
    checked_role(tx, call, input.role_arn.as_deref())?;
    stack.protected = input.enable_termination_protection.unwrap_or_default();
    (stack.role, stack.token) = (input.role_arn, input.client_request_token);
    let output = StackIdOutput::of(&stack);
    set_out(tx, call, stack, Goal::Create, Turn::Forward);
    Ok(output)
}

/// A role that was named can be used.
fn checked_role(tx: &Tx, call: &Call, role: Option<&str>) -> Answer<()> {
    role.map_or(Ok(()), |role| role::check(tx, call, role))
}

/// A stack that can be changed.
pub(super) fn updatable(tx: &Tx, call: &Call, name: &str) -> Answer<Stack> {
    let stack = find(tx, call, name).map_err(|_| CloudFormationError::NoSuchStackNamed { name: name.to_owned() })?;
    let status = stack.status();
    let settled = [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
        "CREATE_FAILED",
    ];
    if settled.contains(&status) {
        return Ok(stack);
    }
    Err(CloudFormationError::Busy {
        id: stack.arn().to_string(),
        status: status.to_owned(),
        what: "updated".to_owned(),
    })
}

fn update(tx: &mut Tx, call: &Call, input: UpdateStackInput) -> Answer<StackIdOutput> {
    let mut stack = updatable(tx, call, &input.stack_name)?;
    let wish = Wish {
        template_body: input.template_body,
        template_url: input.template_url,
        use_previous: input.use_previous_template.unwrap_or_default(),
        is_reviewed: false,
        parameters: input.parameters,
        capabilities: input.capabilities,
        tags: input.tags,
    };
    let (wanted, template) = revision(tx, call, &stack, wish)?;
    if stack.succeeded == Some(true) && !is_news(tx, call, &stack, &wanted, &template)? {
        return Err(CloudFormationError::NoUpdates);
    }
    if let Some(arns) = input.notification_arns {
        stack.notification_arns = arns;
    }
    stack.on_failure = on_failure(None, input.disable_rollback)?;
    checked_role(tx, call, input.role_arn.as_deref())?;
    stack.role = input.role_arn.or(stack.role);
    stack.token = input.client_request_token;
    let policy = policy_of(input.stack_policy_body, input.stack_policy_url)?;
    stack.policy = policy.or(stack.policy);
    stack.policy_meanwhile = policy_of(input.stack_policy_during_update_body, input.stack_policy_during_update_url)?;
    let output = StackIdOutput::of(&stack);
    begin_update(tx, call, stack, wanted);
    Ok(output)
}

/// Sets a stack on its way to a new revision.
pub(in crate::cloudformation) fn begin_update(tx: &mut Tx, call: &Call, mut stack: Stack, wanted: Revision) {
    stack.previous = Some(std::mem::replace(&mut stack.wanted, wanted));
    stack.updated = Some(call.now);
    set_out(tx, call, stack, Goal::Update, Turn::Forward);
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteStackInput) -> Answer<()> {
    // AWS answers the deletion of what is not there as done.
    let Ok(mut stack) = find(tx, call, &input.stack_name) else {
        return Ok(());
    };
    if stack.deleted.is_some() || stack.goal == Goal::Delete && stack.is_busy() {
        return Ok(());
    }
    if stack.protected {
        return Err(CloudFormationError::Protected { name: stack.name });
    }
    if !input.retain_resources.is_empty() && stack.status() != "DELETE_FAILED" {
        return Err(CloudFormationError::validation(format!(
            "Invalid operation on stack [{}]. Specify which resources to retain only when the stack is in the DELETE_FAILED state.",
            stack.arn()
        )));
    }
    checked_role(tx, call, input.role_arn.as_deref())?;
    stack.retained = input.retain_resources.into_iter().collect();
    stack.role = input.role_arn.or(stack.role);
    stack.token = input.client_request_token;
    begin_deletion(tx, call, stack)
}

/// Sets a stack on its way to nothing.
pub(in crate::cloudformation) fn begin_deletion(tx: &mut Tx, call: &Call, mut stack: Stack) -> Answer<()> {
    unused(tx, &stack)?;
    for mut row in of_stack::<StackResource>(tx, &stack).into_iter().filter(StackResource::is_busy) {
        row.outcome = Outcome::Failed;
        tx.save(row);
    }
    stack.updated = Some(call.now);
    set_out(tx, call, stack, Goal::Delete, Turn::Forward);
    Ok(())
}

/// Whether no other stack imports what it exports.
fn unused(tx: &Tx, stack: &Stack) -> Answer<()> {
    let exports = tx.by_index::<Export>(&stack.place, "stack", &stack.arn().to_string());
    let others: Vec<Stack> = tx.list(&stack.place);
    for export in exports {
        if let Some(user) = others.iter().find(|other| other.imports.contains(&export.name)) {
            return Err(CloudFormationError::validation(format!(
                "Export {} cannot be deleted as it is in use by {}",
                export.name, user.name
            )));
        }
    }
    Ok(())
}

fn in_status(tx: &Tx, call: &Call, name: &str, status: &str, refusal: &str) -> Answer<Stack> {
    let stack = find(tx, call, name)?;
    if stack.status() == status {
        Ok(stack)
    } else {
        Err(CloudFormationError::validation(refusal))
    }
}

/// Turns a stack back from its goal.
fn turn_back(tx: &mut Tx, call: &Call, stack: Stack, token: Option<String>) {
    let stack = Stack {
        on_failure: OnFailure::Rollback,
        succeeded: None,
        token,
        ..stack
    };
    let mut work = Work::within(tx, call, stack);
    work.take(&Step::GiveUp("User Initiated. ".to_owned()));
    work.finish();
}

fn cancel(tx: &mut Tx, call: &Call, input: StackNameInput) -> Answer<()> {
    let refusal = "CancelUpdateStack cannot be called from current stack status";
    let stack = in_status(tx, call, &input.stack_name, "UPDATE_IN_PROGRESS", refusal)?;
    turn_back(tx, call, stack, input.client_request_token);
    Ok(())
}

fn continue_rollback(tx: &mut Tx, call: &Call, input: StackNameInput) -> Answer<()> {
    let refusal = "Stack is not in the UPDATE_ROLLBACK_FAILED state; its rollback cannot be continued";
    let mut stack = in_status(tx, call, &input.stack_name, "UPDATE_ROLLBACK_FAILED", refusal)?;
    stack.token = input.client_request_token;
    set_out(tx, call, stack, Goal::Update, Turn::Back);
    Ok(())
}

fn rollback(tx: &mut Tx, call: &Call, input: StackNameInput) -> Answer<StackIdOutput> {
    let stack = find(tx, call, &input.stack_name)?;
    let status = stack.status();
    if !matches!(status, "CREATE_FAILED" | "UPDATE_FAILED") {
        let (id, what) = (stack.arn().to_string(), "rolled back".to_owned());
        return Err(CloudFormationError::Busy {
            id,
            status: status.to_owned(),
            what,
        });
    }
    let output = StackIdOutput::of(&stack);
    turn_back(tx, call, stack, input.client_request_token);
    Ok(output)
}

fn protect(tx: &mut Tx, call: &Call, input: ProtectionInput) -> Answer<StackIdOutput> {
    let stack = find(tx, call, &input.stack_name)?;
    let output = StackIdOutput::of(&stack);
    tx.save(Stack {
        protected: input.enable_termination_protection,
        ..stack
    });
    Ok(output)
}

impl Templated for CreateStackInput {
    fn template_url(&mut self) -> Option<&mut TemplateUrl> {
        self.template_url.as_mut()
    }
}

impl Templated for UpdateStackInput {
    fn template_url(&mut self) -> Option<&mut TemplateUrl> {
        self.template_url.as_mut()
    }
}
