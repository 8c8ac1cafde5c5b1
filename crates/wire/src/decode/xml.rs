//! XML bodies as a tree of elements, and as a source.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use tierra_model::Scalar;
use tierra_model::catalogue::{Kind, Member, Reference, Service};

use super::source::{NotThis, Source, Use};
use crate::text;

/// How deep elements may nest.
const MAX_DEPTH: usize = 64;

/// An element. Prefixes are dropped: AWS's services do not tell namespaces apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its local name.
    pub name: String,
    /// Attributes, with their prefixes.
    pub attributes: Vec<(String, String)>,
    /// Elements in it.
    pub children: Vec<Element>,
    /// Text in it, without markup.
    pub text: String,
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(_) if open.len() > MAX_DEPTH => return Err(format!("elements nest deeper than {MAX_DEPTH}")),
                Event::Start(start) => open.push(Self::opened(&start)?),
                Event::Empty(start) => close(&mut open, Self::opened(&start)?),
                Event::End(_) => {
                    let element = open.pop().unwrap_or_default();
                    close(&mut open, element);
                }
                Event::Text(text) => append(&mut open, &text),
                Event::CData(data) => append(&mut open, &data),
                Event::GeneralRef(name) => append(&mut open, &unescaped(&format!("&{};", &*name))?),
                Event::Eof => break,
                Event::DocType(_) => return Err("a document type is not allowed".to_owned()),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        let root = open.pop().unwrap_or_default();
        root.children.into_iter().next().ok_or_else(|| "there is no element".to_owned())
    }

    fn opened(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut element = Self {
            name: start.local_name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let key: &str = attribute.key.as_ref();
            element.attributes.push((key.to_owned(), unescaped(&attribute.value)?));
        }
        Ok(element)
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn close(open: &mut [Element], element: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    let text = quick_xml::escape::unescape(text).map_err(|error| error.to_string())?;
    Ok(text.into_owned())
}

/// A value in an XML body.
#[derive(Clone, Debug)]
pub(crate) enum Xml<'s> {
    /// An element.
    One(&'s Element),
    /// The elements of a flattened list or map, which have no parent of their own.
    Many(Vec<&'s Element>),
    /// An attribute's value.
    Attribute(&'s str),
}

impl<'s> Xml<'s> {
    fn text(&self) -> &'s str {
        match self {
            Self::One(element) => &element.text,
            Self::Many(elements) => elements.first().map_or("", |element| &element.text),
            Self::Attribute(text) => text,
        }
    }

    fn elements(&self, name: &str) -> Vec<&'s Element> {
        match self {
            Self::One(element) => element.children.iter().filter(|child| child.name == name).collect(),
            Self::Many(elements) => elements.clone(),
            Self::Attribute(_) => Vec::new(),
        }
    }
}

/// Whether a list or map has no element of its own.
pub(crate) fn is_flat(service: &Service, reference: &Reference) -> bool {
    reference.traits.flattened || service.shape(reference.shape).traits.flattened
}

/// The local part of a name.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl<'s> Source<'s> for Xml<'s> {
    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'s>, NotThis> {
        let text = self.text();
        text::parse(&at.service.shape(at.reference.shape).kind, text.into()).ok_or_else(|| NotThis {
            found: "STRING_VALUE",
            text: Some(text.to_owned()),
        })
    }

    fn member(&self, service: &Service, member: &Member) -> Option<Self> {
        let Self::One(element) = self else { return None };
        let traits = &member.reference.traits;
        let name = traits.location_name.as_deref().unwrap_or(&member.name);
        if traits.attribute {
            let found = element.attributes.iter().find(|(key, _)| key == name);
            return found.map(|(_, value)| Xml::Attribute(value));
        }
        let mut named = names(service, member).into_iter().flatten();
        if !is_flat(service, &member.reference) {
            return named.next().and_then(|name| element.child(name)).map(Xml::One);
        }
        named.map(|name| self.elements(name)).find(|found| !found.is_empty()).map(Xml::Many)
    }

    fn items(&self, _: Use<'_>, item: &Reference) -> Result<Vec<Self>, NotThis> {
        let name = item.traits.location_name.as_deref().unwrap_or("member");
        Ok(self.elements(local(name)).into_iter().map(Xml::One).collect())
    }

    fn entries(&self, _: Use<'_>, key: &Reference, value: &Reference) -> Result<Vec<(Cow<'s, str>, Self)>, NotThis> {
        let key = key.traits.location_name.as_deref().unwrap_or("key");
        let value = value.traits.location_name.as_deref().unwrap_or("value");
        let pair = |entry: &'s Element| Some((entry.child(key)?.text.as_str().into(), Xml::One(entry.child(value)?)));
        Ok(self.elements("entry").into_iter().filter_map(pair).collect())
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::One(element) => element.children.iter().map(|child| child.name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    fn is_name(&self, name: &str, service: &Service, member: &Member) -> bool {
        names(service, member).into_iter().flatten().any(|known| known == name)
    }
}

/// The elements' names under which a member may stand: a flattened list's items may lend theirs.
fn names<'m>(service: &'m Service, member: &'m Member) -> [Option<&'m str>; 2] {
    let traits = &member.reference.traits;
    let name = Some(local(traits.location_name.as_deref().unwrap_or(&member.name)));
    match &service.shape(member.reference.shape).kind {
        Kind::List(item) if is_flat(service, &member.reference) => [name, item.traits.location_name.as_deref().map(local)],
        _ => [name, None],
    }
}
