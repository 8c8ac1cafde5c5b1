//! As whom the engine acts. Follows the user guide's "AWS CloudFormation service role".
//!
//! **Invariant**: a stack that has a role is worked on with the role's permissions and no others, whoever asks.

use tierra_core::iam::Context;
use tierra_core::{Arn, Call, Caller, Tx};

use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::Stack;
use crate::iam::bootstrap::global;
use crate::iam::model::{Named as _, Role};
use crate::iam::{authorize, pass_role, session};

/// The service that assumes the role.
const PRINCIPAL: &str = "cloudformation.amazonaws.com";
/// The name of its sessions.
const SESSION: &str = "AWSCloudFormation";

/// As whom the engine works on a stack: its role; whoever asked last; the service itself. A role that is gone, or no longer trusts
/// the service, may do nothing.
pub fn caller(tx: &Tx, stack: &Stack) -> Caller {
    match (&stack.role, &stack.caller) {
        (Some(arn), _) => find(tx, arn).map_or(Caller::Anonymous, |role| session::role_session(&role, SESSION)),
        (None, Some(caller)) => caller.clone(),
        (None, None) => service(stack.place.account.clone()),
    }
}

/// Whether a caller may give a stack this role.
///
/// # Errors
/// Where it is no role's ARN, cannot be assumed, or may not be passed.
pub fn check(tx: &Tx, call: &Call, arn: &str) -> Result<(), CloudFormationError> {
    let parsed: Arn = arn
        .parse()
        .map_err(|_| CloudFormationError::validation(format!("{arn} is not a valid RoleARN")))?;
    pass_role(tx, call, &parsed, PRINCIPAL).map_err(|denied| CloudFormationError::Denied { message: denied.message })?;
    match find(tx, arn) {
        Some(_) => Ok(()),
        None => Err(CloudFormationError::validation(format!(
            "Role {arn} is invalid or cannot be assumed"
        ))),
    }
}

fn service(account: tierra_core::AccountId) -> Caller {
    Caller::Service {
        account,
        principal: PRINCIPAL.to_owned(),
    }
}

/// The role of this ARN, where it trusts the service.
fn find(tx: &Tx, arn: &str) -> Option<Role> {
    let arn: Arn = arn.parse().ok()?;
    let name = arn.resource.strip_prefix("role/")?.rsplit('/').next()?.to_ascii_lowercase();
    let role: Role = tx.find(&global(&arn.account), name)?;
    let trusted = role.arn() == arn && authorize::trusts(&role, &service(arn.account), &Context::default());
    trusted.then_some(role)
}
