//! A value whose type is known only at run time: what tests, the console and CloudFormation hold where no struct is declared.

use std::borrow::Cow;

use crate::Timestamp;
use crate::shape::{Declared, Fields, Invalid, Kind, Scalar, Shape, View};

/// Any value of the catalogue's kinds. Structures and maps keep the order in which they were filled.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not there.
    #[default]
    Absent,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A moment.
    Time(Timestamp),
    /// Any JSON.
    Document(serde_json::Value),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Vec<(String, Value)>),
    /// A structure.
    Struct(Vec<(String, Value)>),
}

fn place<'a>(pairs: &'a mut Vec<(String, Value)>, key: &str) -> &'a mut Value {
    let at = pairs.iter().position(|(k, _)| k == key).unwrap_or_else(|| {
        pairs.push((key.to_owned(), Value::Absent));
        pairs.len() - 1
    });
    &mut pairs[at].1
}

impl Shape for Value {
    fn view(&self) -> View<'_> {
        match self {
            Self::Absent => View::Absent,
            Self::Bool(b) => View::Bool(*b),
            Self::Int(n) => View::Int(*n),
            Self::Float(f) => View::Float(*f),
            Self::Text(t) => View::Text(Cow::Borrowed(t)),
            Self::Blob(b) => View::Blob(b),
            Self::Time(t) => View::Time(*t),
            Self::Document(d) => View::Document(d),
            Self::List(items) => View::List(items.iter().map(|item| item as &dyn Shape).collect()),
            Self::Map(pairs) => View::Map(pairs.iter().map(|(key, item)| (key.as_str(), item as &dyn Shape)).collect()),
            Self::Struct(_) => View::Struct(self),
        }
    }

    fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid> {
        *self = match scalar {
            Scalar::Bool(b) => Self::Bool(b),
            Scalar::Int(n) => Self::Int(n),
            Scalar::Float(f) => Self::Float(f),
            Scalar::Text(t) => Self::Text(t.into_owned()),
            Scalar::Blob(b) => Self::Blob(b.into_owned()),
            Scalar::Time(t) => Self::Time(t),
            Scalar::Document(d) => Self::Document(d),
        };
        Ok(())
    }

    fn member(&mut self, name: &str) -> Option<&mut dyn Shape> {
        self.become_kind(Kind::Struct);
        let Self::Struct(pairs) = self else { return None };
        Some(place(pairs, name))
    }

    fn push(&mut self) -> Option<&mut dyn Shape> {
        self.become_kind(Kind::List);
        let Self::List(items) = self else { return None };
        items.push(Self::Absent);
        items.last_mut().map(|item| item as &mut dyn Shape)
    }

    fn entry(&mut self, key: &str) -> Option<&mut dyn Shape> {
        self.become_kind(Kind::Map);
        let Self::Map(pairs) = self else { return None };
        Some(place(pairs, key))
    }

    fn become_kind(&mut self, kind: Kind) {
        if matches!(self, Self::Absent) {
            *self = match kind {
                Kind::Struct => Self::Struct(Vec::new()),
                Kind::List => Self::List(Vec::new()),
                Kind::Map => Self::Map(Vec::new()),
            };
        }
    }

    fn declared() -> Declared {
        Declared::Any
    }
}

impl Fields for Value {
    fn field(&self, name: &str) -> Option<&dyn Shape> {
        let Self::Struct(pairs) = self else { return None };
        pairs.iter().find(|(key, _)| key == name).map(|(_, item)| item as &dyn Shape)
    }

    fn names(&self) -> Vec<&str> {
        let Self::Struct(pairs) = self else { return Vec::new() };
        pairs.iter().map(|(key, _)| key.as_str()).collect()
    }
}
