//! The answers of AWS's query protocols, read into a small tree: what the tool needs of CloudFormation and EC2.

use anyhow::{Result, bail};
use quick_xml::Reader;
use quick_xml::events::Event;

/// How deep an answer may nest.
const MAX_DEPTH: usize = 64;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without prefix.
    pub name: String,
    /// The text in it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    /// Where it is no XML, or nests too deep.
    pub fn parse(text: &str) -> Result<Self> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event()? {
                Event::Start(tag) if open.len() < MAX_DEPTH => open.push(Self::named(tag.local_name().as_ref())),
                Event::Start(_) => bail!("the answer nests too deep"),
                Event::Empty(tag) => add(&mut open, Self::named(tag.local_name().as_ref())),
                Event::End(_) => {
                    if let Some(done) = open.pop() {
                        add(&mut open, done);
                    }
                }
                Event::Text(text) => append(&mut open, &text),
                Event::GeneralRef(name) => append(&mut open, &resolved(&name)),
                Event::CData(text) => append(&mut open, &text),
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(open
            .into_iter()
            .next()
            .and_then(|root| root.children.into_iter().next())
            .unwrap_or_default())
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The first element below this one, at any depth, of this name.
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.children
            .iter()
            .find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    /// The elements directly in the list of this name (`member` or `item` each).
    pub fn list(&self, name: &str) -> &[Self] {
        self.find(name).map_or(&[], |list| &list.children)
    }

    /// The text of a direct child; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.children
            .iter()
            .find(|child| child.name == name)
            .map_or("", |child| child.text.as_str())
    }
}

fn add(open: &mut [Element], done: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(done);
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The character that a reference means.
fn resolved(name: &str) -> String {
    let number = name
        .strip_prefix("#x")
        .map(|hex| u32::from_str_radix(hex, 16))
        .or_else(|| name.strip_prefix('#').map(str::parse));
    match (number, quick_xml::escape::resolve_predefined_entity(name)) {
        (Some(Ok(code)), _) => char::from_u32(code).map(String::from).unwrap_or_default(),
        (_, Some(text)) => text.to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let text = "<?xml version=\"1.0\"?>\n<R xmlns=\"urn:x\"><Outputs><member><Key>Url</Key><Value>a &amp; b&#10;</Value></member><member/></Outputs></R>";
        let root = Element::parse(text).expect("xml");
        let outputs = root.list("Outputs");
        assert_eq!((root.name.as_str(), outputs.len()), ("R", 2));
        assert_eq!((outputs[0].get("Key"), outputs[0].get("Value")), ("Url", "a & b\n"));
    }
}
