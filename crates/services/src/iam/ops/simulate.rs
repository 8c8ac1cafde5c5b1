//! What would be decided: the policy simulator, on the same decision as every request.

use tierra_core::iam::{Context, Decision, Principal, Request, decide};
use tierra_core::{Arn, Call, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::iam::api::policy_arn;
use crate::iam::authenticate::user_caller;
use crate::iam::authorize;
use crate::iam::errors::IamError;
use crate::iam::model::{Role, User, find};
use crate::iam::session::role_session;

operations! { "iam", IamError;
    read SimulatePrincipalPolicy(SimulateInput) -> SimulateOutput = simulate, on |_, input, _| policy_arn(&input.policy_source_arn);
}

/// A key of the simulated context.
#[derive(Default, Shape)]
pub struct ContextEntry {
    context_key_name: String,
    context_key_values: Vec<String>,
    context_key_type: Option<String>,
}

/// Input of [`SimulatePrincipalPolicy`].
#[derive(Default, Shape)]
pub struct SimulateInput {
    pub(crate) policy_source_arn: String,
    policy_input_list: Vec<String>,
    pub(crate) action_names: Vec<String>,
    resource_arns: Vec<String>,
    context_entries: Vec<ContextEntry>,
}

/// One answer.
#[derive(Default, Shape)]
pub struct EvaluationResult {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: String,
}

/// The answers, for every action on every resource.
#[derive(Default, Shape)]
pub struct SimulateOutput {
    evaluation_results: Vec<EvaluationResult>,
    is_truncated: bool,
}

fn simulate(tx: &mut Tx, call: &Call, input: SimulateInput) -> Result<SimulateOutput, IamError> {
    let invalid = || IamError::Invalid {
        reason: format!(
            "Invalid Entity Arn: {} does not clearly define entity type and name.",
            input.policy_source_arn
        ),
    };
    let source: Arn = input.policy_source_arn.parse().map_err(|_| invalid())?;
    let (kind, name) = source.resource.split_once('/').ok_or_else(invalid)?;
    let name = name.rsplit('/').next().unwrap_or(name);
    let caller = match kind {
        "user" => user_caller(&find::<User>(tx, call, name)?),
        "role" => role_session(&find::<Role>(tx, call, name)?, "simulation"),
        _ => return Err(invalid()),
    };
    let mut policies = authorize::policies(tx, &caller);
    policies
        .identity
        .extend(authorize::identity_policies(input.policy_input_list.iter().map(String::as_str)));
    let mut context = Context::default();
    for entry in input.context_entries {
        context.set_all(&entry.context_key_name, entry.context_key_values);
    }
    let resources = if input.resource_arns.is_empty() {
        vec!["*".to_owned()]
    } else {
        input.resource_arns
    };
    let principal = Principal::from(&caller);
    let mut output = SimulateOutput::default();
    for action in &input.action_names {
        for resource in &resources {
            let request = Request {
                principal: &principal,
                action,
                resource,
                context: &context,
            };
            output.evaluation_results.push(EvaluationResult {
                eval_action_name: action.clone(),
                eval_resource_name: resource.clone(),
                eval_decision: word(decide(&policies, &request)).to_owned(),
            });
        }
    }
    Ok(output)
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allowed",
        Decision::ExplicitDeny { .. } => "explicitDeny",
        Decision::ImplicitDeny { .. } => "implicitDeny",
    }
}
