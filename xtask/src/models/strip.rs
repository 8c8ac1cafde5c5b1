//! Which keys of a botocore model are kept: those that routing, codecs, checks and pagination read. Everything else goes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const METADATA: &[&str] = &[
    "apiVersion",
    "awsQueryCompatible",
    "endpointPrefix",
    "globalEndpoint",
    "jsonVersion",
    "protocol",
    "protocols",
    "serviceAbbreviation",
    "serviceFullName",
    "serviceId",
    "signingName",
    "targetPrefix",
    "xmlNamespace",
];

const OPERATION: &[&str] = &[
    "auth",
    "authtype",
    "endpoint",
    "errors",
    "http",
    "input",
    "output",
    "unsignedPayload",
];

const SHAPE: &[&str] = &[
    "box",
    "document",
    "enum",
    "error",
    "event",
    "eventstream",
    "exception",
    "fault",
    "flattened",
    "key",
    "locationName",
    "max",
    "member",
    "members",
    "min",
    "pattern",
    "payload",
    "required",
    "streaming",
    "timestampFormat",
    "type",
    "union",
    "value",
    "wrapper",
    "xmlNamespace",
];

const REFERENCE: &[&str] = &[
    "box",
    "eventpayload",
    "flattened",
    "hostLabel",
    "idempotencyToken",
    "jsonvalue",
    "location",
    "locationName",
    "queryName",
    "resultWrapper",
    "shape",
    "streaming",
    "timestampFormat",
    "xmlAttribute",
    "xmlNamespace",
];

const PAGES: &[&str] = &["input_token", "output_token", "limit_key", "more_results", "result_key"];

/// The model with the kept keys only, and only the shapes that an operation reaches.
pub fn model(full: &Value) -> Value {
    let operations: Map<_, _> = entries(full, "operations")
        .map(|(name, op)| (name.clone(), operation(op)))
        .collect();
    let shapes = reachable(full, &operations);
    let mut model = Map::new();
    model.insert("metadata".to_owned(), keep(&full["metadata"], METADATA));
    model.insert("operations".to_owned(), Value::Object(operations));
    model.insert("shapes".to_owned(), Value::Object(shapes));
    Value::Object(model)
}

/// Adds each operation's page tokens.
pub fn add_pagination(model: &mut Value, pages: &Value) {
    for (name, rule) in entries(pages, "pagination") {
        if let Some(Value::Object(operation)) = model["operations"].get_mut(name) {
            operation.insert("pagination".to_owned(), keep(rule, PAGES));
        }
    }
}

fn entries<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn keep(value: &Value, keys: &[&str]) -> Value {
    let pairs = value.as_object().into_iter().flatten();
    Value::Object(
        pairs
            .filter(|(key, _)| keys.contains(&key.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    )
}

fn operation(full: &Value) -> Value {
    let mut kept = keep(full, OPERATION);
    references(&mut kept, &["input", "output"]);
    if let Some(Value::Array(errors)) = kept.get_mut("errors") {
        errors.iter_mut().for_each(|error| *error = keep(error, REFERENCE));
    }
    kept
}

fn shape(full: &Value) -> Value {
    let mut kept = keep(full, SHAPE);
    references(&mut kept, &["member", "key", "value"]);
    if let Some(Value::Object(members)) = kept.get_mut("members") {
        members.values_mut().for_each(|member| *member = keep(member, REFERENCE));
    }
    kept
}

fn references(of: &mut Value, keys: &[&str]) {
    for key in keys {
        if let Some(reference) = of.get_mut(*key) {
            *reference = keep(reference, REFERENCE);
        }
    }
}

fn reachable(full: &Value, operations: &Map<String, Value>) -> Map<String, Value> {
    let mut wanted: Vec<String> = operations.values().flat_map(targets).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if seen.insert(name.clone()) {
            wanted.extend(targets(&shape(&full["shapes"][&name])));
        }
    }
    let shapes = entries(full, "shapes").filter(|(name, _)| seen.contains(*name));
    shapes.map(|(name, full)| (name.clone(), shape(full))).collect()
}

/// Every shape named anywhere below.
fn targets(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => match map.get("shape") {
            Some(Value::String(name)) => vec![name.clone()],
            _ => map.values().flat_map(targets).collect(),
        },
        Value::Array(items) => items.iter().flat_map(targets).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documentation_and_unreachable_shapes_go() {
        let full = json!({
            "metadata": {"endpointPrefix": "x", "uid": "x-1"},
            "documentation": "<p>x</p>",
            "operations": {"A": {"name": "A", "documentation": "d", "http": {"method": "POST"}, "input": {"shape": "In", "documentation": "d"}}},
            "shapes": {
                "In": {"type": "structure", "members": {"shape": {"shape": "S", "documentation": "d"}}},
                "S": {"type": "string", "documentation": "d", "max": 3},
                "Lost": {"type": "string"},
            },
        });
        let want = json!({
            "metadata": {"endpointPrefix": "x"},
            "operations": {"A": {"http": {"method": "POST"}, "input": {"shape": "In"}}},
            "shapes": {"In": {"type": "structure", "members": {"shape": {"shape": "S"}}}, "S": {"type": "string", "max": 3}},
        });
        assert_eq!(model(&full), want);
    }
}
