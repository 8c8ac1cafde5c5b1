//! Typed values as JSON or CBOR: one walk, two notations.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Number, Value as Json};
use tierra_model::catalogue::{Kind, Member, Reference, Service, Structure, TimestampFormat};
use tierra_model::{Fields, Shape, View};

use super::xml::wire_name;
use crate::text;

/// CBOR's tag for seconds since the epoch.
const EPOCH_TAG: u64 = 1;

/// How a tree is noted.
pub(crate) trait Notation: Sized {
    /// A scalar, or nothing where it is absent.
    fn scalar(view: View<'_>, time: TimestampFormat) -> Self;
    /// A list.
    fn list(items: Vec<Self>) -> Self;
    /// A structure or map.
    fn object(pairs: Vec<(String, Self)>) -> Self;
}

impl Notation for Json {
    fn scalar(view: View<'_>, time: TimestampFormat) -> Self {
        match view {
            View::Bool(b) => b.into(),
            View::Int(n) => n.into(),
            View::Float(f) => Number::from_f64(f).map_or_else(|| text::write_float(f).into(), Self::Number),
            View::Text(text) => text.into_owned().into(),
            View::Blob(bytes) => STANDARD.encode(bytes).into(),
            View::Time(moment) if time == TimestampFormat::Unix => seconds(moment.0),
            View::Time(moment) => text::write_timestamp(moment, time).into(),
            View::Document(document) => document.clone(),
            View::Absent | View::Struct(_) | View::List(_) | View::Map(_) => Self::Null,
        }
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn object(pairs: Vec<(String, Self)>) -> Self {
        Self::Object(pairs.into_iter().collect())
    }
}

/// Seconds from milliseconds, with a fraction only where there is one.
fn seconds(millis: i64) -> Json {
    match millis % 1000 {
        0 => (millis / 1000).into(),
        _ => (millis as f64 / 1000.0).into(),
    }
}

impl Notation for Cbor {
    fn scalar(view: View<'_>, _: TimestampFormat) -> Self {
        match view {
            View::Bool(b) => Self::Bool(b),
            View::Int(n) => Self::Integer(n.into()),
            View::Float(f) => Self::Float(f),
            View::Text(text) => Self::Text(text.into_owned()),
            View::Blob(bytes) => Self::Bytes(bytes.to_vec()),
            View::Time(moment) => Self::Tag(EPOCH_TAG, Box::new(Self::Float(moment.0 as f64 / 1000.0))),
            View::Document(document) => Self::serialized(document).unwrap_or(Self::Null),
            View::Absent | View::Struct(_) | View::List(_) | View::Map(_) => Self::Null,
        }
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn object(pairs: Vec<(String, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (Self::Text(key), value)).collect())
    }
}

/// The members that `select` chooses and that are there.
pub(crate) fn members<N: Notation>(
    service: &Service,
    structure: &Structure,
    select: impl Fn(&Member) -> bool,
    fields: &dyn Fields,
) -> Vec<(String, N)> {
    let chosen = structure.members.iter().filter(|member| select(member));
    let present = chosen.filter_map(|member| {
        let field = fields.field(&member.name)?;
        let absent = matches!(field.view(), View::Absent);
        (!absent).then(|| (wire_name(member).to_owned(), value(service, &member.reference, field)))
    });
    present.collect()
}

/// A value of any kind. What is absent in a list or map is written as null.
pub(crate) fn value<N: Notation>(service: &Service, reference: &Reference, shape: &dyn Shape) -> N {
    let kind = &service.shape(reference.shape).kind;
    match (shape.view(), kind) {
        (View::Struct(fields), Kind::Structure(structure)) => N::object(members(service, structure, |_| true, fields)),
        (View::List(items), Kind::List(item)) => N::list(items.into_iter().map(|each| value(service, item, each)).collect()),
        (View::Map(entries), Kind::Map(pair)) => {
            let pairs = entries
                .into_iter()
                .map(|(key, each)| (key.to_owned(), value(service, &pair.1, each)));
            N::object(pairs.collect())
        }
        (view, _) => N::scalar(view, text::timestamp_format(service, reference, TimestampFormat::Unix)),
    }
}

/// The bytes of a CBOR tree.
pub(crate) fn cbor_bytes(tree: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    if ciborium::into_writer(tree, &mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}
