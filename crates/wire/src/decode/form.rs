//! The query protocols' bodies: `A.1.B=x` as a tree. AWS's services take a list as `A.N`, `A.member.N` or `A.NAME.N`; so does this.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tierra_model::Scalar;
use tierra_model::catalogue::{Kind, Member, Reference, Service};

use super::source::{NotThis, Source, Use};
use crate::text;

/// How deep keys may go.
const MAX_DEPTH: usize = 32;

/// How many pairs a form may hold.
const MAX_PAIRS: usize = 20_000;

/// The parameters that belong to the protocol, not to the operation.
const ENVELOPE: &[&str] = &[
    "Action",
    "Version",
    "AWSAccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "SecurityToken",
    "Timestamp",
    "Expires",
];

/// A form, as the tree that its keys' dots describe.
#[derive(Debug, Default)]
pub(crate) struct Form {
    value: Option<String>,
    children: BTreeMap<String, Form>,
}

impl Form {
    /// Builds the tree; `None` where a bound is passed.
    pub(crate) fn parse(pairs: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let mut root = Self::default();
        for (count, (key, value)) in pairs.enumerate() {
            if count >= MAX_PAIRS || key.split('.').count() > MAX_DEPTH {
                return None;
            }
            if !ENVELOPE.contains(&key.as_str()) && !key.starts_with("X-Amz-") {
                let place = key
                    .split('.')
                    .fold(&mut root, |node, step| node.children.entry(step.to_owned()).or_default());
                place.value = Some(value);
            }
        }
        Some(root)
    }

    /// Whether nothing but an empty value stands here: how clients send an empty list.
    fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The children under numbers, in the numbers' order.
    fn numbered(&self) -> Vec<&Self> {
        let mut found: Vec<(u64, &Self)> = self
            .children
            .iter()
            .filter_map(|(key, child)| Some((key.parse().ok()?, child)))
            .collect();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, child)| child).collect()
    }

    /// The items of a list: under this node, or under the one word between.
    fn list(&self, words: [&str; 2]) -> Vec<&Self> {
        let between = words
            .iter()
            .filter_map(|word| self.children.get(*word))
            .find(|child| !child.numbered().is_empty());
        between.unwrap_or(self).numbered()
    }
}

/// The names under which a member may stand. EC2's are capitalised.
fn names(service: &Service, member: &Member) -> [Option<Cow<'static, str>>; 3] {
    let traits = &member.reference.traits;
    let own = |name: &str| Some(Cow::Owned(name.to_owned()));
    let written = traits.location_name.as_deref().unwrap_or(&member.name);
    let item = match &service.shape(member.reference.shape).kind {
        Kind::List(item) => item.traits.location_name.as_deref().and_then(own),
        _ => None,
    };
    match &traits.query_name {
        Some(name) => [own(name), None, item],
        None => [own(written), Some(Cow::Owned(capitalised(written))), item],
    }
}

pub(crate) fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl<'s> Source<'s> for &'s Form {
    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'s>, NotThis> {
        let value = self.value.as_deref().ok_or(NotThis {
            found: "Start of structure or map",
            text: None,
        })?;
        text::parse(&at.service.shape(at.reference.shape).kind, value.into()).ok_or_else(|| NotThis {
            found: "STRING_VALUE",
            text: Some(value.to_owned()),
        })
    }

    fn member(&self, service: &Service, member: &Member) -> Option<Self> {
        names(service, member)
            .into_iter()
            .flatten()
            .find_map(|name| self.children.get(&*name))
    }

    fn items(&self, _: Use<'_>, item: &Reference) -> Result<Vec<Self>, NotThis> {
        Ok(self.list(["member", item.traits.location_name.as_deref().unwrap_or("member")]))
    }

    fn entries(&self, _: Use<'_>, key: &Reference, value: &Reference) -> Result<Vec<(Cow<'s, str>, Self)>, NotThis> {
        let (key, value) = (name_or(key, "key"), name_or(value, "value"));
        let pair = |entry: &'s Form| Some((entry.children.get(key)?.value.as_deref()?.into(), entry.children.get(value)?));
        Ok(self.list(["entry", "entry"]).into_iter().filter_map(pair).collect())
    }

    fn structure(&self) -> Result<(), NotThis> {
        match &self.value {
            Some(text) if !text.is_empty() && self.is_empty() => Err(NotThis {
                found: "STRING_VALUE",
                text: Some(text.clone()),
            }),
            _ => Ok(()),
        }
    }

    fn names(&self) -> Vec<String> {
        self.children.keys().cloned().collect()
    }

    fn is_name(&self, name: &str, service: &Service, member: &Member) -> bool {
        names(service, member).into_iter().flatten().any(|known| known == name)
    }
}

fn name_or<'a>(reference: &'a Reference, default: &'a str) -> &'a str {
    reference.traits.location_name.as_deref().unwrap_or(default)
}
