//! Members that stand in the head of a REST request: labels of the path, query parameters, headers.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_model::Scalar;
use tierra_model::catalogue::{Kind, Location, Member, Reference, Service};

use super::source::{NotThis, Source, Use};
use crate::message::Request;
use crate::text;

/// A value in the head.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    /// A label or a header: a list stands in one text, separated by commas.
    Text(String),
    /// A query parameter: a list stands in several.
    Texts(Vec<String>),
    /// Headers with a prefix, or all parameters.
    Pairs(Vec<(String, Words)>),
}

impl Words {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Texts(texts) => texts.first().map_or("", String::as_str),
            Self::Pairs(_) => "",
        }
    }
}

impl Source<'static> for Words {
    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'static>, NotThis> {
        let text = self.text().to_owned();
        let decoded = match at.reference.traits.json_text && at.reference.traits.location == Location::Header {
            true => STANDARD.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok()),
            false => None,
        };
        let kind = &at.service.shape(at.reference.shape).kind;
        let read = text::parse(kind, Cow::Owned(decoded.unwrap_or_else(|| text.clone())));
        read.ok_or(NotThis {
            found: "STRING_VALUE",
            text: Some(text),
        })
    }

    fn items(&self, at: Use<'_>, item: &Reference) -> Result<Vec<Self>, NotThis> {
        let dates = matches!(at.service.shape(item.shape).kind, Kind::Timestamp);
        Ok(match self {
            Self::Text(text) => split(text, dates).into_iter().map(Self::Text).collect(),
            Self::Texts(texts) => texts.iter().cloned().map(Self::Text).collect(),
            Self::Pairs(_) => Vec::new(),
        })
    }

    fn entries(&self, _: Use<'_>, _: &Reference, _: &Reference) -> Result<Vec<(Cow<'static, str>, Self)>, NotThis> {
        let Self::Pairs(pairs) = self else { return Ok(Vec::new()) };
        Ok(pairs.iter().map(|(key, value)| (Cow::Owned(key.clone()), value.clone())).collect())
    }
}

/// A body that is one member, as it is.
#[derive(Clone)]
pub(crate) struct Bytes<'s>(pub &'s [u8]);

impl<'s> Source<'s> for Bytes<'s> {
    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'s>, NotThis> {
        match at.service.shape(at.reference.shape).kind {
            Kind::Blob => Ok(Scalar::Blob(self.0.into())),
            _ => std::str::from_utf8(self.0)
                .map(|text| Scalar::Text(text.into()))
                .map_err(|_| NotThis {
                    found: "BINARY_VALUE",
                    text: None,
                }),
        }
    }
}

/// The values of a header's list. Quoted values may hold commas; an HTTP date always does.
fn split(text: &str, dates: bool) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut chars = text.chars();
    let mut quoted = false;
    while let (Some(c), Some(last)) = (chars.next(), values.last_mut()) {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => last.extend(chars.next()),
            ',' if !(quoted || dates && is_weekday(last)) => values.push(String::new()),
            _ => last.push(c),
        }
    }
    values.into_iter().map(|value| value.trim().to_owned()).collect()
}

/// Whether what precedes a comma is the first part of an HTTP date.
fn is_weekday(text: &str) -> bool {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&text.trim())
}

/// The head of one request, read once.
pub(crate) struct Head<'a> {
    request: &'a Request<'a>,
    labels: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl<'a> Head<'a> {
    /// The head of `request`, whose path holds these labels.
    pub(crate) fn new(request: &'a Request<'a>, labels: Vec<(String, String)>) -> Self {
        Self {
            request,
            labels,
            query: request.query(),
        }
    }

    /// The member's value, where it is there.
    pub(crate) fn member(&self, service: &Service, member: &Member) -> Option<Words> {
        let name = wire_name(member);
        match member.reference.traits.location {
            Location::Uri => self
                .labels
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| Words::Text(value.clone())),
            Location::Header => self.header(name),
            Location::Headers => Some(self.headers(name)).filter(|found| matches!(found, Words::Pairs(pairs) if !pairs.is_empty())),
            Location::Query if matches!(service.shape(member.reference.shape).kind, Kind::Map(_)) => self.parameters(),
            Location::Query => self.parameter(name),
            Location::Body | Location::Status => None,
        }
    }

    fn header(&self, name: &str) -> Option<Words> {
        let name = name.to_ascii_lowercase();
        let mut values = self
            .request
            .head
            .headers
            .iter()
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str());
        let first = values.next()?.to_owned();
        Some(Words::Text(values.fold(first, |all, value| format!("{all},{value}"))))
    }

    fn headers(&self, prefix: &str) -> Words {
        let prefix = prefix.to_ascii_lowercase();
        let named = self
            .request
            .head
            .headers
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?, value)));
        Words::Pairs(named.map(|(key, value)| (key.to_owned(), Words::Text(value.clone()))).collect())
    }

    fn parameter(&self, name: &str) -> Option<Words> {
        let values: Vec<String> = self
            .query
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .collect();
        (!values.is_empty()).then_some(Words::Texts(values))
    }

    /// All of them: Smithy's servers put those that other members name into the map too.
    fn parameters(&self) -> Option<Words> {
        let mut pairs: Vec<(String, Words)> = Vec::new();
        for (key, value) in &self.query {
            match pairs.iter_mut().find(|(known, _)| known == key) {
                Some((_, Words::Texts(values))) => values.push(value.clone()),
                _ => pairs.push((key.clone(), Words::Texts(vec![value.clone()]))),
            }
        }
        (!pairs.is_empty()).then_some(Words::Pairs(pairs))
    }
}

fn wire_name(member: &Member) -> &str {
    member.reference.traits.location_name.as_deref().unwrap_or(&member.name)
}
