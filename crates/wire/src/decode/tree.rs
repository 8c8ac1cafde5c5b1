//! JSON and CBOR as sources: two notations of one tree.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tierra_model::Scalar;
use tierra_model::catalogue::{Kind, Member, Reference, Service};

use super::source::{NotThis, Source, Use};
use crate::text;

/// CBOR's tag for seconds since the epoch.
const EPOCH_TAG: u64 = 1;

/// The name on the wire.
fn wire_name(member: &Member) -> &str {
    member.reference.traits.location_name.as_deref().unwrap_or(&member.name)
}

impl<'s> Source<'s> for &'s Json {
    fn is_null(&self) -> bool {
        Json::is_null(self)
    }

    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'s>, NotThis> {
        let kind = &at.service.shape(at.reference.shape).kind;
        let scalar = match (kind, *self) {
            (Kind::Document, json) => Some(Scalar::Document(json.clone())),
            // A jsonvalue member is a string that holds JSON; in a body it stands as that string.
            (Kind::String, Json::String(text)) => Some(Scalar::Text(text.into())),
            (Kind::Boolean, Json::Bool(b)) => Some(Scalar::Bool(*b)),
            (Kind::Integer, Json::Number(n)) => whole(n.as_i64(), n.as_f64()),
            (Kind::Float, Json::Number(n)) => n.as_f64().map(Scalar::Float),
            (Kind::Float, Json::String(text)) => text::float(text).map(Scalar::Float),
            (Kind::Blob, Json::String(text)) => STANDARD.decode(text).ok().map(|bytes| Scalar::Blob(bytes.into())),
            (Kind::Timestamp, Json::Number(n)) => n.as_f64().and_then(text::seconds).map(Scalar::Time),
            (Kind::Timestamp, Json::String(text)) => text::timestamp(text).map(Scalar::Time),
            _ => None,
        };
        scalar.ok_or_else(|| found_json(self))
    }

    fn member(&self, _: &Service, member: &Member) -> Option<Self> {
        self.get(wire_name(member))
    }

    fn items(&self, _: Use<'_>, _: &Reference) -> Result<Vec<Self>, NotThis> {
        let items = self.as_array().ok_or_else(|| found_json(self))?;
        Ok(items.iter().collect())
    }

    fn entries(&self, _: Use<'_>, _: &Reference, _: &Reference) -> Result<Vec<(Cow<'s, str>, Self)>, NotThis> {
        let entries = self.as_object().ok_or_else(|| found_json(self))?;
        Ok(entries.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), value)).collect())
    }

    fn structure(&self) -> Result<(), NotThis> {
        self.is_object().then_some(()).ok_or_else(|| found_json(self))
    }

    fn names(&self) -> Vec<String> {
        let names = self.as_object().into_iter().flat_map(|object| object.keys());
        names.filter(|name| *name != "__type").cloned().collect()
    }

    fn is_name(&self, name: &str, _: &Service, member: &Member) -> bool {
        name == wire_name(member)
    }
}

/// A number without a fraction, however it is written.
fn whole<'s>(int: Option<i64>, float: Option<f64>) -> Option<Scalar<'s>> {
    let integral = |f: f64| (f.fract() == 0.0 && f.abs() < i64::MAX as f64).then_some(f as i64);
    int.or_else(|| float.and_then(integral)).map(Scalar::Int)
}

fn found_json(json: &Json) -> NotThis {
    let found = match json {
        Json::Null => "NULL_VALUE",
        Json::Bool(true) => "TRUE_VALUE",
        Json::Bool(false) => "FALSE_VALUE",
        Json::Number(n) if n.is_f64() => "DECIMAL_VALUE",
        Json::Number(_) => "NUMBER_VALUE",
        Json::String(_) => "STRING_VALUE",
        Json::Array(_) => "Start of list",
        Json::Object(_) => "Start of structure or map",
    };
    NotThis { found, text: None }
}

impl<'s> Source<'s> for &'s Cbor {
    fn is_null(&self) -> bool {
        Cbor::is_null(self)
    }

    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'s>, NotThis> {
        let kind = &at.service.shape(at.reference.shape).kind;
        let scalar = match (kind, *self) {
            (Kind::String, Cbor::Text(text)) => Some(Scalar::Text(text.into())),
            (Kind::Boolean, Cbor::Bool(b)) => Some(Scalar::Bool(*b)),
            (Kind::Integer, Cbor::Integer(n)) => i64::try_from(*n).ok().map(Scalar::Int),
            (Kind::Integer, Cbor::Float(f)) => whole(None, Some(*f)),
            (Kind::Float, number) => cbor_number(number).map(Scalar::Float),
            (Kind::Blob, Cbor::Bytes(bytes)) => Some(Scalar::Blob(bytes.into())),
            (Kind::Timestamp, Cbor::Tag(EPOCH_TAG, number)) => cbor_number(number).and_then(text::seconds).map(Scalar::Time),
            _ => None,
        };
        scalar.ok_or_else(|| found_cbor(self))
    }

    fn member(&self, _: &Service, member: &Member) -> Option<Self> {
        let name = wire_name(member);
        self.as_map()?
            .iter()
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value)
    }

    fn items(&self, _: Use<'_>, _: &Reference) -> Result<Vec<Self>, NotThis> {
        let items = self.as_array().ok_or_else(|| found_cbor(self))?;
        Ok(items.iter().collect())
    }

    fn entries(&self, _: Use<'_>, _: &Reference, _: &Reference) -> Result<Vec<(Cow<'s, str>, Self)>, NotThis> {
        let entries = self.as_map().ok_or_else(|| found_cbor(self))?;
        let texts = entries
            .iter()
            .filter_map(|(key, value)| Some((Cow::Borrowed(key.as_text()?), value)));
        Ok(texts.collect())
    }

    fn structure(&self) -> Result<(), NotThis> {
        self.is_map().then_some(()).ok_or_else(|| found_cbor(self))
    }

    fn names(&self) -> Vec<String> {
        let pairs = self.as_map().into_iter().flatten();
        pairs.filter_map(|(key, _)| key.as_text().map(str::to_owned)).collect()
    }

    fn is_name(&self, name: &str, _: &Service, member: &Member) -> bool {
        name == wire_name(member)
    }
}

fn cbor_number(value: &Cbor) -> Option<f64> {
    match value {
        Cbor::Float(f) => Some(*f),
        Cbor::Integer(n) => i128::from(*n).to_string().parse().ok(),
        _ => None,
    }
}

fn found_cbor(value: &Cbor) -> NotThis {
    let found = match value {
        Cbor::Null => "NULL_VALUE",
        Cbor::Bool(true) => "TRUE_VALUE",
        Cbor::Bool(false) => "FALSE_VALUE",
        Cbor::Integer(_) => "NUMBER_VALUE",
        Cbor::Float(_) => "DECIMAL_VALUE",
        Cbor::Array(_) => "Start of list",
        Cbor::Map(_) => "Start of structure or map",
        _ => "STRING_VALUE",
    };
    NotThis { found, text: None }
}
