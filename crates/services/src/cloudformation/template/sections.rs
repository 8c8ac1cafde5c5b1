//! The sections of a template. Follows the user guide's "CloudFormation template sections" and its quotas.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::expression::Expr;
use super::node::{Entry, Node, NodeValue, Span};
use super::{Parameter, Resource, Rule, Template};

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
];
const VERSION: &str = "2010-09-09";
/// The one transform that needs no Lambda function.
pub const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";
/// Quotas.
const DESCRIPTION_BYTES: usize = 1024;
const PARAMETERS: usize = 200;
const MAPPINGS: usize = 200;
const RESOURCES: usize = 500;
const OUTPUTS: usize = 200;

/// One output.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// `Value`
    pub value: Expr,
    /// `Export.Name`
    pub export: Option<Expr>,
    /// `Condition`
    pub condition: Option<String>,
    /// `Description`
    pub description: Option<String>,
    /// Where its name stands.
    pub span: Span,
}

type Found<T> = Result<T, Diagnostic>;

/// Takes the tree apart.
///
/// # Errors
/// Every malformed part.
pub fn read(root: &Node) -> Result<Template, Vec<Diagnostic>> {
    let entries = root
        .as_map()
        .ok_or_else(|| vec![Diagnostic::new("Template format error: unsupported structure.", root.span)])?;
    let mut reader = Reader::default();
    reader.unknown_sections(entries, root.span);
    for entry in entries {
        reader.section(entry);
    }
    if reader.mistakes.is_empty() && reader.template.resources.is_empty() {
        let message = "Template format error: At least one Resources member must be defined.";
        reader.mistakes.push(Diagnostic::new(message, root.span));
    }
    if reader.mistakes.is_empty() {
        Ok(reader.template)
    } else {
        Err(reader.mistakes)
    }
}

#[derive(Default)]
struct Reader {
    template: Template,
    mistakes: Vec<Diagnostic>,
}

impl Reader {
    fn unknown_sections(&mut self, entries: &[Entry], root: Span) {
        let unknown: Vec<&Entry> = entries.iter().filter(|entry| !SECTIONS.contains(&entry.key.as_str())).collect();
        let Some(first) = unknown.first() else { return };
        let names: Vec<&str> = unknown.iter().map(|entry| entry.key.as_str()).collect();
        let message = format!("Invalid template property or properties [{}]", names.join(", "));
        let span = if first.key_span == Span::default() { root } else { first.key_span };
        self.mistakes.push(
            Diagnostic::new(message, span)
                .label("no section of this name")
                .suggest(&first.key, SECTIONS),
        );
    }

    fn section(&mut self, entry: &Entry) {
        let node = &entry.value;
        match entry.key.as_str() {
            "AWSTemplateFormatVersion" => self.version(node),
            "Description" => self.template.description = self.keep(description(node)),
            "Metadata" => self.template.metadata = Some(node.to_json()),
            "Transform" => self.template.transforms = self.keep(transforms(node)).unwrap_or_default(),
            "Parameters" => self.template.parameters = self.named(entry, PARAMETERS, Parameter::read),
            "Mappings" => self.template.mappings = self.named(entry, MAPPINGS, |_, node| mapping(node)),
            "Conditions" => self.template.conditions = self.named(entry, usize::MAX, |_, node| Expr::compile(node)),
            "Rules" => self.template.rules = self.named(entry, usize::MAX, |_, node| Rule::read(node)),
            "Resources" => self.template.resources = self.named(entry, RESOURCES, Resource::read),
            "Outputs" => self.template.outputs = self.named(entry, OUTPUTS, output),
            _ => {}
        }
    }

    fn keep<T>(&mut self, found: Found<T>) -> Option<T> {
        found.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }

    fn version(&mut self, node: &Node) {
        let text = node.scalar_text().unwrap_or_default();
        if text != VERSION {
            let message = format!("Template format error: {text} is not a supported value for AWSTemplateFormatVersion.");
            self.mistakes
                .push(Diagnostic::new(message, node.span).help(format!("the only version is '{VERSION}'")));
        }
    }

    /// A section of named things.
    fn named<T>(&mut self, section: &Entry, limit: usize, read: impl Fn(&Entry, &Node) -> Found<T>) -> BTreeMap<String, T> {
        let Some(entries) = section.value.as_map() else {
            if section.value.value != NodeValue::Scalar(Value::Null) {
                let message = format!("Template format error: {} must be an object", section.key);
                self.mistakes.push(Diagnostic::new(message, section.value.span));
            }
            return BTreeMap::new();
        };
        if entries.len() > limit {
            let message = format!(
                "Template format error: Number of {}, {}, is greater than maximum allowed, {limit}",
                section.key.to_lowercase(),
                entries.len()
            );
            self.mistakes.push(Diagnostic::new(message, section.key_span));
        }
        let mut things = BTreeMap::new();
        for entry in entries {
            let found = logical_id(section, entry)
                .and_then(|()| no_nulls(&format!("/{}/{}", section.key, entry.key), &entry.value))
                .and_then(|()| read(entry, &entry.value));
            if let Some(thing) = self.keep(found) {
                things.insert(entry.key.clone(), thing);
            }
        }
        things
    }
}

fn logical_id(section: &Entry, entry: &Entry) -> Found<()> {
    if section.key == "Mappings" || (!entry.key.is_empty() && entry.key.chars().all(|c| c.is_ascii_alphanumeric())) {
        return Ok(());
    }
    let message = format!(
        "Template format error: {} name {} is non alphanumeric.",
        section.key.trim_end_matches('s'),
        entry.key
    );
    Err(Diagnostic::new(message, entry.key_span))
}

fn no_nulls(path: &str, node: &Node) -> Found<()> {
    match &node.value {
        NodeValue::Scalar(Value::Null) => {
            let message = format!("Template format error: [{path}] 'null' values are not allowed in templates");
            Err(Diagnostic::new(message, node.span))
        }
        NodeValue::Scalar(_) => Ok(()),
        NodeValue::List(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| no_nulls(&format!("{path}/{at}"), item)),
        NodeValue::Map(entries) => entries.iter().try_for_each(|entry| {
            let place = if entry.value.span.start == entry.value.span.end {
                entry.key_span
            } else {
                entry.value.span
            };
            no_nulls(&format!("{path}/{}", entry.key), &entry.value).map_err(|mut mistake| {
                if mistake.span == entry.value.span {
                    mistake.span = place;
                }
                mistake
            })
        }),
    }
}

fn description(node: &Node) -> Found<String> {
    let text = node
        .as_str()
        .ok_or_else(|| Diagnostic::new("Template format error: Description member must be a string.", node.span))?;
    if text.len() > DESCRIPTION_BYTES {
        let message = format!("Template format error: 'Description' length is greater than {DESCRIPTION_BYTES}.");
        return Err(Diagnostic::new(message, node.span));
    }
    Ok(text.to_owned())
}

fn transforms(node: &Node) -> Found<Vec<String>> {
    let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
    nodes
        .iter()
        .map(|node| match node.as_str() {
            Some(LANGUAGE_EXTENSIONS) => Ok(LANGUAGE_EXTENSIONS.to_owned()),
            Some(name) => {
                let message = format!("Transform {name} is not built: macros need Lambda functions");
                Err(Diagnostic::new(message, node.span).help(format!("{LANGUAGE_EXTENSIONS} is the one transform that is built")))
            }
            None => Err(Diagnostic::new(
                "Template format error: Transform must be a string or a list of strings",
                node.span,
            )),
        })
        .collect()
}

fn mapping(node: &Node) -> Found<BTreeMap<String, BTreeMap<String, Value>>> {
    let refuse = |node: &Node| {
        Diagnostic::new(
            "Template format error: Every Mappings attribute must be a String or a List.",
            node.span,
        )
    };
    let mut tops = BTreeMap::new();
    for top in node
        .as_map()
        .ok_or_else(|| Diagnostic::new("Template format error: Every Mappings member must be a map", node.span))?
    {
        let mut seconds = BTreeMap::new();
        for second in top.value.as_map().ok_or_else(|| refuse(&top.value))? {
            if second.value.as_map().is_some() {
                return Err(refuse(&second.value));
            }
            seconds.insert(second.key.clone(), second.value.to_json());
        }
        tops.insert(top.key.clone(), seconds);
    }
    Ok(tops)
}

fn output(entry: &Entry, node: &Node) -> Found<Output> {
    const MEMBERS: [&str; 4] = ["Value", "Export", "Condition", "Description"];
    for member in node
        .as_map()
        .ok_or_else(|| Diagnostic::new("Template format error: Every Outputs member must contain a Value object", node.span))?
    {
        if !MEMBERS.contains(&member.key.as_str()) {
            let message = format!("Invalid template output property '{}'", member.key);
            return Err(Diagnostic::new(message, member.key_span).suggest(&member.key, MEMBERS));
        }
    }
    let value = node.get("Value").ok_or_else(|| {
        Diagnostic::new(
            "Template format error: Every Outputs member must contain a Value object",
            entry.key_span,
        )
    })?;
    if value.as_list().is_some() {
        let message = format!(
            "Template format error: The Value field of every Outputs member must evaluate to a String ({})",
            entry.key
        );
        return Err(Diagnostic::new(message, value.span));
    }
    Ok(Output {
        value: Expr::compile(value)?,
        export: node.get("Export").map(export).transpose()?,
        condition: text_member(node, "Condition")?,
        description: text_member(node, "Description")?,
        span: entry.key_span,
    })
}

fn export(node: &Node) -> Found<Expr> {
    let refuse = || {
        Diagnostic::new(
            "Template format error: Output Export must contain a Name and nothing else",
            node.span,
        )
    };
    match node.as_map() {
        Some([only]) if only.key == "Name" => Expr::compile(&only.value),
        _ => Err(refuse()),
    }
}

/// A member that must be text where it is there.
pub fn text_member(node: &Node, name: &str) -> Found<Option<String>> {
    let refuse = |value: &Node| Diagnostic::new(format!("Template format error: Every {name} member must be a string."), value.span);
    node.get(name)
        .map(|value| value.scalar_text().ok_or_else(|| refuse(value)))
        .transpose()
}
