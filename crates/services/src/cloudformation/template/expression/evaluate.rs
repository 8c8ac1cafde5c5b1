//! From expression to value, given what is known. A value that waits for a resource says which.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{Expr, Function, Kind, Member, Piece, cidr};
use crate::cloudformation::template::node::{Span, scalar_text};

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// This resource is not there yet.
    NotReady(String),
    /// It is wrong, in AWS's wording.
    Wrong {
        /// What the API answers or an event shows.
        message: String,
        /// Where in the template.
        span: Span,
    },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotReady(name) => write!(f, "{name} is not ready"),
            Self::Wrong { message, .. } => f.write_str(message),
        }
    }
}

impl Failure {
    fn wrong(message: impl Into<String>, span: Span) -> Self {
        Self::Wrong {
            message: message.into(),
            span,
        }
    }
}

/// What an expression may ask for. Each answer that is an `Err(None)` means "not ready yet"; `Err(Some(message))` is an error.
pub trait Scope {
    /// What `Ref` gives: a parameter, a pseudo parameter, or a resource's reference value. `Ok(None)`: there is nothing of that name.
    ///
    /// # Errors
    /// Where it is not ready, or cannot be had.
    fn reference(&self, name: &str) -> Result<Option<Value>, Option<String>>;
    /// What `Fn::GetAtt` gives.
    ///
    /// # Errors
    /// As [`Scope::reference`].
    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value, Option<String>>;
    /// A value of a mapping.
    fn mapping(&self, map: &str, top: &str, second: &str) -> Option<Value>;
    /// Whether a condition holds; `None` where there is no such condition.
    fn condition(&self, name: &str) -> Option<bool>;
    /// The availability zones of a region; the stack's own where it is empty.
    fn zones(&self, region: &str) -> Vec<String>;
    /// An export of another stack in the same region.
    fn import(&self, name: &str) -> Option<Value>;
    /// What a dynamic reference (`{{resolve:service:reference}}`) stands for.
    ///
    /// # Errors
    /// In AWS's wording.
    fn resolve(&self, service: &str, reference: &str) -> Result<String, String>;
}

type Evaluated<T = Option<Value>> = Result<T, Failure>;

/// The value; `None` for `AWS::NoValue`.
///
/// # Errors
/// Where a resource that it needs is not ready, or it is wrong.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Evaluated {
    match &expr.kind {
        Kind::Scalar(Value::String(text)) => dynamic(text.clone(), scope, expr.span).map(Some),
        Kind::Scalar(value) => Ok(Some(value.clone())),
        Kind::List(items) => {
            let values: Vec<Option<Value>> = items.iter().map(|item| evaluate(item, scope)).collect::<Result<_, _>>()?;
            Ok(Some(Value::Array(values.into_iter().flatten().collect())))
        }
        Kind::Map(members) => Ok(Some(Value::Object(object(members, scope)?))),
        Kind::Call(function) => call(function, scope, expr.span),
    }
}

/// Whether a condition's expression holds.
///
/// # Errors
/// Where it is no boolean operation.
pub fn evaluate_condition(expr: &Expr, scope: &dyn Scope) -> Evaluated<bool> {
    let truth = match evaluate(expr, scope)? {
        Some(Value::Bool(flag)) => Some(flag),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    truth.ok_or_else(|| {
        Failure::wrong(
            "Template format error: Conditions can only be boolean operations on parameters and other conditions",
            expr.span,
        )
    })
}

fn object(members: &[Member], scope: &dyn Scope) -> Evaluated<Map<String, Value>> {
    let mut object = Map::new();
    for member in members {
        if let Some(value) = evaluate(&member.value, scope)? {
            object.insert(member.name.clone(), value);
        }
    }
    Ok(object)
}

fn call(function: &Function, scope: &dyn Scope, span: Span) -> Evaluated {
    let truth = |flag: bool| Ok(Some(Value::Bool(flag)));
    match function {
        Function::Ref(name) => reference(name, scope, span),
        Function::GetAtt { resource, attribute } => get_att(resource, &text(attribute, scope)?, scope, span).map(Some),
        Function::Sub { pieces, variables } => sub(pieces, variables, scope, span).map(Some),
        Function::Join { delimiter, list } => join(delimiter, list, scope).map(Some),
        Function::Select { index, list } => select(index, list, scope, span).map(Some),
        Function::Split { delimiter, text: whole } => split(delimiter, whole, scope).map(Some),
        Function::FindInMap { map, top, second, default } => find_in_map([map, top, second], default.as_ref(), scope, span),
        Function::If {
            condition,
            then,
            otherwise,
        } => evaluate(if holds(condition, scope, span)? { then } else { otherwise }, scope),
        Function::Equals(a, b) => {
            truth(evaluate(a, scope)?.map(|value| comparable(&value)) == evaluate(b, scope)?.map(|value| comparable(&value)))
        }
        Function::And(items) => truth(truths(items, scope)?.into_iter().all(|flag| flag)),
        Function::Or(items) => truth(truths(items, scope)?.into_iter().any(|flag| flag)),
        Function::Not(item) => truth(!evaluate_condition(item, scope)?),
        Function::Condition(name) => truth(holds(name, scope, span)?),
        Function::Contains(items, item) => truth(list(items, scope)?.contains(&Value::String(text(item, scope)?))),
        Function::Base64(item) => Ok(Some(Value::String(STANDARD.encode(text(item, scope)?)))),
        Function::Cidr { block, count, bits } => cidr_blocks(block, count, bits.as_ref(), scope, span).map(Some),
        Function::GetAZs(region) => Ok(Some(Value::from(scope.zones(&text(region, scope)?)))),
        Function::ImportValue(name) => import(&text(name, scope)?, scope, span).map(Some),
        Function::Length(items) => Ok(Some(Value::from(list(items, scope)?.len()))),
        Function::ToJsonString(item) => Ok(evaluate(item, scope)?.map(|value| Value::String(value.to_string()))),
    }
}

fn truths(items: &[Expr], scope: &dyn Scope) -> Evaluated<Vec<bool>> {
    items.iter().map(|item| evaluate_condition(item, scope)).collect()
}

fn holds(name: &str, scope: &dyn Scope, span: Span) -> Evaluated<bool> {
    let message = || format!("Template format error: Unresolved condition dependency {name} in the Conditions block of the template");
    scope.condition(name).ok_or_else(|| Failure::wrong(message(), span))
}

fn reference(name: &str, scope: &dyn Scope, span: Span) -> Evaluated {
    if name == "AWS::NoValue" {
        return Ok(None);
    }
    let found = scope.reference(name).map_err(|error| pending(name, error, span))?;
    let message = || format!("Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template");
    found.map(Some).ok_or_else(|| Failure::wrong(message(), span))
}

fn get_att(resource: &str, attribute: &str, scope: &dyn Scope, span: Span) -> Evaluated<Value> {
    scope.attribute(resource, attribute).map_err(|error| pending(resource, error, span))
}

fn pending(name: &str, error: Option<String>, span: Span) -> Failure {
    error.map_or_else(|| Failure::NotReady(name.to_owned()), |message| Failure::wrong(message, span))
}

fn sub(pieces: &[Piece], variables: &[Member], scope: &dyn Scope, span: Span) -> Evaluated<Value> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Name(name) => out.push_str(&substituted(name, variables, scope, span)?),
        }
    }
    dynamic(out, scope, span)
}

fn substituted(name: &str, variables: &[Member], scope: &dyn Scope, span: Span) -> Evaluated<String> {
    if let Some(own) = variables.iter().find(|member| member.name == name) {
        return text(&own.value, scope);
    }
    let value = match name.split_once('.') {
        Some((resource, attribute)) => Some(get_att(resource, attribute, scope, span)?),
        None => reference(name, scope, span)?,
    };
    let value = value.unwrap_or(Value::Null);
    as_text(&value).ok_or_else(|| Failure::wrong(format!("Template error: Fn::Sub can only substitute strings: {name} is none"), span))
}

/// A list joins into text as a `CommaDelimitedList` was written.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => Some(items.iter().map(scalar_text).collect::<Option<Vec<_>>>()?.join(",")),
        scalar => scalar_text(scalar),
    }
}

fn text(expr: &Expr, scope: &dyn Scope) -> Evaluated<String> {
    let value = evaluate(expr, scope)?.unwrap_or_default();
    scalar_text(&value).ok_or_else(|| Failure::wrong("Template error: a string is required here", expr.span))
}

fn list(expr: &Expr, scope: &dyn Scope) -> Evaluated<Vec<Value>> {
    match evaluate(expr, scope)? {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(Failure::wrong("Template error: a list is required here", expr.span)),
    }
}

fn join(delimiter: &Expr, items: &Expr, scope: &dyn Scope) -> Evaluated<Value> {
    let delimiter = text(delimiter, scope)?;
    let parts: Option<Vec<String>> = list(items, scope)?.iter().map(scalar_text).collect();
    let message = "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a \
                   function that returns a list of strings (such as Fn::GetAZs) to be joined.";
    let joined = parts.ok_or_else(|| Failure::wrong(message, items.span))?.join(&delimiter);
    dynamic(joined, scope, items.span)
}

fn select(index: &Expr, items: &Expr, scope: &dyn Scope, span: Span) -> Evaluated<Value> {
    let wanted = text(index, scope)?;
    let values = list(items, scope)?;
    let found = wanted.parse::<usize>().ok().and_then(|at| values.get(at).cloned());
    found.ok_or_else(|| {
        Failure::wrong(
            format!("Template error: Fn::Select cannot select nonexistent value at index {wanted}"),
            span,
        )
    })
}

fn split(delimiter: &Expr, whole: &Expr, scope: &dyn Scope) -> Evaluated<Value> {
    let (delimiter, whole) = (text(delimiter, scope)?, text(whole, scope)?);
    Ok(whole.split(&delimiter).map(Value::from).collect())
}

fn find_in_map(keys: [&Expr; 3], default: Option<&Expr>, scope: &dyn Scope, span: Span) -> Evaluated {
    let [map, top, second] = [text(keys[0], scope)?, text(keys[1], scope)?, text(keys[2], scope)?];
    match (scope.mapping(&map, &top, &second), default) {
        (Some(value), _) => Ok(Some(value)),
        (None, Some(default)) => evaluate(default, scope),
        (None, None) => Err(Failure::wrong(
            format!("Template error: Unable to get mapping for {map}::{top}::{second}"),
            span,
        )),
    }
}

fn cidr_blocks(block: &Expr, count: &Expr, bits: Option<&Expr>, scope: &dyn Scope, span: Span) -> Evaluated<Value> {
    /// How many bits a block leaves for hosts where the template does not say: a /24 of IPv4.
    const HOST_BITS: u8 = 8;
    let block = text(block, scope)?;
    let count = text(count, scope)?.parse().ok().filter(|count| (1..=cidr::COUNT).contains(count));
    let bits = bits.map_or(Ok(Some(HOST_BITS)), |bits| text(bits, scope).map(|text| text.parse().ok()))?;
    let blocks = count.zip(bits).and_then(|(count, bits)| cidr::divide(&block, count, bits));
    blocks
        .map(Value::from)
        .ok_or_else(|| Failure::wrong("Template error: Fn::Cidr contains invalid parameters", span))
}

fn import(name: &str, scope: &dyn Scope, span: Span) -> Evaluated<Value> {
    scope
        .import(name)
        .ok_or_else(|| Failure::wrong(format!("No export named {name} found."), span))
}

/// `"80"` equals `80`.
fn comparable(value: &Value) -> Value {
    scalar_text(value).map_or_else(|| value.clone(), Value::String)
}

/// Replaces dynamic references.
fn dynamic(text: String, scope: &dyn Scope, span: Span) -> Evaluated<Value> {
    let replaced = replace_references(&text, &mut |service, name| scope.resolve(service, name));
    replaced.map(Value::String).map_err(|message| Failure::wrong(message, span))
}

/// The text with each dynamic reference (`{{resolve:SERVICE:NAME}}`) replaced by what `resolve` gives for it. Follows the user guide's
/// "Get values stored in other services using dynamic references".
///
/// # Errors
/// What `resolve` answers, or that there is a reference without a name.
pub fn replace_references(text: &str, resolve: &mut dyn FnMut(&str, &str) -> Result<String, String>) -> Result<String, String> {
    const OPEN: &str = "{{resolve:";
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((reference, tail)) = after.split_once("}}") else { break };
        let (service, name) = reference
            .split_once(':')
            .ok_or_else(|| format!("Invalid dynamic reference: {{{{resolve:{reference}}}}}"))?;
        out.push_str(before);
        out.push_str(&resolve(service, name)?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}
