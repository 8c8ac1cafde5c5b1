//! Names that lead nowhere, and circles.

use super::diagnostic::Diagnostic;
use super::expression::{Expr, Reference};
use super::graph::Graph;
use super::node::Span;
use super::{Resource, Template};

/// The pseudo parameters. Follows the user guide's "Pseudo parameters reference".
pub const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Every mistake in the names of a template.
pub fn names(template: &Template) -> Vec<Diagnostic> {
    let mut checker = Checker {
        template,
        mistakes: Vec::new(),
    };
    template.conditions.values().for_each(|expr| checker.condition(expr));
    template.resources.iter().for_each(|(id, resource)| checker.resource(id, resource));
    for output in template.outputs.values() {
        checker.named_condition(output.condition.as_deref(), output.span, "Outputs");
        std::iter::once(&output.value)
            .chain(&output.export)
            .for_each(|expr| checker.references(expr, "Outputs"));
    }
    if checker.mistakes.is_empty() {
        checker.circles();
    }
    checker.mistakes
}

/// Everything that `Ref` may name.
fn values(template: &Template) -> Vec<&str> {
    template
        .parameters
        .keys()
        .chain(template.resources.keys())
        .map(String::as_str)
        .chain(PSEUDO_PARAMETERS)
        .collect()
}

struct Checker<'t> {
    template: &'t Template,
    mistakes: Vec<Diagnostic>,
}

impl<'t> Checker<'t> {
    fn refuse(&mut self, message: String, span: Span, label: &str, wrong: &str, known: &[&str]) {
        self.mistakes
            .push(Diagnostic::new(message, span).label(label).suggest(wrong, known.iter().copied()));
    }

    /// A condition may name parameters, mappings and other conditions, no resources.
    fn condition(&mut self, expr: &Expr) {
        for (reference, span) in expr.references() {
            let name = match &reference {
                Reference::Name(name) if self.template.parameters.contains_key(name) || PSEUDO_PARAMETERS.contains(&name.as_str()) => {
                    continue;
                }
                Reference::Name(name) | Reference::Attribute(name, _) => name.clone(),
                _ => {
                    self.reference(&reference, span, "Conditions");
                    continue;
                }
            };
            let message = format!(
                "Template format error: Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block of the template"
            );
            let known: Vec<&str> = self
                .template
                .parameters
                .keys()
                .map(String::as_str)
                .chain(PSEUDO_PARAMETERS)
                .collect();
            self.refuse(message, span, "no parameter of this name", &name, &known);
        }
    }

    fn resource(&mut self, id: &str, resource: &Resource) {
        resource.expressions().for_each(|expr| self.references(expr, "Resources"));
        if let Some((name, span)) = &resource.condition {
            self.named_condition(Some(name), *span, "Resources");
        }
        for (name, span) in &resource.depends_on {
            if name == id || !self.template.resources.contains_key(name) {
                let message =
                    format!("Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template");
                let known: Vec<&str> = self.template.resources.keys().map(String::as_str).collect();
                self.refuse(message, *span, "no other resource of this name", name, &known);
            }
        }
    }

    fn references(&mut self, expr: &Expr, block: &str) {
        for (reference, span) in expr.references() {
            self.reference(&reference, span, block);
        }
    }

    fn reference(&mut self, reference: &Reference, span: Span, block: &str) {
        let template: &'t Template = self.template;
        match reference {
            Reference::Name(name) => {
                let known = values(template);
                if !known.contains(&name.as_str()) {
                    let message =
                        format!("Template format error: Unresolved resource dependencies [{name}] in the {block} block of the template");
                    self.refuse(message, span, "no parameter or resource of this name", name, &known);
                }
            }
            Reference::Attribute(name, _) if !template.resources.contains_key(name) => {
                let message = format!("Template error: instance of Fn::GetAtt references undefined resource {name}");
                let known: Vec<&str> = template.resources.keys().map(String::as_str).collect();
                self.refuse(message, span, "no resource of this name", name, &known);
            }
            Reference::Mapping(name) if !template.mappings.contains_key(name) => {
                let message =
                    format!("Template format error: Mapping named '{name}' is not present in the 'Mappings' section of template.");
                let known: Vec<&str> = template.mappings.keys().map(String::as_str).collect();
                self.refuse(message, span, "no mapping of this name", name, &known);
            }
            Reference::Condition(name) => self.named_condition(Some(name), span, block),
            _ => {}
        }
    }

    fn named_condition(&mut self, name: Option<&str>, span: Span, block: &str) {
        let Some(name) = name.filter(|name| !self.template.conditions.contains_key(*name)) else {
            return;
        };
        let message = format!("Template format error: Unresolved condition dependency {name} in the {block} block of the template");
        let known: Vec<&str> = self.template.conditions.keys().map(String::as_str).collect();
        self.refuse(message, span, "no condition of this name", name, &known);
    }

    fn circles(&mut self) {
        if let Some(circle) = Graph::of_conditions(self.template).circle() {
            let span = self.template.conditions[&circle[0]].span;
            let message = format!(
                "Template error: Found circular condition dependency between [{}]",
                circle.join(", ")
            );
            self.mistakes.push(Diagnostic::new(message, span).label("leads back to itself"));
        }
        if let Some(circle) = Graph::of_resources(self.template).circle() {
            let span = self.template.resources[&circle[0]].span;
            let message = format!("Circular dependency between resources: [{}]", circle.join(", "));
            self.mistakes
                .push(Diagnostic::new(message, span).label("needs itself by way of the others"));
        }
    }
}
