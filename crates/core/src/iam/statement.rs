//! One statement of a policy, read and checked, and whether it speaks of a request.

use serde_json::{Map, Value};

use super::condition::{self, Condition};
use super::context::Context;
use super::decide::Request;
use super::document::Grammar;
use super::malformed::Malformed;
use super::pattern::{Case, Pattern, Syntax, Token, matches};
use super::principal::{self, Entry, Named, Principal};

/// Whether a statement grants or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// `X` or `NotX`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice<T> {
    Of(Vec<T>),
    NotOf(Vec<T>),
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    actions: Choice<Pattern>,
    /// `None` in a trust policy, whose resource is its role.
    resources: Option<Choice<Pattern>>,
    /// `None` in an identity policy, whose principal is its owner.
    principals: Option<Choice<Entry>>,
    conditions: Vec<Condition>,
}

const FIELDS: &[&str] = &[
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];
const ASSUME_ACTIONS: &[&str] = &[
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
    "sts:*",
];

impl Statement {
    pub(super) fn parse(value: &Value, grammar: Grammar, variables: bool) -> Result<Self, Malformed> {
        let fields = value.as_object().ok_or(Malformed::Syntax)?;
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Malformed::UnknownField(unknown.clone()));
        }
        Ok(Self {
            sid: sid(fields)?,
            effect: effect(fields)?,
            actions: actions(fields, grammar)?,
            resources: resources(fields, grammar, variables)?,
            principals: principals(fields, grammar)?,
            conditions: fields
                .get("Condition")
                .map_or(Ok(Vec::new()), |value| condition::parse(value, variables))?,
        })
    }

    /// How closely the statement names who asks, where it speaks of the request at all.
    pub(super) fn applies(&self, request: &Request<'_>) -> Named {
        let context = request.context;
        let speaks = self.actions.holds(context, |tokens| matches(tokens, request.action, Case::Ignored))
            && self
                .resources
                .as_ref()
                .is_none_or(|choice| choice.holds(context, |tokens| matches(tokens, request.resource, Case::Sensitive)))
            && self.conditions.iter().all(|condition| condition.holds(context));
        if speaks { self.named(request.principal) } else { Named::No }
    }

    fn named(&self, who: &Principal) -> Named {
        let closest = |entries: &[Entry]| entries.iter().map(|entry| entry.names(who)).max().unwrap_or(Named::No);
        match &self.principals {
            None => Named::Itself,
            Some(Choice::Of(entries)) => closest(entries),
            Some(Choice::NotOf(entries)) if closest(entries) == Named::No => Named::Itself,
            Some(Choice::NotOf(_)) => Named::No,
        }
    }
}

impl Choice<Pattern> {
    /// A pattern whose variable has no value fits nothing; in a `Not…` list it makes the statement silent.
    fn holds(&self, context: &Context, fits: impl Fn(&[Token]) -> bool) -> bool {
        match self {
            Self::Of(patterns) => patterns.iter().any(|p| p.resolve(context).is_some_and(|tokens| fits(&tokens))),
            Self::NotOf(patterns) => patterns.iter().all(|p| p.resolve(context).is_some_and(|tokens| !fits(&tokens))),
        }
    }
}

fn sid(fields: &Map<String, Value>) -> Result<Option<String>, Malformed> {
    let text = fields.get("Sid").map(|value| value.as_str().ok_or(Malformed::Syntax)).transpose()?;
    Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
}

fn effect(fields: &Map<String, Value>) -> Result<Effect, Malformed> {
    match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => Err(Malformed::Syntax),
    }
}

/// The texts of `name` or `Not<name>`; `None` where neither is there.
fn texts(fields: &Map<String, Value>, name: &str, not_name: &str) -> Result<Option<Choice<String>>, Malformed> {
    match (fields.get(name), fields.get(not_name)) {
        (Some(_), Some(_)) => Err(Malformed::Syntax),
        (Some(value), None) => strings(value).map(|list| Some(Choice::Of(list))),
        (None, Some(value)) => strings(value).map(|list| Some(Choice::NotOf(list))),
        (None, None) => Ok(None),
    }
}

fn strings(value: &Value) -> Result<Vec<String>, Malformed> {
    let list = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    list.iter()
        .map(|item| item.as_str().map(str::to_owned).ok_or(Malformed::Syntax))
        .collect()
}

impl Choice<String> {
    fn list(&self) -> &[String] {
        match self {
            Self::Of(list) | Self::NotOf(list) => list,
        }
    }

    fn patterns(&self, variables: bool) -> Choice<Pattern> {
        let syntax = Syntax {
            wildcards: true,
            variables,
        };
        let read = |list: &[String]| list.iter().map(|text| Pattern::parse(text, syntax)).collect();
        match self {
            Self::Of(list) => Choice::Of(read(list)),
            Self::NotOf(list) => Choice::NotOf(read(list)),
        }
    }
}

fn actions(fields: &Map<String, Value>, grammar: Grammar) -> Result<Choice<Pattern>, Malformed> {
    let choice = texts(fields, "Action", "NotAction")?.ok_or(match grammar {
        Grammar::Trust => Malformed::Missing("Action"),
        Grammar::Identity | Grammar::Resource => Malformed::NoActions,
    })?;
    if choice.list().is_empty() {
        return Err(Malformed::NoActions);
    }
    choice.list().iter().try_for_each(|action| check_action(action, grammar))?;
    Ok(choice.patterns(false))
}

fn check_action(action: &str, grammar: Grammar) -> Result<(), Malformed> {
    if grammar == Grammar::Trust && !ASSUME_ACTIONS.contains(&action.to_ascii_lowercase().as_str()) {
        return Err(Malformed::TrustAction);
    }
    if action == "*" {
        return Ok(());
    }
    let (vendor, _) = action.split_once(':').ok_or(Malformed::NoVendor)?;
    let valid = !vendor.is_empty() && vendor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.*?".contains(&b));
    if valid { Ok(()) } else { Err(Malformed::Vendor(vendor.to_owned())) }
}

fn resources(fields: &Map<String, Value>, grammar: Grammar, variables: bool) -> Result<Option<Choice<Pattern>>, Malformed> {
    let choice = texts(fields, "Resource", "NotResource")?;
    if grammar == Grammar::Trust {
        return choice.map_or(Ok(None), |_| Err(Malformed::Prohibited("Resource")));
    }
    let choice = choice.filter(|choice| !choice.list().is_empty()).ok_or(Malformed::NoResources)?;
    choice.list().iter().try_for_each(|resource| check_resource(resource))?;
    Ok(Some(choice.patterns(variables)))
}

fn check_resource(resource: &str) -> Result<(), Malformed> {
    if resource == "*" {
        return Ok(());
    }
    let mut parts = resource.split(':');
    let (arn, partition) = (parts.next().unwrap_or_default(), parts.next());
    let Some(partition) = partition.filter(|_| arn == "arn") else {
        return Err(Malformed::Resource(resource.to_owned()));
    };
    if !partition.contains(['*', '?']) && !partition.starts_with("aws") {
        return Err(Malformed::Partition {
            partition: partition.to_owned(),
            resource: resource.to_owned(),
        });
    }
    // A wildcard may stand for several parts, so only an ARN without one can be too short.
    if !resource.contains('*') && parts.count() < 4 {
        return Err(Malformed::Resource(resource.to_owned()));
    }
    Ok(())
}

fn principals(fields: &Map<String, Value>, grammar: Grammar) -> Result<Option<Choice<Entry>>, Malformed> {
    let (plain, not) = (fields.get("Principal"), fields.get("NotPrincipal"));
    match (grammar, plain, not) {
        (Grammar::Identity, None, None) => Ok(None),
        (Grammar::Identity, ..) => Err(Malformed::PrincipalInIdentityPolicy),
        (Grammar::Trust, _, Some(_)) => Err(Malformed::Prohibited("NotPrincipal")),
        (_, Some(_), Some(_)) => Err(Malformed::Syntax),
        (_, Some(value), None) => principal::parse(value).map(|entries| Some(Choice::Of(entries))),
        (_, None, Some(value)) => principal::parse(value).map(|entries| Some(Choice::NotOf(entries))),
        (_, None, None) => Err(Malformed::Missing("Principal cannot be empty!")),
    }
}
