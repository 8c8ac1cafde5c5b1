//! Untyped JSON into a typed value: how CloudFormation properties become operation inputs. No catalogue is asked; the
//! target says what it takes, so numbers and booleans given as text are read as what the target wants.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::Timestamp;
use crate::shape::{Invalid, Kind, Scalar, Shape};

/// A member that could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} {reason}")]
pub struct FillError {
    /// Where, with dots: `Ebs.VolumeSize`.
    pub path: String,
    /// Why, as a clause that follows the path.
    pub reason: String,
}

/// Fills `target` from `json`, member by member. Gives the paths that the target does not have; nulls count as absent.
///
/// # Errors
/// Where a value does not fit its place.
pub fn fill(target: &mut dyn Shape, json: &Value) -> Result<Vec<String>, FillError> {
    let mut unknown = Vec::new();
    fill_at(target, json, "", &mut unknown)?;
    Ok(unknown)
}

fn fill_at(target: &mut dyn Shape, json: &Value, path: &str, unknown: &mut Vec<String>) -> Result<(), FillError> {
    let failed = |invalid: Invalid| FillError {
        path: path.to_owned(),
        reason: invalid.reason,
    };
    match json {
        Value::Null => Ok(()),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            // A map takes every key, a structure those that it declares; only one of the two answers.
            if target.member(name).is_some() {
                return target.member(name).map_or(Ok(()), |place| fill_at(place, value, &below, unknown));
            }
            match target.entry(name) {
                Some(place) => fill_at(place, value, &below, unknown),
                None => {
                    unknown.push(below);
                    Ok(())
                }
            }
        }),
        Value::Array(items) => {
            target.become_kind(Kind::List);
            items.iter().enumerate().try_for_each(|(at, item)| match target.push() {
                Some(place) => fill_at(place, item, &format!("{path}[{at}]"), unknown),
                None => Err(failed(Invalid::new("is not a list"))),
            })
        }
        Value::String(text) => set_text(target, text).map_err(failed),
        Value::Bool(value) => set_first(target, [Scalar::Bool(*value), Scalar::Text(Cow::Owned(value.to_string()))]).map_err(failed),
        Value::Number(number) => set_number(target, number).map_err(failed),
    }
}

/// Gives the first scalar that the target takes; its first refusal is the one that is told.
fn set_first<'a>(target: &mut dyn Shape, candidates: impl IntoIterator<Item = Scalar<'a>>) -> Result<(), Invalid> {
    let mut refusal = None;
    for candidate in candidates {
        match target.set(candidate) {
            Ok(()) => return Ok(()),
            Err(invalid) => drop(refusal.get_or_insert(invalid)),
        }
    }
    Err(refusal.unwrap_or_else(|| Invalid::new("has no value")))
}

fn set_text(target: &mut dyn Shape, text: &str) -> Result<(), Invalid> {
    let mut candidates = vec![Scalar::Text(Cow::Borrowed(text))];
    candidates.extend(text.parse().ok().map(Scalar::Int));
    candidates.extend(text.parse().ok().map(Scalar::Float));
    candidates.extend(text.to_ascii_lowercase().parse().ok().map(Scalar::Bool));
    candidates.extend(Timestamp::parse_iso8601(text).map(Scalar::Time));
    set_first(target, candidates)
}

fn set_number(target: &mut dyn Shape, number: &Number) -> Result<(), Invalid> {
    let mut candidates: Vec<Scalar<'_>> = number.as_i64().map(Scalar::Int).into_iter().collect();
    candidates.extend(number.as_f64().map(Scalar::Float));
    candidates.push(Scalar::Text(Cow::Owned(number.to_string())));
    set_first(target, candidates)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

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
