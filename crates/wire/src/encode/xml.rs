//! Typed values as XML, written straight into text.

use std::borrow::Cow;

use quick_xml::escape::escape;
use tierra_model::catalogue::{Kind, Member, Namespace, Reference, Service, Structure, TimestampFormat};
use tierra_model::{Fields, Shape, View};

use crate::decode::xml::is_flat;
use crate::text;

/// Writes one document.
pub(crate) struct Writer<'m> {
    service: &'m Service,
    out: String,
}

impl<'m> Writer<'m> {
    pub(crate) fn new(service: &'m Service) -> Self {
        Self {
            service,
            out: String::with_capacity(1024),
        }
    }

    /// The document's text.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// The declaration that EC2's and S3's answers open with.
    pub(crate) fn declaration(&mut self) {
        self.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }

    /// An element around what `inside` writes.
    pub(crate) fn element(&mut self, name: &str, namespace: Option<&str>, inside: impl FnOnce(&mut Self)) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(uri) = namespace {
            self.attribute("xmlns", uri);
        }
        self.close(name, inside);
    }

    /// An element with text.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, None, |writer| writer.text(text));
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(&escape(text));
    }

    fn attribute(&mut self, name: &str, value: &str) {
        for part in [" ", name, "=\"", &escape(value), "\""] {
            self.out.push_str(part);
        }
    }

    /// Ends an opened tag, with what is in the element; an empty one closes itself.
    fn close(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.out.push('>');
        let before = self.out.len();
        inside(self);
        if self.out.len() == before {
            self.out.pop();
            self.out.push_str("/>");
            return;
        }
        for part in ["</", name, ">"] {
            self.out.push_str(part);
        }
    }

    /// The members that `select` chooses, each as its element.
    pub(crate) fn members(&mut self, structure: &Structure, select: impl Fn(&Member) -> bool, fields: &dyn Fields) {
        for member in structure
            .members
            .iter()
            .filter(|member| select(member) && !member.reference.traits.attribute)
        {
            if let Some(field) = fields.field(&member.name) {
                self.value(wire_name(member), &member.reference, field);
            }
        }
    }

    /// A value as an element of this name; nothing where it is absent.
    pub(crate) fn value(&mut self, name: &str, reference: &Reference, value: &dyn Shape) {
        let shape = self.service.shape(reference.shape);
        match (value.view(), &shape.kind) {
            (View::Absent, _) => {}
            (View::Struct(fields), Kind::Structure(structure)) => {
                self.open(name, reference);
                self.attributes(structure, fields);
                self.close(name, |writer| writer.members(structure, |_| true, fields));
            }
            (View::List(items), Kind::List(item)) if is_flat(self.service, reference) => {
                items.into_iter().for_each(|value| self.value(name, item, value));
            }
            (View::List(items), Kind::List(item)) => {
                let each = item.traits.location_name.as_deref().unwrap_or("member");
                self.open(name, reference);
                self.close(name, |writer| items.into_iter().for_each(|value| writer.value(each, item, value)));
            }
            (View::Map(entries), Kind::Map(pair)) if is_flat(self.service, reference) => {
                entries
                    .into_iter()
                    .for_each(|(key, value)| self.entry((name, Some(reference)), pair, key, value));
            }
            (View::Map(entries), Kind::Map(pair)) => {
                self.open(name, reference);
                let each = |writer: &mut Self| {
                    entries
                        .into_iter()
                        .for_each(|(key, value)| writer.entry(("entry", None), pair, key, value))
                };
                self.close(name, each);
            }
            (view, _) => {
                let format = text::timestamp_format(self.service, reference, TimestampFormat::Iso8601);
                let Some(text) = text::write(view, format) else { return };
                let text = self.with_millis(text, value);
                self.open(name, reference);
                self.close(name, |writer| writer.text(&text));
            }
        }
    }

    /// EC2 always writes milliseconds.
    fn with_millis<'t>(&self, text: Cow<'t, str>, value: &dyn Shape) -> Cow<'t, str> {
        match value.view() {
            View::Time(time) if &*self.service.metadata.name == "ec2" => Cow::Owned(time.to_string()),
            _ => text,
        }
    }

    fn entry(
        &mut self,
        (name, reference): (&str, Option<&Reference>),
        (key, value): &(Reference, Reference),
        name_of: &str,
        item: &dyn Shape,
    ) {
        match reference {
            Some(reference) => self.open(name, reference),
            None => {
                self.out.push('<');
                self.out.push_str(name);
            }
        }
        self.close(name, |writer| {
            let key_name = key.traits.location_name.as_deref().unwrap_or("key");
            writer.open(key_name, key);
            writer.close(key_name, |writer| writer.text(name_of));
            writer.value(value.traits.location_name.as_deref().unwrap_or("value"), value, item);
        });
    }

    /// A tag, opened but not ended, with its namespace.
    pub(crate) fn open(&mut self, name: &str, reference: &Reference) {
        self.out.push('<');
        self.out.push_str(name);
        // A shape's own namespace is for roots; one with a prefix is needed wherever attributes use the prefix.
        let shape = self.service.shape(reference.shape).traits.namespace.as_deref();
        let prefixed = shape.filter(|namespace| namespace.prefix.is_some());
        if let Some(namespace) = reference.traits.namespace.as_deref().or(prefixed) {
            self.namespace(namespace);
        }
    }

    /// A document's root: its namespace may stand with the shape, and attributes belong to it.
    pub(crate) fn root(
        &mut self,
        name: &str,
        namespace: Option<&Namespace>,
        structure: &Structure,
        select: impl Fn(&Member) -> bool,
        fields: &dyn Fields,
    ) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(namespace) = namespace {
            self.namespace(namespace);
        }
        self.attributes(structure, fields);
        self.close(name, |writer| writer.members(structure, select, fields));
    }

    fn namespace(&mut self, namespace: &Namespace) {
        match &namespace.prefix {
            Some(prefix) => self.attribute(&format!("xmlns:{prefix}"), &namespace.uri),
            None => self.attribute("xmlns", &namespace.uri),
        }
    }

    fn attributes(&mut self, structure: &Structure, fields: &dyn Fields) {
        for member in structure.members.iter().filter(|member| member.reference.traits.attribute) {
            let text = fields
                .field(&member.name)
                .and_then(|field| text::write(field.view(), TimestampFormat::Iso8601));
            if let Some(text) = text {
                self.attribute(wire_name(member), &text);
            }
        }
    }
}

/// The name on the wire.
pub(crate) fn wire_name(member: &Member) -> &str {
    member.reference.traits.location_name.as_deref().unwrap_or(&member.name)
}
