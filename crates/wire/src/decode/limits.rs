//! The limits that a model puts on values, and AWS's sentences about breaking them.

use tierra_model::catalogue::{Limits, Name};
use tierra_model::{Scalar, pattern};

use super::path::Place;

/// A limit that a value breaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// It must be there.
    Required,
    /// It must be one of these words.
    Words(Vec<Name>),
    /// It must be at least this long.
    MinLength(f64),
    /// It must be at most this long.
    MaxLength(f64),
    /// It must be at least this.
    Min(f64),
    /// It must be at most this.
    Max(f64),
    /// The whole of it must be what this regular expression says.
    Pattern(Name),
}

impl Limit {
    /// AWS's words for what must hold.
    pub fn sentence(&self) -> String {
        match self {
            Self::Required => "Member must not be null".to_owned(),
            Self::Words(words) => format!("Member must satisfy enum value set: [{}]", words.join(", ")),
            Self::MinLength(min) => format!("Member must have length greater than or equal to {min}"),
            Self::MaxLength(max) => format!("Member must have length less than or equal to {max}"),
            Self::Min(min) => format!("Member must have value greater than or equal to {min}"),
            Self::Max(max) => format!("Member must have value less than or equal to {max}"),
            Self::Pattern(pattern) => format!("Member must satisfy regular expression pattern: {pattern}"),
        }
    }
}

/// A value that breaks a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where.
    pub place: Place,
    /// The value, as a message may show it; `None` where it is absent.
    pub value: Option<String>,
    /// Which limit.
    pub limit: Limit,
    /// Whether the value is an item of a list, which AWS words in its own way.
    pub in_list: bool,
}

impl Violation {
    /// AWS's sentence: `Value null at 'name' failed to satisfy constraint: Member must not be null`.
    pub fn sentence(&self) -> String {
        let limit = self.limit.sentence();
        match (&self.value, self.in_list) {
            (Some(value), true) => {
                let list = self
                    .place
                    .spoken
                    .trim_end_matches(".member")
                    .trim_end_matches(|c: char| c.is_ascii_digit());
                let list = list.trim_end_matches('.');
                format!("Value '[{value}]' at '{list}' failed to satisfy constraint: Member must satisfy constraint: [{limit}]")
            }
            (Some(value), false) => format!("Value '{value}' at '{}' failed to satisfy constraint: {limit}", self.place.spoken),
            (None, _) => format!("Value null at '{}' failed to satisfy constraint: {limit}", self.place.spoken),
        }
    }
}

/// The first limit that a scalar breaks, and the scalar as a message shows it.
pub(crate) fn broken(limits: &Limits, scalar: &Scalar<'_>) -> Option<(Limit, String)> {
    match scalar {
        Scalar::Text(text) if !limits.words.is_empty() => {
            let known = limits.words.iter().any(|word| **word == **text);
            (!known).then(|| (Limit::Words(limits.words.clone()), text.to_string()))
        }
        Scalar::Text(text) => length(limits, text.chars().count())
            .or_else(|| unlike(limits, text))
            .map(|limit| (limit, text.to_string())),
        Scalar::Blob(bytes) => length(limits, bytes.len()).map(|limit| (limit, "java.nio.HeapByteBuffer".to_owned())),
        Scalar::Int(n) => size(limits, *n as f64).map(|limit| (limit, n.to_string())),
        Scalar::Float(f) => size(limits, *f).map(|limit| (limit, f.to_string())),
        Scalar::Bool(_) | Scalar::Time(_) | Scalar::Document(_) => None,
    }
}

/// The limit that a length breaks.
pub(crate) fn length(limits: &Limits, length: usize) -> Option<Limit> {
    let length = length as f64;
    match limits {
        Limits { min: Some(min), .. } if length < *min => Some(Limit::MinLength(*min)),
        Limits { max: Some(max), .. } if length > *max => Some(Limit::MaxLength(*max)),
        _ => None,
    }
}

/// The pattern that a text is unlike. One that Rust does not understand (a half of a surrogate pair) holds nobody up.
fn unlike(limits: &Limits, text: &str) -> Option<Limit> {
    let pattern = limits.pattern.as_ref()?;
    (pattern::matches_whole_kept(pattern, text) == Some(false)).then(|| Limit::Pattern(pattern.clone()))
}

fn size(limits: &Limits, size: f64) -> Option<Limit> {
    match limits {
        Limits { min: Some(min), .. } if size < *min => Some(Limit::Min(*min)),
        Limits { max: Some(max), .. } if size > *max => Some(Limit::Max(*max)),
        _ => None,
    }
}
