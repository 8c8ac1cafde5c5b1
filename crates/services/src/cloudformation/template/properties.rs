//! Properties held against AWS's resource schemas, each mistake at its place, in the words of AWS's own validator.
//!
//! **Invariant**: what is not literal is not judged here: it is judged again, by [`check_values`], when it is known.

use serde_json::{Map, Value};
use tierra_model::pattern::matches;

use super::diagnostic::Diagnostic;
use super::expression::{Expr, Function, Kind, Member, Reference};
use super::node::{Span, scalar_text};
use super::schema::{self, Schema};
use super::{Resource, Template};

/// Every mistake in the types and properties of a template.
pub fn check_template(template: &Template, built: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut mistakes = unrecognized(template);
    for (id, resource) in &template.resources {
        if !schema::exists(&resource.kind) {
            continue;
        }
        if !built(&resource.kind) {
            let message = format!(
                "Template validation error: resource type {} exists at AWS, but Tierra does not build it yet",
                resource.kind
            );
            mistakes.push(Diagnostic::new(message, resource.kind_span).label("not built"));
        } else if let Some(schema) = schema::schema(&resource.kind) {
            mistakes.extend(check_resource(id, resource, &schema));
        }
    }
    mistakes.extend(
        template
            .expressions()
            .flat_map(Expr::references)
            .filter_map(|(reference, span)| attribute(template, &reference, span)),
    );
    mistakes
}

/// The type whose attributes are another template's outputs.
const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

/// An attribute that its resource's type does not have.
fn attribute(template: &Template, reference: &Reference, span: Span) -> Option<Diagnostic> {
    let Reference::Attribute(id, Some(attribute)) = reference else {
        return None;
    };
    let schema = schema::schema(&template.resources.get(id)?.kind)?;
    let properties = schema.root().get("properties")?.as_object()?;
    // The schema cannot know what a nested stack puts out.
    if attribute.starts_with("Outputs.") && template.resources.get(id)?.kind == NESTED_STACK {
        return None;
    }
    let top = attribute.split('.').next().unwrap_or_default();
    if properties.contains_key(top) {
        return None;
    }
    let message = format!("Template error: resource {id} does not support attribute type {attribute} in Fn::GetAtt");
    let known: Vec<String> = schema.attributes().collect();
    Some(
        Diagnostic::new(message, span)
            .label("no such attribute")
            .suggest(attribute, known.iter().map(String::as_str)),
    )
}

fn unrecognized(template: &Template) -> Vec<Diagnostic> {
    let unknown: Vec<&Resource> = template
        .resources
        .values()
        .filter(|resource| !schema::exists(&resource.kind))
        .collect();
    let names: Vec<&str> = unknown.iter().map(|resource| resource.kind.as_str()).collect();
    let message = format!("Template format error: Unrecognized resource types: [{}]", names.join(", "));
    let describe = |resource: &Resource| {
        let diagnostic = Diagnostic::new(message.clone(), resource.kind_span).label("no such type");
        if resource.kind.starts_with("Custom::") {
            return diagnostic.help("custom resources need Lambda functions, which are not built yet");
        }
        diagnostic.suggest(&resource.kind, schema::names().lines())
    };
    unknown.first().map(|resource| describe(resource)).into_iter().collect()
}

fn check_resource(id: &str, resource: &Resource, schema: &Schema) -> Vec<Diagnostic> {
    let mut checker = Checker {
        schema,
        id,
        owner: resource.span,
        mistakes: Vec::new(),
    };
    checker.value(&resource.properties, schema.root(), "");
    checker.mistakes
}

/// Values, all known: what the engine asks before it creates or updates.
///
/// # Errors
/// In AWS's wording.
pub fn check_values(id: &str, kind: &str, properties: &Value) -> Result<(), String> {
    let Some(schema) = schema::schema(kind) else { return Ok(()) };
    let mut checker = Checker {
        schema: &schema,
        id,
        owner: Span::default(),
        mistakes: Vec::new(),
    };
    checker.value(&Expr::literal(properties, Span::default()), schema.root(), "");
    checker.mistakes.into_iter().next().map_or(Ok(()), |mistake| Err(mistake.message))
}

struct Checker<'a> {
    schema: &'a Schema,
    id: &'a str,
    /// The resource's name: where something missing is told when there is no better place.
    owner: Span,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn refuse(&mut self, path: &str, reason: &str, span: Span) -> &mut Diagnostic {
        let message = format!(
            "Properties validation failed for resource {} with message:\n#{path}: {reason}",
            self.id
        );
        self.mistakes.push(Diagnostic::new(message, span));
        let last = self.mistakes.len() - 1;
        &mut self.mistakes[last]
    }

    fn value(&mut self, expr: &Expr, schema: &'a Value, path: &str) {
        let schema = self.schema.resolve(schema);
        match &expr.kind {
            Kind::Call(function) => {
                if let Function::If { then, otherwise, .. } = &**function {
                    self.value(then, schema, path);
                    self.value(otherwise, schema, path);
                }
            }
            Kind::Scalar(value) => self.scalar(value, expr.span, schema, path),
            Kind::List(items) => self.list(items, expr.span, schema, path),
            Kind::Map(members) => self.object(members, expr.span, schema, path),
        }
    }

    fn mistyped(&mut self, schema: &Value, found: &str, span: Span, path: &str) {
        let expected = types(schema).map(java_type).collect::<Vec<_>>().join(" or ");
        let label = format!("a value of type {expected} belongs here");
        self.refuse(path, &format!("expected type: {expected}, found: {found}"), span).label = label;
    }

    fn scalar(&mut self, value: &Value, span: Span, schema: &Value, path: &str) {
        if schema.get("type").is_some() && !types(schema).any(|kind| takes(kind, value)) {
            return self.mistyped(schema, found_type(value), span, path);
        }
        let Some(text) = scalar_text(value).filter(|text| !text.contains("{{resolve:")) else {
            return;
        };
        for reason in [
            enum_violation(schema, &text),
            text_violation(schema, &text),
            number_violation(schema, &text),
        ]
        .into_iter()
        .flatten()
        {
            let suggestions = schema
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let mistake = self.refuse(path, &reason, span);
            *mistake = mistake.clone().suggest(&text, suggestions);
        }
    }

    fn list(&mut self, items: &[Expr], span: Span, schema: &'a Value, path: &str) {
        if schema.get("type").is_some() && !types(schema).any(|kind| kind == "array") {
            return self.mistyped(schema, "JSONArray", span, path);
        }
        let known = items.iter().all(|item| !matches!(item.kind, Kind::Call(_)));
        let count = items.len() as u64;
        if let Some(least) = bound(schema, "minItems").filter(|least| known && count < *least) {
            self.refuse(path, &format!("expected minimum item count: {least}, found: {count}"), span);
        }
        if let Some(most) = bound(schema, "maxItems").filter(|most| known && count > *most) {
            self.refuse(path, &format!("expected maximum item count: {most}, found: {count}"), span);
        }
        if let Some(item_schema) = schema.get("items") {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| self.value(item, item_schema, &format!("{path}/{at}")));
        }
    }

    fn object(&mut self, members: &[Member], span: Span, schema: &'a Value, path: &str) {
        if schema.get("type").is_some() && !types(schema).any(|kind| kind == "object") {
            return self.mistyped(schema, "JSONObject", span, path);
        }
        let present: Vec<&Member> = members.iter().filter(|member| !member.value.is_no_value()).collect();
        for member in &present {
            self.member(member, schema, path);
        }
        let owner = if path.is_empty() { self.owner } else { span };
        self.required(&present, schema, owner, path);
        self.alternatives(&present, schema, owner, path);
    }

    fn member(&mut self, member: &Member, schema: &'a Value, path: &str) {
        let name = &member.name;
        let below = format!("{path}/{name}");
        let declared = schema.get("properties").and_then(|properties| properties.get(name));
        if declared.is_some() && self.schema.is_read_only(&below) && !self.is_writable_twin(&below) {
            self.refuse(path, &format!("extraneous key [{name}] is not permitted"), member.name_span)
                .label = "read-only: it is AWS that sets it".to_owned();
            return;
        }
        match declared.or_else(|| undeclared(schema, name)) {
            Some(known) => self.value(&member.value, known, &below),
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => self.unknown(name, member.name_span, schema, path),
            None => {}
        }
    }

    /// AWS's schemas call some properties read-only that templates may set; those are required or identify the resource.
    fn is_writable_twin(&self, path: &str) -> bool {
        let root = self.schema.root();
        let name = path.trim_start_matches('/');
        root.get("required")
            .and_then(Value::as_array)
            .is_some_and(|required| required.iter().any(|item| item == name))
    }

    fn unknown(&mut self, name: &str, span: Span, schema: &Value, path: &str) {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let writable = properties
            .keys()
            .filter(|known| !self.schema.is_read_only(&format!("{path}/{known}")));
        let known: Vec<&str> = writable.map(String::as_str).collect();
        let mistake = self
            .refuse(path, &format!("extraneous key [{name}] is not permitted"), span)
            .clone()
            .label("no such property");
        let last = self.mistakes.len() - 1;
        self.mistakes[last] = mistake.suggest(name, known);
    }

    fn required(&mut self, present: &[&Member], schema: &Value, span: Span, path: &str) {
        let has = |name: &str| present.iter().any(|member| member.name == name);
        for name in names(schema, "required").filter(|name| !has(name)).collect::<Vec<_>>() {
            self.refuse(path, &format!("required key [{name}] not found"), span).label = format!("`{name}` is missing");
        }
        let dependent = schema.get("dependentRequired").and_then(Value::as_object).into_iter().flatten();
        for (name, needed) in dependent.filter(|(name, _)| has(name)) {
            for other in needed
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .filter(|other| !has(other))
            {
                self.refuse(path, &format!("property [{other}] is required with [{name}]"), span);
            }
        }
    }

    fn alternatives(&mut self, present: &[&Member], schema: &Value, span: Span, path: &str) {
        let has = |name: &str| present.iter().any(|member| member.name == name);
        let conditional = present
            .iter()
            .any(|member| matches!(&member.value.kind, Kind::Call(function) if matches!(**function, Function::If { .. })));
        let either: Vec<&str> = names(schema, "requiredXor").chain(names(schema, "requiredOr")).collect();
        let given = either.iter().filter(|name| has(name)).count();
        if !either.is_empty() && given == 0 {
            self.refuse(path, &format!("one of the keys [{}] is required", either.join(", ")), span);
        }
        if given > 1 && !conditional && names(schema, "requiredXor").next().is_some() {
            self.refuse(path, &format!("only one of the keys [{}] is permitted", either.join(", ")), span);
        }
        let schemas = ["anyOf", "oneOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array());
        for options in schemas {
            if !options.iter().any(|option| names(option, "required").all(has)) {
                let reason = format!("no subschema matched out of the total {} subschemas", options.len());
                let sets: Vec<String> = options
                    .iter()
                    .map(|option| names(option, "required").collect::<Vec<_>>().join(" and "))
                    .collect();
                self.refuse(path, &reason, span).help = Some(format!("give one of: {}", sets.join("; ")));
            }
        }
    }
}

fn undeclared<'v>(schema: &'v Value, name: &str) -> Option<&'v Value> {
    let patterns = schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    let matching = patterns
        .filter(|(pattern, _)| matches(pattern, name).unwrap_or(true))
        .map(|(_, schema)| schema)
        .next();
    matching.or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()))
}

fn names<'v>(schema: &'v Value, keyword: &str) -> impl Iterator<Item = &'v str> + use<'v> {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let kind = schema.get("type");
    kind.and_then(Value::as_str)
        .into_iter()
        .chain(kind.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str))
}

/// CloudFormation turns text into numbers and booleans and back where the type wants it.
fn takes(kind: &str, value: &Value) -> bool {
    let text = scalar_text(value);
    let parses = |judge: fn(&str) -> bool| text.as_deref().is_some_and(judge);
    match kind {
        "string" => text.is_some(),
        "integer" => parses(|text| text.parse::<i64>().is_ok()),
        "number" => parses(|text| text.parse::<f64>().is_ok()),
        "boolean" => parses(|text| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")),
        // A policy document may be given as the text of its JSON.
        "object" => matches!(value, Value::String(text) if serde_json::from_str::<Map<String, Value>>(text).is_ok()),
        _ => false,
    }
}

fn java_type(kind: &str) -> &str {
    match kind {
        "string" => "String",
        "integer" => "Integer",
        "number" => "Number",
        "boolean" => "Boolean",
        "array" => "JSONArray",
        "object" => "JSONObject",
        other => other,
    }
}

fn found_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Double",
        Value::Number(_) => "Integer",
        Value::Null => "Null",
        _ => "String",
    }
}

fn enum_violation(schema: &Value, text: &str) -> Option<String> {
    let same = |word: &Value| scalar_text(word).as_deref() == Some(text);
    let same_letters = |word: &Value| scalar_text(word).is_some_and(|word| word.eq_ignore_ascii_case(text));
    let words = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
    let exact = words("enum").is_some_and(|words| !words.iter().any(same));
    let loose = words("enumCaseInsensitive").is_some_and(|words| !words.iter().any(same_letters));
    (exact || loose).then(|| format!("{text} is not a valid enum value"))
}

fn text_violation(schema: &Value, text: &str) -> Option<String> {
    if !types(schema).any(|kind| kind == "string") {
        return None;
    }
    let length = text.chars().count() as u64;
    if let Some(least) = bound(schema, "minLength").filter(|least| length < *least) {
        return Some(format!("expected minLength: {least}, actual: {length}"));
    }
    if let Some(most) = bound(schema, "maxLength").filter(|most| length > *most) {
        return Some(format!("expected maxLength: {most}, actual: {length}"));
    }
    let pattern = schema.get("pattern")?.as_str()?;
    (matches(pattern, text) == Some(false)).then(|| format!("string [{text}] does not match pattern {pattern}"))
}

fn number_violation(schema: &Value, text: &str) -> Option<String> {
    let number: f64 = text.parse().ok()?;
    let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    if let Some(least) = limit("minimum").filter(|least| number < *least) {
        return Some(format!("{number} is not greater or equal to {least}"));
    }
    limit("maximum")
        .filter(|most| number > *most)
        .map(|most| format!("{number} is not less or equal to {most}"))
}

fn bound(schema: &Value, keyword: &str) -> Option<u64> {
    schema.get(keyword).and_then(Value::as_u64)
}
