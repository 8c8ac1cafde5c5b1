//! What a stack knows while its template is evaluated: pseudo parameters, parameters, mappings, conditions; and, through a
//! [`World`], what lies outside the template.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Template;
use super::expression::{Failure, Scope, evaluate_condition};
use super::graph::Graph;
use super::parameter::Bound;

/// The pseudo parameters of one stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::AccountId`
    pub account: String,
    /// `AWS::Region`
    pub region: String,
    /// `AWS::StackId`
    pub stack_id: String,
    /// `AWS::StackName`
    pub stack_name: String,
    /// `AWS::NotificationARNs`
    pub notification_arns: Vec<String>,
}

/// What lies outside the template. `Err(None)` means "not ready yet", as in [`Scope`].
pub trait World {
    /// What `Ref` to a resource gives.
    ///
    /// # Errors
    /// Where it is not ready, or gone.
    fn reference(&self, resource: &str) -> Result<Value, Option<String>>;
    /// What `Fn::GetAtt` gives.
    ///
    /// # Errors
    /// Where it is not ready, gone, or has no such attribute.
    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value, Option<String>>;
    /// The availability zones of a region.
    fn zones(&self, region: &str) -> Vec<String>;
    /// An export of this region.
    fn import(&self, name: &str) -> Option<Value>;
    /// A dynamic reference.
    ///
    /// # Errors
    /// In AWS's wording.
    fn resolve(&self, service: &str, reference: &str) -> Result<String, String>;
}

/// Everything that a template's expressions may ask for.
pub struct Context<'a> {
    template: &'a Template,
    pseudo: &'a Pseudo,
    parameters: &'a BTreeMap<String, Bound>,
    conditions: BTreeMap<String, bool>,
    world: &'a dyn World,
}

impl<'a> Context<'a> {
    /// Evaluates the conditions; the rest when it is asked for.
    ///
    /// # Errors
    /// Where a condition is no boolean operation.
    pub fn new(
        template: &'a Template,
        pseudo: &'a Pseudo,
        parameters: &'a BTreeMap<String, Bound>,
        world: &'a dyn World,
    ) -> Result<Self, Failure> {
        let mut context = Self {
            template,
            pseudo,
            parameters,
            conditions: BTreeMap::new(),
            world,
        };
        for name in Graph::of_conditions(template).order() {
            let holds = evaluate_condition(&template.conditions[name], &context)?;
            context.conditions.insert(name.to_owned(), holds);
        }
        Ok(context)
    }

    /// Whether a resource of the template is to be there, by its condition.
    pub fn is_active(&self, resource: &str) -> bool {
        self.template
            .resources
            .get(resource)
            .is_some_and(|resource| self.holds(resource.condition.as_ref().map(|(name, _)| name.as_str())))
    }

    /// Whether a condition holds; true where there is none.
    pub fn holds(&self, condition: Option<&str>) -> bool {
        condition.is_none_or(|name| self.conditions.get(name) == Some(&true))
    }

    fn pseudo(&self, name: &str) -> Option<Value> {
        let pseudo = self.pseudo;
        Some(match name {
            "AWS::AccountId" => pseudo.account.as_str().into(),
            "AWS::Region" => pseudo.region.as_str().into(),
            "AWS::StackId" => pseudo.stack_id.as_str().into(),
            "AWS::StackName" => pseudo.stack_name.as_str().into(),
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            "AWS::NotificationARNs" => pseudo.notification_arns.clone().into(),
            _ => return None,
        })
    }
}

impl Scope for Context<'_> {
    fn reference(&self, name: &str) -> Result<Option<Value>, Option<String>> {
        if let Some(bound) = self.parameters.get(name) {
            return Ok(Some(bound.value()));
        }
        match self.pseudo(name) {
            Some(value) => Ok(Some(value)),
            None if self.is_active(name) => self.world.reference(name).map(Some),
            None => Ok(None),
        }
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value, Option<String>> {
        if !self.is_active(resource) {
            return Err(Some(format!(
                "Template format error: Unresolved resource dependencies [{resource}] in the Resources block of the template"
            )));
        }
        self.world.attribute(resource, attribute)
    }

    fn mapping(&self, map: &str, top: &str, second: &str) -> Option<Value> {
        self.template.mappings.get(map)?.get(top)?.get(second).cloned()
    }

    fn condition(&self, name: &str) -> Option<bool> {
        self.conditions.get(name).copied()
    }

    fn zones(&self, region: &str) -> Vec<String> {
        self.world.zones(if region.is_empty() { &self.pseudo.region } else { region })
    }

    fn import(&self, name: &str) -> Option<Value> {
        self.world.import(name)
    }

    fn resolve(&self, service: &str, reference: &str) -> Result<String, String> {
        self.world.resolve(service, reference)
    }
}
