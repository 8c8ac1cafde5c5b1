//! What an update would do to each resource. The engine and change sets ask the same question and get the same answer.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::context::Context;
use super::expression::{Expr, Failure, Kind, Reference, Scope, evaluate};
use super::graph::Graph;
use super::schema::{self, Recreation};
use super::{Resource, Template};

tierra_model::text_enum! {
    /// What happens to a resource.
    pub enum Action {
        /// It is made.
        Add = "Add",
        /// It is changed, or made anew.
        Modify = "Modify",
        /// It is deleted.
        Remove = "Remove",
    }
}

tierra_model::text_enum! {
    /// Whether a change makes a new resource.
    pub enum Replacement {
        /// It does not.
        False = "False",
        /// It does.
        True = "True",
        /// That depends on values which are known only later.
        Conditional = "Conditional",
    }
}

/// One resource's change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The logical id.
    pub logical_id: String,
    /// The type.
    pub kind: String,
    /// What happens.
    pub action: Action,
    /// For [`Action::Modify`]: whether it is made anew.
    pub replacement: Option<Replacement>,
    /// For [`Action::Modify`]: property by property.
    pub details: Vec<Detail>,
}

/// One property's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// `Properties`, `Tags` or `Metadata`.
    pub attribute: &'static str,
    /// The property, for `Properties`.
    pub name: Option<String>,
    /// Whether changing it makes a new resource.
    pub recreation: Recreation,
    /// Whether the new value is known.
    pub is_static: bool,
    /// `DirectModification`, `ParameterReference`, `ResourceReference` or `ResourceAttribute`.
    pub source: &'static str,
    /// The parameter or resource that causes it.
    pub cause: Option<String>,
}

/// A resource as the stack has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Existing {
    /// Its type.
    pub kind: String,
    /// Its properties, as last applied.
    pub properties: Value,
    /// Its metadata.
    pub metadata: Option<Value>,
}

/// What bringing a stack from what it has to a template would do; resources that stay as they are do not appear.
pub fn changes(template: &Template, context: &Context<'_>, existing: &BTreeMap<String, Existing>) -> Vec<Change> {
    let preview = Preview {
        context,
        template,
        remade: RefCell::default(),
        modified: RefCell::default(),
    };
    let graph = Graph::of_resources(template);
    let mut changes: Vec<Change> = graph
        .order()
        .filter(|id| context.is_active(id))
        .filter_map(|id| preview.resource(id, existing.get(id)))
        .collect();
    let gone = existing.iter().filter(|(id, _)| !context.is_active(id));
    changes.extend(gone.map(|(id, existing)| Change {
        logical_id: id.clone(),
        kind: existing.kind.clone(),
        action: Action::Remove,
        replacement: None,
        details: Vec::new(),
    }));
    changes.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    changes
}

/// Whether changing these properties makes a new resource.
pub fn replaces(kind: &str, old: &Value, new: &Value) -> Recreation {
    let names: BTreeSet<&String> = [old, new].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let changed = names.into_iter().filter(|name| old.get(name.as_str()) != new.get(name.as_str()));
    changed.map(|name| recreation(kind, name)).max().unwrap_or(Recreation::Never)
}

fn recreation(kind: &str, property: &str) -> Recreation {
    schema::schema(kind).map_or(Recreation::Never, |schema| schema.recreation(property))
}

/// A context in which what is yet to be made has no values.
struct Preview<'a> {
    context: &'a Context<'a>,
    template: &'a Template,
    remade: RefCell<BTreeSet<String>>,
    modified: RefCell<BTreeSet<String>>,
}

impl Preview<'_> {
    fn resource(&self, id: &str, existing: Option<&Existing>) -> Option<Change> {
        let resource = &self.template.resources[id];
        let Some(existing) = existing else {
            self.remade.borrow_mut().insert(id.to_owned());
            return Some(self.change(id, resource, Action::Add, None, Vec::new()));
        };
        if existing.kind != resource.kind {
            self.remade.borrow_mut().insert(id.to_owned());
            return Some(self.change(id, resource, Action::Modify, Some(Replacement::True), Vec::new()));
        }
        let details = self.details(resource, existing);
        if details.is_empty() {
            return None;
        }
        let replacement = replacement(&details);
        let settled = if replacement == Replacement::False {
            &self.modified
        } else {
            &self.remade
        };
        settled.borrow_mut().insert(id.to_owned());
        Some(self.change(id, resource, Action::Modify, Some(replacement), details))
    }

    fn change(&self, id: &str, resource: &Resource, action: Action, replacement: Option<Replacement>, details: Vec<Detail>) -> Change {
        Change {
            logical_id: id.to_owned(),
            kind: resource.kind.clone(),
            action,
            replacement,
            details,
        }
    }

    fn details(&self, resource: &Resource, existing: &Existing) -> Vec<Detail> {
        let Kind::Map(members) = &resource.properties.kind else {
            return Vec::new();
        };
        let mut details: Vec<Detail> = members
            .iter()
            .filter_map(|member| self.detail(&resource.kind, &member.name, Some(&member.value), existing))
            .collect();
        let dropped = existing
            .properties
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| members.iter().all(|member| member.name != **name));
        details.extend(dropped.filter_map(|(name, _)| self.detail(&resource.kind, name, None, existing)));
        let metadata = resource
            .metadata
            .as_ref()
            .and_then(|metadata| evaluate(metadata, self).ok().flatten());
        if metadata != existing.metadata {
            details.push(Detail {
                attribute: "Metadata",
                name: None,
                recreation: Recreation::Never,
                is_static: true,
                source: "DirectModification",
                cause: None,
            });
        }
        details
    }

    fn detail(&self, kind: &str, name: &str, expr: Option<&Expr>, existing: &Existing) -> Option<Detail> {
        let evaluated = expr.map_or(Ok(None), |expr| evaluate(expr, self));
        if evaluated
            .as_ref()
            .is_ok_and(|value| value.as_ref() == existing.properties.get(name))
        {
            return None;
        }
        let (source, cause) = self.source(expr, evaluated.err());
        let is_tags = name == "Tags";
        Some(Detail {
            attribute: if is_tags { "Tags" } else { "Properties" },
            name: (!is_tags).then(|| name.to_owned()),
            recreation: recreation(kind, name),
            is_static: source == "DirectModification" || source == "ParameterReference",
            source,
            cause,
        })
    }

    /// What makes a value new: a resource that is remade, a parameter that it names, or the template itself.
    fn source(&self, expr: Option<&Expr>, failure: Option<Failure>) -> (&'static str, Option<String>) {
        let references: Vec<Reference> = expr
            .into_iter()
            .flat_map(Expr::references)
            .map(|(reference, _)| reference)
            .collect();
        if let Some(Failure::NotReady(resource)) = failure {
            let by_attribute = references.iter().find_map(|reference| match reference {
                Reference::Attribute(name, attribute) if *name == resource => Some(attribute.clone().unwrap_or_default()),
                _ => None,
            });
            return match by_attribute {
                Some(attribute) => ("ResourceAttribute", Some(format!("{resource}.{attribute}"))),
                None => ("ResourceReference", Some(resource)),
            };
        }
        let parameter = references.into_iter().find_map(|reference| match reference {
            Reference::Name(name) if self.template.parameters.contains_key(&name) => Some(name),
            _ => None,
        });
        parameter.map_or(("DirectModification", None), |name| ("ParameterReference", Some(name)))
    }
}

fn replacement(details: &[Detail]) -> Replacement {
    let of = |detail: &Detail| match (detail.recreation, detail.is_static) {
        (Recreation::Never, _) => Replacement::False,
        (Recreation::Always, true) => Replacement::True,
        _ => Replacement::Conditional,
    };
    let all: Vec<Replacement> = details.iter().map(of).collect();
    [Replacement::True, Replacement::Conditional]
        .into_iter()
        .find(|wanted| all.contains(wanted))
        .unwrap_or_default()
}

impl Scope for Preview<'_> {
    fn reference(&self, name: &str) -> Result<Option<Value>, Option<String>> {
        if self.remade.borrow().contains(name) {
            Err(None)
        } else {
            self.context.reference(name)
        }
    }
    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value, Option<String>> {
        let unknown = self.remade.borrow().contains(resource) || self.modified.borrow().contains(resource);
        if unknown {
            Err(None)
        } else {
            self.context.attribute(resource, attribute)
        }
    }
    fn mapping(&self, map: &str, top: &str, second: &str) -> Option<Value> {
        self.context.mapping(map, top, second)
    }
    fn condition(&self, name: &str) -> Option<bool> {
        self.context.condition(name)
    }
    fn zones(&self, region: &str) -> Vec<String> {
        self.context.zones(region)
    }
    fn import(&self, name: &str) -> Option<Value> {
        self.context.import(name)
    }
    fn resolve(&self, service: &str, reference: &str) -> Result<String, String> {
        self.context.resolve(service, reference)
    }
}
