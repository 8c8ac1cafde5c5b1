//! The template language: text in, a checked [`Template`] out. Pure: it asks no store and no clock, so that `tierra up` can show
//! a mistake in place before the cloud has heard of it.
//!
//! | file | what |
//! |---|---|
//! | `parse`, `node` | YAML and JSON to one tree with places |
//! | `expression/` | intrinsic functions: form, then value |
//! | `sections`, `parameter`, `resource`, `rule` | the template's parts |
//! | `check`, `graph` | names that lead nowhere, circles, the order of creation |
//! | `schema`, `properties` | AWS's resource schemas, and properties held against them |
//! | `context` | what is known of a stack: parameters, mappings, conditions, resources |
//! | `change` | what an update would do |
//! | `diagnostic` | how a mistake is told |
//! | `pattern` | regular expressions as AWS writes them |

pub mod change;
mod check;
pub mod context;
pub mod diagnostic;
pub mod expression;
pub mod graph;
mod node;
pub mod parameter;
mod parse;
pub mod properties;
pub mod resource;
mod rule;
pub mod schema;
mod sections;

use std::collections::BTreeMap;

use serde_json::Value;

pub use diagnostic::Diagnostic;
pub use expression::Expr;
pub use node::{Node, Span, scalar_text};
pub use parameter::Parameter;
pub use parse::parse as tree;
pub use resource::Resource;
pub use rule::Rule;
pub use sections::Output;

/// A template whose every part is well formed and whose every name leads somewhere.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// `Description`
    pub description: Option<String>,
    /// `Metadata`
    pub metadata: Option<Value>,
    /// `Transform`
    pub transforms: Vec<String>,
    /// `Parameters`
    pub parameters: BTreeMap<String, Parameter>,
    /// `Mappings`: map, top key, second key.
    pub mappings: BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>,
    /// `Conditions`
    pub conditions: BTreeMap<String, Expr>,
    /// `Rules`
    pub rules: BTreeMap<String, Rule>,
    /// `Resources`
    pub resources: BTreeMap<String, Resource>,
    /// `Outputs`
    pub outputs: BTreeMap<String, Output>,
}

impl Template {
    /// Reads a template and checks everything that can be checked without values and schemas.
    ///
    /// # Errors
    /// Every mistake found, in the order of the source; the API answers the first.
    pub fn parse(source: &str) -> Result<Self, Vec<Diagnostic>> {
        let root = parse::parse(source).map_err(|diagnostic| vec![diagnostic])?;
        let template = sections::read(&root)?;
        in_order(check::names(&template))?;
        Ok(template)
    }

    /// Reads a template and checks it whole: also every resource type and property. `built` tells the types that can be made.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn checked(source: &str, built: &dyn Fn(&str) -> bool) -> Result<Self, Vec<Diagnostic>> {
        let template = Self::parse(source)?;
        in_order(properties::check_template(&template, built))?;
        Ok(template)
    }

    /// Every expression of its resources and outputs.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let outputs = self
            .outputs
            .values()
            .flat_map(|output| std::iter::once(&output.value).chain(&output.export));
        self.resources.values().flat_map(Resource::expressions).chain(outputs)
    }

    /// The capabilities that creating these resources needs, with the resource types that need them.
    pub fn capabilities(&self) -> Option<(&'static str, Vec<String>)> {
        let iam = |resource: &&Resource| resource.kind.starts_with("AWS::IAM::");
        let mut kinds: Vec<String> = self.resources.values().filter(iam).map(|resource| resource.kind.clone()).collect();
        if kinds.is_empty() {
            return None;
        }
        kinds.sort();
        kinds.dedup();
        let named = self.resources.values().filter(iam).any(Resource::has_custom_iam_name);
        Some((if named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" }, kinds))
    }
}

/// What the API answers of several mistakes.
pub fn first(mistakes: &[Diagnostic]) -> String {
    mistakes.first().map_or_else(String::new, |mistake| mistake.message.clone())
}

fn in_order(mut diagnostics: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}
