//! `AssumeRole`: the role's trust policy and the caller's own policies decide, session policies narrow what comes out.

use serde_json::{Value, json};
use tierra_core::iam::{Context, Grammar, Policy};
use tierra_core::{Arn, Call, Caller, Tag, Tags, Tx};
use tierra_model::Shape;

use super::{Credentials, StsError, duration};
use crate::declare::operations;
use crate::iam::model::{Named, Role};
use crate::iam::{authorize, bootstrap, session};

/// A session where the caller does not say, and the longest of a chain, in seconds.
const HOUR: i32 = 3600;
/// The longest session of any role, in seconds.
const LONGEST: i32 = 43_200;
/// Characters of a session's policies.
const POLICY_SIZE: usize = 2048;
const ASSUME: &str = "sts:AssumeRole";

operations! { "sts", StsError;
    read AssumeRole(AssumeRoleInput) -> AssumeRoleOutput = assume_role, on |_, input, _| input.role_arn.parse().into_iter().collect();
}

/// A managed policy as a session policy.
#[derive(Default, Shape)]
#[shape(camel)]
pub struct PolicyArn {
    arn: String,
}

/// Input of [`AssumeRole`].
#[derive(Default, Shape)]
pub struct AssumeRoleInput {
    pub(super) role_arn: String,
    pub(super) role_session_name: String,
    pub(super) policy_arns: Vec<PolicyArn>,
    pub(super) policy: Option<String>,
    pub(super) duration_seconds: Option<i32>,
    pub(super) tags: Vec<Tag>,
    pub(super) external_id: Option<String>,
}

/// Who the session is.
#[derive(Default, Shape)]
pub struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

/// The session.
#[derive(Default, Shape)]
pub struct AssumeRoleOutput {
    pub(super) credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
}

fn assume_role(tx: &mut Tx, call: &Call, input: AssumeRoleInput) -> Result<AssumeRoleOutput, StsError> {
    check_name(&input.role_session_name)?;
    let seconds = duration(input.duration_seconds, HOUR, LONGEST)?;
    let tags = Tags::parse(&input.tags).map_err(|error| StsError::Tags { reason: error.to_string() })?;
    let role = permitted_role(tx, call, &input, &tags)?;
    check_length(call, &role, seconds)?;
    let caller = narrowed(tx, session::role_session(&role, &input.role_session_name), &input, tags)?;
    let credentials = session::issue(tx, caller.clone(), call.now, seconds, call.ids.hex(16)).ok_or(StsError::NotStarted)?;
    Ok(AssumeRoleOutput {
        credentials: credentials.into(),
        assumed_role_user: AssumedRoleUser {
            assumed_role_id: caller.user_id(),
            arn: caller.arn().to_string(),
        },
    })
}

fn check_name(name: &str) -> Result<(), StsError> {
    let fits = (2..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if fits {
        Ok(())
    } else {
        Err(StsError::SessionName { name: name.to_owned() })
    }
}

/// The role, where the caller may assume it (and tag the session, where it wants to).
fn permitted_role(tx: &Tx, call: &Call, input: &AssumeRoleInput, tags: &Tags) -> Result<Role, StsError> {
    let invalid = || StsError::NoRoleArn {
        arn: input.role_arn.clone(),
    };
    let arn: Arn = input.role_arn.parse().map_err(|_| invalid())?;
    let path_and_name = arn.resource.strip_prefix("role/").ok_or_else(invalid)?;
    if matches!(call.caller, Caller::Root { .. }) {
        return Err(StsError::Root);
    }
    let refused = |action: &str| StsError::Refused {
        message: authorize::refusal(&call.caller, action, &input.role_arn, ""),
    };
    let name = path_and_name.rsplit('/').next().unwrap_or(path_and_name).to_ascii_lowercase();
    let role: Option<Role> = tx.find(&bootstrap::global(&arn.account), name);
    let role = role.filter(|role| role.arn() == arn).ok_or_else(|| refused(ASSUME))?;
    let context = context(input, tags);
    let mut actions = vec![ASSUME];
    if !tags.0.is_empty() {
        actions.push("sts:TagSession");
    }
    for action in actions {
        if !authorize::may_assume(tx, call, &role, action, &context) {
            return Err(refused(action));
        }
    }
    Ok(role)
}

fn context(input: &AssumeRoleInput, tags: &Tags) -> Context {
    let mut context = Context::default().with("sts:RoleSessionName", &input.role_session_name);
    if let Some(id) = &input.external_id {
        context.set("sts:ExternalId", id);
    }
    for (key, value) in &tags.0 {
        context.set(&format!("aws:RequestTag/{key}"), value);
    }
    if !tags.0.is_empty() {
        context.set_all("aws:TagKeys", tags.0.keys().cloned().collect());
    }
    context
}

fn check_length(call: &Call, role: &Role, seconds: i64) -> Result<(), StsError> {
    if matches!(call.caller, Caller::AssumedRole { .. }) && seconds > i64::from(HOUR) {
        return Err(StsError::Chained);
    }
    if seconds > i64::from(role.max_session) {
        return Err(StsError::BeyondRole);
    }
    Ok(())
}

/// `session` with the caller's session policies and tags.
fn narrowed(tx: &Tx, session: Caller, input: &AssumeRoleInput, session_tags: Tags) -> Result<Caller, StsError> {
    let policy = session_policy(tx, input)?;
    let Caller::AssumedRole {
        account,
        role_id,
        role_name,
        role_path_and_name,
        session_name,
        mut tags,
        ..
    } = session
    else {
        return Ok(session);
    };
    tags.extend(session_tags.0);
    Ok(Caller::AssumedRole {
        account,
        role_id,
        role_name,
        role_path_and_name,
        session_name,
        session_policy: policy,
        tags,
    })
}

/// One policy that allows what any of the session's policies allows.
fn session_policy(tx: &Tx, input: &AssumeRoleInput) -> Result<Option<String>, StsError> {
    let malformed = |reason: String| StsError::Malformed { reason };
    let mut documents = Vec::new();
    for PolicyArn { arn } in &input.policy_arns {
        let document = authorize::managed_document(tx, arn);
        documents.push(document.ok_or_else(|| malformed(format!("Policy {arn} does not exist or is not attachable.")))?);
    }
    if let Some(text) = &input.policy {
        if text.chars().count() > POLICY_SIZE {
            return Err(StsError::PolicyTooLarge);
        }
        documents.push(text.clone());
    }
    if documents.is_empty() {
        return Ok(None);
    }
    let mut statements = Vec::new();
    for text in documents {
        Policy::parse(&text, Grammar::Identity).map_err(|error| malformed(error.to_string()))?;
        let document: Value = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        match document.get("Statement") {
            Some(Value::Array(list)) => statements.extend(list.iter().cloned().map(anonymous)),
            Some(one) => statements.push(anonymous(one.clone())),
            None => {}
        }
    }
    Ok(Some(json!({"Version": "2012-10-17", "Statement": statements}).to_string()))
}

/// A statement without its id: two policies may use the same one.
fn anonymous(mut statement: Value) -> Value {
    if let Some(fields) = statement.as_object_mut() {
        fields.remove("Sid");
    }
    statement
}
