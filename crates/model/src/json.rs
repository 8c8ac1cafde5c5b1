//! JSON whose types nobody declared (a template's properties, a policy, a test), poured into a [`Shape`]: the target decides.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use crate::Timestamp;
use crate::shape::{Invalid, Scalar, Shape, View};

/// Where a value was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} {reason}")]
pub struct FillError {
    /// From the root: `Tags[0].Key`; empty for the root.
    pub path: String,
    /// A clause that can follow the path.
    pub reason: String,
}

/// What a target takes.
enum Wants {
    Bool,
    Int,
    Float,
    Text,
    Blob,
    Time,
    Struct,
    List,
    Map,
    Document,
    Any,
}

/// Fills `target` from `json` by member names, and gives the paths that the target does not declare (`Tags[0].Colour`).
/// As in CloudFormation, numbers and booleans may be given as text and the other way round, and an object or list where text is
/// wanted becomes its JSON. `null` is absence.
///
/// # Errors
/// The first value that the target refuses.
pub fn fill(target: &mut dyn Shape, json: &Json) -> Result<Vec<String>, FillError> {
    let mut unknown = Vec::new();
    pour(target, json, &mut String::new(), &mut unknown)?;
    Ok(unknown)
}

/// What a value holds, as JSON: timestamps as ISO 8601, blobs in base64, absent members left out.
pub fn read(value: &dyn Shape) -> Json {
    match value.view() {
        View::Absent => Json::Null,
        View::Bool(b) => b.into(),
        View::Int(n) => n.into(),
        View::Float(f) => f.into(),
        View::Text(text) => text.into_owned().into(),
        View::Blob(bytes) => STANDARD.encode(bytes).into(),
        View::Time(time) => time.to_string().into(),
        View::Document(document) => document.clone(),
        View::List(items) => items.into_iter().map(read).collect(),
        View::Map(entries) => object(entries.into_iter()),
        View::Struct(fields) => object(fields.names().into_iter().filter_map(|name| Some((name, fields.field(name)?)))),
    }
}

fn object<'a>(pairs: impl Iterator<Item = (&'a str, &'a dyn Shape)>) -> Json {
    let present = pairs
        .map(|(key, item)| (key.to_owned(), read(item)))
        .filter(|(_, item)| !item.is_null());
    Json::Object(present.collect())
}

fn pour(target: &mut dyn Shape, json: &Json, path: &mut String, unknown: &mut Vec<String>) -> Result<(), FillError> {
    if json.is_null() {
        return Ok(());
    }
    match (wants(target), json) {
        (Wants::Struct, Json::Object(object)) => pour_members(target, object, path, unknown),
        (Wants::Map, Json::Object(object)) => pour_entries(target, object, path, unknown),
        (Wants::List, Json::Array(items)) => pour_items(target, items, path, unknown),
        (Wants::Any, Json::Object(object)) => pour_members(target, object, path, unknown),
        (Wants::Any, Json::Array(items)) => pour_items(target, items, path, unknown),
        (wants, json) => scalar(&wants, json)
            .and_then(|scalar| target.set(scalar))
            .map_err(|invalid| failed(path, &invalid)),
    }
}

fn failed(path: &str, invalid: &Invalid) -> FillError {
    FillError {
        path: path.to_owned(),
        reason: invalid.reason.clone(),
    }
}

/// Touched, a target is no longer absent, and its view tells its kind; only a [`crate::Value`] stays open.
fn wants(target: &mut dyn Shape) -> Wants {
    target.touch();
    match target.view() {
        View::Absent => Wants::Any,
        View::Bool(_) => Wants::Bool,
        View::Int(_) => Wants::Int,
        View::Float(_) => Wants::Float,
        View::Text(_) => Wants::Text,
        View::Blob(_) => Wants::Blob,
        View::Time(_) => Wants::Time,
        View::Document(_) => Wants::Document,
        View::Struct(_) => Wants::Struct,
        View::List(_) => Wants::List,
        View::Map(_) => Wants::Map,
    }
}

/// Runs `inside` with `step` added to the path.
fn at<T>(path: &mut String, step: &str, inside: impl FnOnce(&mut String) -> T) -> T {
    let before = path.len();
    if before > 0 && !step.starts_with('[') {
        path.push('.');
    }
    path.push_str(step);
    let result = inside(path);
    path.truncate(before);
    result
}

fn pour_members(target: &mut dyn Shape, object: &Map<String, Json>, path: &mut String, unknown: &mut Vec<String>) -> Result<(), FillError> {
    for (key, json) in object {
        at(path, key, |path| match target.member(key) {
            Some(place) => pour(place, json, path, unknown),
            None => {
                unknown.push(path.clone());
                Ok(())
            }
        })?;
    }
    Ok(())
}

fn pour_entries(target: &mut dyn Shape, object: &Map<String, Json>, path: &mut String, unknown: &mut Vec<String>) -> Result<(), FillError> {
    for (key, json) in object {
        at(path, key, |path| match target.entry(key) {
            Some(place) => pour(place, json, path, unknown),
            None => Err(failed(path, &Invalid::new("is not allowed here"))),
        })?;
    }
    Ok(())
}

fn pour_items(target: &mut dyn Shape, items: &[Json], path: &mut String, unknown: &mut Vec<String>) -> Result<(), FillError> {
    for (index, json) in items.iter().enumerate() {
        at(path, &format!("[{index}]"), |path| match target.push() {
            Some(place) => pour(place, json, path, unknown),
            None => Err(failed(path, &Invalid::new("is not allowed here"))),
        })?;
    }
    Ok(())
}

/// A scalar of the wanted kind, from JSON of any kind that can be read as one.
fn scalar<'a>(wants: &Wants, json: &'a Json) -> Result<Scalar<'a>, Invalid> {
    let read = match wants {
        Wants::Bool => bool_of(json).map(Scalar::Bool),
        Wants::Int => int_of(json).map(Scalar::Int),
        Wants::Float => float_of(json).map(Scalar::Float),
        Wants::Text => Some(Scalar::Text(text_of(json))),
        Wants::Blob => json
            .as_str()
            .and_then(|text| STANDARD.decode(text).ok())
            .map(|bytes| Scalar::Blob(bytes.into())),
        Wants::Time => time_of(json).map(Scalar::Time),
        Wants::Document => Some(Scalar::Document(json.clone())),
        Wants::Any => Some(native(json)),
        Wants::Struct | Wants::List | Wants::Map => None,
    };
    read.ok_or_else(|| Invalid::new(format!("must be {}", wants.word())))
}

fn bool_of(json: &Json) -> Option<bool> {
    json.as_bool().or_else(|| match json.as_str()? {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    })
}

fn int_of(json: &Json) -> Option<i64> {
    let whole = |f: f64| (f.fract() == 0.0).then_some(f as i64);
    json.as_i64()
        .or_else(|| json.as_f64().and_then(whole))
        .or_else(|| json.as_str()?.trim().parse().ok())
}

fn float_of(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| json.as_str()?.trim().parse().ok())
}

fn text_of(json: &Json) -> std::borrow::Cow<'_, str> {
    match json {
        Json::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

fn time_of(json: &Json) -> Option<Timestamp> {
    match json {
        Json::String(text) => Timestamp::parse_iso8601(text),
        other => other.as_f64().map(|secs| Timestamp((secs * 1000.0).round() as i64)),
    }
}

fn native(json: &Json) -> Scalar<'_> {
    match json {
        Json::Bool(b) => Scalar::Bool(*b),
        Json::String(text) => Scalar::Text(text.into()),
        Json::Number(n) => n
            .as_i64()
            .map_or_else(|| Scalar::Float(n.as_f64().unwrap_or(f64::NAN)), Scalar::Int),
        other => Scalar::Document(other.clone()),
    }
}

impl Wants {
    fn word(&self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Float => "a number",
            Self::Text => "a string",
            Self::Blob => "text in base64",
            Self::Time => "a timestamp in ISO 8601",
            Self::Struct | Self::Map => "an object",
            Self::List => "a list",
            Self::Document | Self::Any => "a value",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::Value;

    #[test]
    fn targets_decide_what_json_means() {
        let mut texts: Vec<String> = Vec::new();
        assert_eq!(fill(&mut texts, &json!([1, true, "x", {"Version": "2012-10-17"}])), Ok(vec![]));
        assert_eq!(texts, ["1", "true", "x", r#"{"Version":"2012-10-17"}"#]);
        let mut numbers: BTreeMap<String, Option<i64>> = BTreeMap::new();
        assert_eq!(fill(&mut numbers, &json!({"a": "8", "b": 2.0, "c": null})), Ok(vec![]));
        assert_eq!(
            numbers,
            BTreeMap::from([("a".into(), Some(8)), ("b".into(), Some(2)), ("c".into(), None)])
        );
        let mut flag = Some(false);
        assert_eq!(fill(&mut flag, &json!("true")), Ok(vec![]));
        assert_eq!(flag, Some(true));
    }

    #[test]
    fn a_refusal_says_where() {
        let mut numbers: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let refused = fill(&mut numbers, &json!({"a": [1, "x"]})).expect_err("x is no number");
        assert_eq!(refused.to_string(), "a[1] must be an integer");
    }

    #[test]
    fn what_is_filled_is_read() {
        let given = json!({"Name": "n", "List": [1, {"Deep": true}], "Half": 0.5});
        let mut value = Value::default();
        assert_eq!(fill(&mut value, &given), Ok(vec![]));
        assert_eq!(read(&value), given);
        let mut document = Json::Null;
        assert_eq!(fill(&mut document, &given), Ok(vec![]));
        assert_eq!(document, given);
    }

    #[derive(Debug, Default, PartialEq, tierra_model_derive::Shape)]
    struct Inner {
        size: Option<i32>,
    }

    #[derive(Debug, Default, PartialEq, tierra_model_derive::Shape)]
    struct Outer {
        name: String,
        encrypted: Option<bool>,
        #[shape("DBName")]
        db_name: Option<String>,
        list: Vec<Inner>,
        tags: BTreeMap<String, String>,
    }

    #[test]
    fn json_fills_what_fits_and_tells_the_rest() {
        let mut outer = Outer::default();
        let json = json!({"Name": 5, "Encrypted": "true", "DBName": "x", "List": [{"Size": "8"}, {"Size": 9, "Speed": 1}], "Tags": {"a": "b"}, "Else": null});
        assert_eq!(fill(&mut outer, &json), Ok(vec!["List[1].Speed".to_owned(), "Else".to_owned()]));
        let list = vec![Inner { size: Some(8) }, Inner { size: Some(9) }];
        let tags = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        assert_eq!(
            outer,
            Outer {
                name: "5".into(),
                encrypted: Some(true),
                db_name: Some("x".into()),
                list,
                tags
            }
        );
        let wrong = fill(&mut outer, &json!({"List": [{"Size": "large"}]})).expect_err("no number");
        assert_eq!(wrong.path, "List[0].Size");
    }
}
