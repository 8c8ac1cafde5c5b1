//! Stack policies are set and shown.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::{arns, find};
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::Stack;
use crate::cloudformation::policy;
use crate::declare::operations;

operations! { "cloudformation", CloudFormationError;
    write SetStackPolicy(SetStackPolicyInput) -> () = set, on |tx, input, call| arns(tx, call, &input.stack_name);
    read GetStackPolicy(GetStackPolicyInput) -> GetStackPolicyOutput = get, on |tx, input, call| arns(tx, call, &input.stack_name);
}

/// Input of [`SetStackPolicy`].
#[derive(Default, Shape)]
pub struct SetStackPolicyInput {
    stack_name: String,
    stack_policy_body: Option<String>,
    #[shape("StackPolicyURL")]
    stack_policy_url: Option<String>,
}

/// Input of [`GetStackPolicy`].
#[derive(Default, Shape)]
pub struct GetStackPolicyInput {
    stack_name: String,
}

/// Output of [`GetStackPolicy`].
#[derive(Default, Shape)]
pub struct GetStackPolicyOutput {
    stack_policy_body: Option<String>,
}

type Answer<T> = Result<T, CloudFormationError>;

/// A policy that a caller sent, checked.
pub(super) fn policy_of(body: Option<String>, url: Option<String>) -> Answer<Option<String>> {
    if url.is_some() {
        return Err(CloudFormationError::NotBuilt {
            what: "A stack policy's URL".to_owned(),
        });
    }
    body.as_deref().map_or(Ok(()), policy::check)?;
    Ok(body)
}

fn set(tx: &mut Tx, call: &Call, input: SetStackPolicyInput) -> Answer<()> {
    let stack = find(tx, call, &input.stack_name)?;
    let policy = policy_of(input.stack_policy_body, input.stack_policy_url)?;
    if policy.is_none() {
        return Err(CloudFormationError::validation(
            "Either StackPolicyBody or StackPolicyURL must be specified.",
        ));
    }
    tx.save(Stack { policy, ..stack });
    Ok(())
}

fn get(tx: &mut Tx, call: &Call, input: GetStackPolicyInput) -> Answer<GetStackPolicyOutput> {
    let stack = find(tx, call, &input.stack_name)?;
    Ok(GetStackPolicyOutput {
        stack_policy_body: stack.policy,
    })
}
