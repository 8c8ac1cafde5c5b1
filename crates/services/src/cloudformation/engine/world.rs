//! What a template's expressions may ask of the store.

use std::cell::RefCell;

use serde_json::Value;
use tierra_core::resource_type::Attributes;
use tierra_core::{Call, Tx};

use super::secret;
use crate::cloudformation::house;
use crate::cloudformation::model::{Export, StackResource};
use crate::cloudformation::template::context::World;

/// The letters of the zones that every region has.
const ZONES: [char; 3] = ['a', 'b', 'c'];

/// A world in which nothing is there yet: enough for conditions.
pub struct Nowhere;

impl World for Nowhere {
    fn reference(&self, _: &str) -> Result<Value, Option<String>> {
        Err(None)
    }
    fn attribute(&self, _: &str, _: &str) -> Result<Value, Option<String>> {
        Err(None)
    }
    fn zones(&self, region: &str) -> Vec<String> {
        ZONES.iter().map(|letter| format!("{region}{letter}")).collect()
    }
    fn import(&self, _: &str) -> Option<Value> {
        None
    }
    fn resolve(&self, service: &str, reference: &str) -> Result<String, String> {
        Err(format!("{{{{resolve:{service}:{reference}}}}} cannot be used here"))
    }
}

/// The world of one stack.
pub struct StackWorld<'a> {
    tx: RefCell<&'a mut Tx>,
    call: &'a Call,
    stack: String,
    generation: Option<u64>,
}

impl<'a> StackWorld<'a> {
    /// The world of the stack with this row id. A resource has values once it is in line with `generation`; where that is none,
    /// as soon as it lives.
    pub fn new(tx: &'a mut Tx, call: &'a Call, stack: String, generation: Option<u64>) -> Self {
        Self {
            tx: RefCell::new(tx),
            call,
            stack,
            generation,
        }
    }

    fn attributes(&self, logical_id: &str) -> Result<Attributes, Option<String>> {
        let tx = self.tx.borrow();
        let row: Option<StackResource> = tx.find(&self.call.place, format!("{}/{logical_id}", self.stack));
        let settled = row.filter(|row| self.generation.is_none_or(|generation| row.settled == generation));
        let live = settled.and_then(|row| row.live).ok_or(None)?;
        let kind = house::resource_type(&live.kind).ok_or_else(|| Some(format!("{} is not built", live.kind)))?;
        kind.attributes(&tx, self.call, &live.physical_id)
            .map_err(|error| Some(error.message))
    }
}

impl World for StackWorld<'_> {
    fn reference(&self, resource: &str) -> Result<Value, Option<String>> {
        self.attributes(resource).map(|attributes| Value::String(attributes.reference))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value, Option<String>> {
        let attributes = self.attributes(resource)?;
        let missing = || Some(format!("Attribute '{attribute}' does not exist"));
        attributes.values.get(attribute).cloned().ok_or_else(missing)
    }

    fn zones(&self, region: &str) -> Vec<String> {
        Nowhere.zones(region)
    }

    fn import(&self, name: &str) -> Option<Value> {
        let export: Option<Export> = self.tx.borrow().find(&self.call.place, name);
        export.map(|export| Value::String(export.value))
    }

    /// What is secret stays a reference: it is opened for the moment in which a service is asked ([`super::secret`]).
    fn resolve(&self, service: &str, reference: &str) -> Result<String, String> {
        match service {
            "ssm" => secret::parameter(&mut self.tx.borrow_mut(), self.call, reference, false),
            "ssm-secure" | "secretsmanager" => Ok(format!("{{{{resolve:{service}:{reference}}}}}")),
            _ => Err(format!("Dynamic references to {service} are not supported.")),
        }
    }
}
