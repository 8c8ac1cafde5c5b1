//! The stack has arrived, or gives up.

use std::collections::BTreeSet;

use serde_json::Value;
use tierra_core::{Key, Resource};

use super::survey::Survey;
use super::work::Work;
use super::world::StackWorld;
use crate::cloudformation::model::{ChangeSet, Deed, Export, Goal, OnFailure, Outcome, StackOutput, Turn};
use crate::cloudformation::template::context::Context;
use crate::cloudformation::template::expression::{Expr, Function, Kind, Scope, evaluate};
use crate::cloudformation::template::{Template, scalar_text};

impl Work<'_> {
    /// Ends a goal: outputs are published, or everything is gone.
    pub(super) fn conclude(&mut self) {
        let target = self.stack.target().map(|revision| Template::parse(&revision.template));
        match target {
            Some(Ok(template)) if !self.stack.cleaning => self.arrive(&template),
            Some(_) => self.end(true, None),
            None => self.depart(),
        }
    }

    fn arrive(&mut self, template: &Template) {
        match self.outputs(template) {
            Ok((outputs, imports)) => {
                (self.stack.outputs, self.stack.imports) = (outputs, imports);
                self.export();
                if self.stack.goal == Goal::Update {
                    self.stack.cleaning = true;
                    self.tell_stack(None);
                } else {
                    self.end(true, None);
                }
            }
            Err(reason) => self.give_up(&reason),
        }
    }

    fn end(&mut self, succeeded: bool, reason: Option<String>) {
        self.stack.succeeded = Some(succeeded);
        self.stack.policy_meanwhile = None;
        if succeeded && self.stack.goal == Goal::Update {
            let previous = self.stack.previous.take();
            if let Some(previous) = previous.filter(|_| self.stack.turn == Turn::Back) {
                self.stack.wanted = previous;
            }
        }
        self.tell_stack(reason);
    }

    /// Everything is gone, or what is left cannot go.
    fn depart(&mut self) {
        let survey = Survey::of(self.tx, &self.stack);
        let left: Vec<String> = survey
            .map(|survey| survey.doomed().map(str::to_owned).collect())
            .unwrap_or_default();
        if !left.is_empty() {
            let reason = format!("The following resource(s) failed to delete: [{}]. ", left.join(", "));
            return self.end(false, Some(reason));
        }
        if self.stack.goal == Goal::Delete {
            self.stack.deleted = Some(self.call.now);
            self.stack.outputs.clear();
            self.stack.imports.clear();
            self.export();
            self.drop_change_sets();
        }
        self.end(true, None);
    }

    fn drop_change_sets(&mut self) {
        for set in self.tx.by_index::<ChangeSet>(&self.stack.place, "stack", &self.stack.id()) {
            self.tx.delete(&Key::<ChangeSet>::new(&set.place, set.id()));
        }
    }

    /// The region's exports, as far as they are this stack's, become its outputs'.
    fn export(&mut self) {
        let stack = self.stack.arn().to_string();
        for old in self.tx.by_index::<Export>(&self.stack.place, "stack", &stack) {
            self.tx.delete(&Key::<Export>::new(&old.place, old.id()));
        }
        for output in &self.stack.outputs {
            let Some(name) = output.export.clone() else { continue };
            self.tx.save(Export {
                place: self.stack.place.clone(),
                name,
                value: output.value.clone(),
                stack: stack.clone(),
            });
        }
    }

    /// The outputs that the stack would have, and the exports of others that it uses.
    ///
    /// # Errors
    /// Where a value is not to be had, or an export's name is taken.
    pub fn outputs(&mut self, template: &Template) -> Result<(Vec<StackOutput>, BTreeSet<String>), String> {
        let (pseudo, parameters, arn) = (self.stack.pseudo(), self.stack.parameters(), self.stack.arn().to_string());
        let taken: Vec<Export> = self.tx.list(&self.stack.place);
        let world = StackWorld::new(self.tx, &self.call, self.stack.id(), Some(self.stack.generation));
        let context = Context::new(template, &pseudo, &parameters, &world).map_err(|failure| failure.to_string())?;
        let mut outputs = Vec::new();
        for (key, output) in template
            .outputs
            .iter()
            .filter(|(_, output)| context.holds(output.condition.as_deref()))
        {
            let export = output.export.as_ref().map(|name| text(key, name, &context)).transpose()?;
            if let Some(other) = taken
                .iter()
                .find(|other| Some(&other.name) == export.as_ref() && other.stack != arn)
            {
                let owner = stack_name(&other.stack);
                return Err(format!("Export with name {} is already exported by stack {owner}. ", other.name));
            }
            let value = text(key, &output.value, &context)?;
            outputs.push(StackOutput {
                key: key.clone(),
                value,
                description: output.description.clone(),
                export,
            });
        }
        Ok((outputs, imports(template, &context)))
    }

    /// Gives the goal up: back to what was before, or stop here.
    pub(super) fn give_up(&mut self, reason: &str) {
        self.cancel();
        let (stack, now) = (&mut self.stack, self.call.now);
        match (stack.goal, stack.turn, stack.on_failure) {
            (Goal::Create, Turn::Forward, OnFailure::Rollback) => {
                stack.set_out(Goal::Create, Turn::Back, now);
                self.tell_stack(Some(format!("{reason}Rollback requested by user.")));
            }
            (Goal::Create, Turn::Forward, OnFailure::Delete) => {
                stack.set_out(Goal::Delete, Turn::Forward, now);
                self.tell_stack(Some(format!("{reason}Delete requested by user.")));
            }
            (Goal::Update, Turn::Forward, OnFailure::Rollback | OnFailure::Delete) => {
                stack.set_out(Goal::Update, Turn::Back, now);
                self.restore_retired();
                self.tell_stack(Some(reason.to_owned()));
            }
            _ => self.end(false, Some(reason.to_owned())),
        }
    }

    /// What is under way is no longer waited for.
    fn cancel(&mut self) {
        for mut row in self.rows().into_iter().filter(|row| row.is_busy()) {
            let noun = if row.live.is_some() && row.deed == Deed::Update {
                "update"
            } else {
                "creation"
            };
            let deed = row.deed;
            self.tell(&mut row, deed, Outcome::Failed, Some(format!("Resource {noun} cancelled")));
        }
    }

    /// What was replaced is wanted again; what replaced it goes.
    fn restore_retired(&mut self) {
        for mut row in self.rows().into_iter().filter(|row| !row.retired.is_empty()) {
            let original = row.retired.remove(0);
            row.kind.clone_from(&original.kind);
            row.last_physical_id = Some(original.physical_id.clone());
            row.retired.extend(row.live.replace(original));
            self.tx.save(row);
        }
    }
}

fn text(key: &str, expr: &Expr, scope: &dyn Scope) -> Result<String, String> {
    let value = evaluate(expr, scope).map_err(|failure| failure.to_string())?;
    let malformed =
        || format!("Template format error: Output {key} is malformed. The Value field of every Outputs member must evaluate to a String.");
    value.as_ref().and_then(scalar_text).ok_or_else(malformed)
}

/// The names that a template imports.
fn imports(template: &Template, scope: &dyn Scope) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for expr in template.expressions() {
        expr.walk(&mut |expr| {
            if let Kind::Call(function) = &expr.kind
                && let Function::ImportValue(name) = &**function
                && let Ok(Some(Value::String(name))) = evaluate(name, scope)
            {
                names.insert(name);
            }
        });
    }
    names
}

/// The name in a stack's ARN.
fn stack_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}
