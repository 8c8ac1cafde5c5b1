//! May they: the decision of `tierra_core::iam` on what the store holds, and a denial in AWS's words.
//! Follows the IAM page "Troubleshoot access denied error messages".

use std::sync::LazyLock;

use tierra_core::iam::{Context, Decision, Grammar, Policy, PolicySet, Principal, Request, decide};
use tierra_core::{Arn, AwsError, Call, Caller, Place, Tx};

use super::bootstrap;
use super::managed;
use super::model::{Group, Held, Holder, Named, Role, User};

/// Who an encoded authorization message is sealed for.
const MESSAGE_OWNER: &str = "authorization-message";

/// The prefixes of actions that are not their service's catalogue name.
const PREFIXES: &[(&str, &str)] = &[
    ("efs", "elasticfilesystem"),
    ("elb", "elasticloadbalancing"),
    ("elbv2", "elasticloadbalancing"),
    ("resourcegroupstaggingapi", "tag"),
    ("ses", "ses"),
    ("stepfunctions", "states"),
];

/// Operations whose action has another name. Follows the page "Actions, resources, and condition keys for AWS services".
const RENAMED: &[(&str, &str, &str)] = &[
    ("lambda", "Invoke", "InvokeFunction"),
    ("s3", "CompleteMultipartUpload", "PutObject"),
    ("s3", "CopyObject", "PutObject"),
    ("s3", "CreateMultipartUpload", "PutObject"),
    ("s3", "DeleteBucketTagging", "PutBucketTagging"),
    ("s3", "HeadBucket", "ListBucket"),
    ("s3", "HeadObject", "GetObject"),
    ("s3", "ListBuckets", "ListAllMyBuckets"),
    ("s3", "ListMultipartUploads", "ListBucketMultipartUploads"),
    ("s3", "ListObjectVersions", "ListBucketVersions"),
    ("s3", "ListObjects", "ListBucket"),
    ("s3", "ListObjectsV2", "ListBucket"),
    ("s3", "ListParts", "ListMultipartUploadParts"),
    ("s3", "UploadPart", "PutObject"),
    ("s3", "UploadPartCopy", "PutObject"),
];

/// Actions that need no permission here: the first by AWS's rule, the last two because the operation decides with the trust policy itself.
const OPEN: &[&str] = &["sts:GetCallerIdentity", "sts:GetSessionToken", "sts:AssumeRole", "s3:DeleteObjects"];

/// What the root user may do whatever a bucket's policy says, so that nobody can lock it out.
const ROOT_ALWAYS: &[&str] = &["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// The root user's own policy.
static ROOT: LazyLock<Vec<Policy>> =
    LazyLock::new(|| identity_policies([r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#]));

/// Services that say `AccessDeniedException`: those with a JSON protocol.
const EXCEPTIONS: &[(&str, u16)] = &[
    ("acm", 400),
    ("dlm", 403),
    ("dynamodb", 400),
    ("ecr", 400),
    ("elasticfilesystem", 403),
    ("events", 400),
    ("kms", 400),
    ("lambda", 403),
    ("logs", 400),
    ("secretsmanager", 400),
    ("ssm", 400),
    ("states", 400),
    ("tag", 400),
];

/// The IAM action of an operation, by the catalogue names of both: `elbv2`, `CreateRule` → `elasticloadbalancing:CreateRule`.
pub fn action(service: &str, operation: &str) -> String {
    let prefix = PREFIXES
        .iter()
        .find(|(name, _)| *name == service)
        .map_or(service, |(_, prefix)| prefix);
    let renamed = RENAMED.iter().find(|(of, name, _)| *of == service && *name == operation);
    format!("{prefix}:{}", renamed.map_or(operation, |(.., name)| name))
}

/// Whether `call`'s caller may do `action` to every one of `resources` (none means that the action names no resource). `extra` adds what
/// only the operation knows: `aws:RequestTag/…`, `iam:PassedToService`, …
///
/// # Errors
/// A denial with the code and words of the action's service.
pub fn authorize(tx: &Tx, call: &Call, action: &str, resources: &[Arn], extra: &Context) -> Result<(), AwsError> {
    let is_root = matches!(call.caller, Caller::Root { .. });
    if OPEN.contains(&action) || matches!(call.caller, Caller::Service { .. }) || (is_root && !asks_resources(action)) {
        return Ok(());
    }
    let mut policies = policies(tx, &call.caller);
    let context = context(tx, call, extra);
    let principal = Principal::from(&call.caller);
    let named: Vec<String> = resources.iter().map(Arn::to_string).collect();
    let asked = if named.is_empty() { vec!["*".to_owned()] } else { named };
    for (index, resource) in asked.iter().enumerate() {
        policies.resource = resources.get(index).and_then(|resource| resource_policy(tx, call, resource));
        let request = Request {
            principal: &principal,
            action,
            resource,
            context: &context,
        };
        let decision = decide(&policies, &request);
        if !decision.allows() {
            return Err(denial(tx, call, &request, decision));
        }
    }
    Ok(())
}

/// Whether an action is on things that have policies of their own, which bind the root user too.
fn asks_resources(action: &str) -> bool {
    action.starts_with("s3:") && !ROOT_ALWAYS.contains(&action)
}

/// The policy of a resource, and the account that it belongs to.
fn resource_policy(tx: &Tx, call: &Call, resource: &Arn) -> Option<(Policy, String)> {
    match resource.service.as_str() {
        "s3" => crate::s3::policy::of(tx, resource, &call.caller.account()),
        "secretsmanager" => crate::secretsmanager::policy::of(tx, resource),
        _ => None,
    }
}

/// Whether the caller may hand `role` to a service (`ec2.amazonaws.com`), as with an instance's profile.
///
/// # Errors
/// As [`authorize`].
pub fn pass_role(tx: &Tx, call: &Call, role: &Arn, to: &str) -> Result<(), AwsError> {
    let extra = Context::default().with("iam:PassedToService", to);
    authorize(tx, call, "iam:PassRole", std::slice::from_ref(role), &extra)
}

/// Whether a role's trust policy lets `caller` assume it. Within an account a policy that names only the account leaves it to the caller's own.
pub(crate) fn trusts(role: &Role, caller: &Caller, extra: &Context) -> bool {
    let set = PolicySet {
        resource: trust(role),
        ..PolicySet::default()
    };
    decide_assume(&set, role, caller, "sts:AssumeRole", extra).allows()
}

fn trust(role: &Role) -> Option<(Policy, String)> {
    let policy = Policy::parse(&role.trust, Grammar::Trust).ok()?;
    Some((policy, role.entity.place.account.0.clone()))
}

fn decide_assume(set: &PolicySet, role: &Role, caller: &Caller, action: &str, context: &Context) -> Decision {
    decide(
        set,
        &Request {
            principal: &Principal::from(caller),
            action,
            resource: &role.arn().to_string(),
            context,
        },
    )
}

/// Whether `call`'s caller may do `action` (assume, tag the session) to `role`: its own policies and the role's trust policy together.
pub(crate) fn may_assume(tx: &Tx, call: &Call, role: &Role, action: &str, extra: &Context) -> bool {
    let set = PolicySet {
        resource: trust(role),
        ..policies(tx, &call.caller)
    };
    decide_assume(&set, role, &call.caller, action, &context(tx, call, extra)).allows()
}

/// Every identity policy, boundary and session policy of an identity. One that is gone has none.
pub(super) fn policies(tx: &Tx, caller: &Caller) -> PolicySet {
    let place = bootstrap::global(&caller.account());
    let mut set = PolicySet::default();
    match caller {
        Caller::User { .. } => {
            if let Some(user) = user(tx, caller) {
                set = user_policies(tx, &place, &user);
            }
        }
        Caller::AssumedRole {
            role_name,
            role_id,
            session_policy,
            ..
        } => {
            let role = tx.find::<Role>(&place, role_name.to_ascii_lowercase());
            // A role of the same name that was made later is another role.
            if let Some(role) = role.filter(|role| role.entity.id == *role_id) {
                set = holder_policies(tx, &role);
            }
            set.session = session_policy.as_ref().map(|text| identity_policies([text.as_str()]));
        }
        Caller::Root { .. } => set.identity.clone_from(&ROOT),
        Caller::Service { .. } | Caller::Anonymous => {}
    }
    set
}

pub(super) fn user_policies(tx: &Tx, place: &Place, user: &User) -> PolicySet {
    let mut set = holder_policies(tx, user);
    for name in &user.groups {
        if let Some(group) = tx.find::<Group>(place, name.to_ascii_lowercase()) {
            set.identity.extend(held_policies(tx, group.held()));
        }
    }
    set
}

pub(super) fn holder_policies<H: Holder>(tx: &Tx, holder: &H) -> PolicySet {
    let held = holder.held();
    let bound = |arn: &String| managed::find(tx, arn).map_or_else(|_| Vec::new(), |policy| identity_policies([policy.document()]));
    PolicySet {
        identity: held_policies(tx, held),
        boundary: held.boundary.as_ref().map(bound),
        ..PolicySet::default()
    }
}

fn held_policies(tx: &Tx, held: &Held) -> Vec<Policy> {
    let attached: Vec<_> = held.attached.iter().filter_map(|arn| managed::find(tx, arn).ok()).collect();
    let documents = attached.iter().map(|policy| policy.document());
    identity_policies(documents.chain(held.inline.values().map(String::as_str)))
}

/// The document of a managed policy that counts; `None` where there is no such policy.
pub(crate) fn managed_document(tx: &Tx, arn: &str) -> Option<String> {
    managed::find(tx, arn).ok().map(|policy| policy.document().to_owned())
}

/// What was stored was read once before; one that cannot be read any more grants nothing.
pub(super) fn identity_policies<'a>(documents: impl IntoIterator<Item = &'a str>) -> Vec<Policy> {
    documents
        .into_iter()
        .filter_map(|text| Policy::parse(text, Grammar::Identity).ok())
        .collect()
}

/// The user that calls. One of the same name that was made later is another user.
fn user(tx: &Tx, caller: &Caller) -> Option<User> {
    let Caller::User {
        account,
        user_id,
        path_and_name,
    } = caller
    else {
        return None;
    };
    let name = path_and_name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let user: Option<User> = tx.find(&bootstrap::global(account), name);
    user.filter(|user| user.entity.id == *user_id)
}

/// The global keys of a call, and `extra`. Follows the page "AWS global condition context keys".
fn context(tx: &Tx, call: &Call, extra: &Context) -> Context {
    let principal = Principal::from(&call.caller);
    let mut context = Context::default()
        .with("aws:userid", call.caller.user_id())
        .with("aws:PrincipalArn", principal.role.as_deref().unwrap_or(&principal.arn))
        .with("aws:PrincipalAccount", &principal.account)
        .with("aws:CurrentTime", call.now.to_string())
        .with("aws:EpochTime", call.now.secs().to_string())
        .with("aws:RequestedRegion", &call.place.region.0);
    if let Some(address) = call.source_ip {
        context.set("aws:SourceIp", address.to_string());
    }
    match &call.caller {
        Caller::User { path_and_name, .. } => {
            context.set("aws:username", path_and_name.rsplit('/').next().unwrap_or_default());
            context.set("aws:PrincipalType", "User");
            put_tags(&mut context, user(tx, &call.caller).iter().flat_map(|user| &user.entity.tags.0));
        }
        Caller::AssumedRole { tags, .. } => {
            context.set("aws:PrincipalType", "AssumedRole");
            put_tags(&mut context, tags);
        }
        Caller::Root { .. } | Caller::Service { .. } | Caller::Anonymous => {}
    }
    context.extend(extra);
    context
}

fn put_tags<'a>(context: &mut Context, tags: impl IntoIterator<Item = (&'a String, &'a String)>) {
    for (key, value) in tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
}

/// A denial, as the action's service words it.
fn denial(tx: &Tx, call: &Call, request: &Request<'_>, decision: Decision) -> AwsError {
    let (service, _) = request.action.split_once(':').unwrap_or_default();
    let reason = refusal(&call.caller, request.action, request.resource, &decision.because(request.action));
    if service == "ec2" {
        let encoded = encoded(tx, request, decision).filter(|_| request.resource != "*");
        let encoded = encoded.map_or_else(String::new, |text| format!(". Encoded authorization failure message: {text}"));
        return AwsError::new(
            "UnauthorizedOperation",
            403,
            format!("You are not authorized to perform this operation. {reason}{encoded}"),
        );
    }
    if service == "s3" && call.caller == Caller::Anonymous {
        return AwsError::new("AccessDenied", 403, "Access Denied");
    }
    match EXCEPTIONS.iter().find(|(name, _)| *name == service) {
        Some((_, status)) => AwsError::new("AccessDeniedException", *status, reason),
        None => AwsError::new("AccessDenied", 403, reason),
    }
}

/// `User: ARN is not authorized to perform: ACTION on resource: ARN because …`
pub(crate) fn refusal(caller: &Caller, action: &str, resource: &str, because: &str) -> String {
    let on = match resource {
        "*" => String::new(),
        _ if action.starts_with("s3:") => format!(" on resource: \"{resource}\""),
        _ => format!(" on resource: {resource}"),
    };
    let because = if because.is_empty() { String::new() } else { format!(" {because}") };
    format!("User: {} is not authorized to perform: {action}{on}{because}", caller.arn())
}

/// The details of a denial, for who may decode them (`sts:DecodeAuthorizationMessage`).
fn encoded(tx: &Tx, request: &Request<'_>, decision: Decision) -> Option<String> {
    let conditions: Vec<_> = request
        .context
        .iter()
        .map(|(key, values)| {
            let items: Vec<_> = values.iter().map(|value| serde_json::json!({"value": value})).collect();
            serde_json::json!({"key": key, "values": {"items": items}})
        })
        .collect();
    let message = serde_json::json!({
        "allowed": false,
        "explicitDeny": matches!(decision, Decision::ExplicitDeny { .. }),
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": request.context.single("aws:userid"), "arn": request.principal.arn},
            "action": request.action,
            "resource": request.resource,
            "conditions": {"items": conditions},
        },
    });
    Some(bootstrap::cloud(tx)?.key.seal(MESSAGE_OWNER, &message.to_string()).0)
}

/// What [`authorize`] encoded into a denial; `None` where it did not.
pub(crate) fn decode(tx: &Tx, message: &str) -> Option<String> {
    bootstrap::cloud(tx)?.key.open(MESSAGE_OWNER, message)
}
