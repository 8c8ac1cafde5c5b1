//! Between the cases' JSON and values: a case writes timestamps as numbers, blobs as text, and odd floats as words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use tierra_model::catalogue::{Kind, Reference, Service};
use tierra_model::{Timestamp, Value};

use crate::text;

/// A value of this shape from a case's JSON.
pub(super) fn build(service: &Service, reference: &Reference, json: &Json) -> Value {
    let kind = &service.shape(reference.shape).kind;
    match (kind, json) {
        (Kind::Document, json) => Value::Document(json.clone()),
        (_, Json::Null) => Value::Absent,
        (Kind::Structure(structure), Json::Object(object)) => {
            let member = |name: &str| structure.member(name).map(|member| &member.reference);
            let known = object
                .iter()
                .filter_map(|(name, json)| Some((name.clone(), build(service, member(name)?, json))));
            Value::Struct(known.collect())
        }
        (Kind::List(item), Json::Array(items)) => Value::List(items.iter().map(|json| build(service, item, json)).collect()),
        (Kind::Map(pair), Json::Object(object)) => Value::Map(
            object
                .iter()
                .map(|(key, json)| (key.clone(), build(service, &pair.1, json)))
                .collect(),
        ),
        (Kind::Integer, json) => Value::Int(json.as_i64().expect("an integer")),
        (Kind::Boolean, json) => Value::Bool(json.as_bool().expect("a boolean")),
        (Kind::Float, json) => Value::Float(json.as_f64().or_else(|| text::float(json.as_str()?)).expect("a number")),
        (Kind::Timestamp, json) => Value::Time(moment(json).expect("a moment")),
        (Kind::Blob, json) => Value::Blob(json.as_str().expect("text").as_bytes().to_vec()),
        (_, Json::String(text)) => Value::Text(text.clone()),
        (_, json) => Value::Text(json.to_string()),
    }
}

fn moment(json: &Json) -> Option<Timestamp> {
    json.as_f64().and_then(text::seconds).or_else(|| text::timestamp(json.as_str()?))
}

/// Whether a decoded value is what a case says.
pub(super) fn agree(service: &Service, reference: &Reference, value: &Value, json: &Json, path: &str) -> Result<(), String> {
    let want = build(service, reference, json);
    same(value, &want)
        .then_some(())
        .ok_or_else(|| format!("{path}: got {value:?}\n    want {want:?}"))
}

/// Equality in which absent members do not count, maps have no order, NaN is itself, JSON text is its meaning, and a blob may stand
/// for its base64, as some cases write it.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()) || (*a as f32 - *b as f32).abs() < f32::EPSILON,
        (Value::Blob(a), Value::Blob(b)) => a == b || STANDARD.decode(b).is_ok_and(|bytes| bytes == *a),
        (Value::Text(a), Value::Text(b)) => a == b || (as_json(a).is_some() && as_json(a) == as_json(b)),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Struct(a), Value::Struct(b)) | (Value::Map(a), Value::Map(b)) => contains(a, b) && contains(b, a),
        (one, other) => one == other,
    }
}

fn as_json(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok()
}

fn contains(all: &[(String, Value)], some: &[(String, Value)]) -> bool {
    let present = some.iter().filter(|(_, value)| *value != Value::Absent);
    let mut found = present.map(|(key, value)| all.iter().any(|(k, v)| k == key && same(v, value)));
    found.all(|found| found)
}
