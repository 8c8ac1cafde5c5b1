//! `Rules`: assertions over parameters. Follows the user guide's "Rules section".

use super::diagnostic::Diagnostic;
use super::expression::{Expr, Failure, Scope, evaluate_condition};
use super::node::Node;
use super::sections::text_member;

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// `RuleCondition`: whether it is asked at all.
    pub condition: Option<Expr>,
    /// `Assertions`
    pub assertions: Vec<Assertion>,
}

/// One assertion.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// What must hold.
    pub assert: Expr,
    /// What is said where it does not.
    pub description: Option<String>,
}

impl Rule {
    /// Reads one member of the section.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn read(node: &Node) -> Result<Self, Diagnostic> {
        let refuse = |node: &Node| {
            Diagnostic::new(
                "Template format error: Every Rules member must contain Assertions, a list of Assert objects",
                node.span,
            )
        };
        let assertions = node.get("Assertions").and_then(Node::as_list).ok_or_else(|| refuse(node))?;
        let assertion = |node: &Node| {
            let assert = Expr::compile(node.get("Assert").ok_or_else(|| refuse(node))?)?;
            Ok(Assertion {
                assert,
                description: text_member(node, "AssertDescription")?,
            })
        };
        Ok(Self {
            condition: node.get("RuleCondition").map(Expr::compile).transpose()?,
            assertions: assertions.iter().map(assertion).collect::<Result<_, Diagnostic>>()?,
        })
    }

    /// What the first assertion that does not hold says.
    ///
    /// # Errors
    /// Where an assertion is no boolean operation.
    pub fn violated(&self, scope: &dyn Scope) -> Result<Option<String>, Failure> {
        if let Some(condition) = &self.condition
            && !evaluate_condition(condition, scope)?
        {
            return Ok(None);
        }
        for assertion in &self.assertions {
            if !evaluate_condition(&assertion.assert, scope)? {
                return Ok(Some(assertion.description.clone().unwrap_or_else(|| "Assertion failed".to_owned())));
            }
        }
        Ok(None)
    }
}
