//! What there is to do for a stack, from the store alone. Pure: rows in, steps out.

use std::collections::{BTreeMap, BTreeSet};

use tierra_core::{Resource as _, Tx};
use tierra_model::Timestamp;

use super::world::Nowhere;
use crate::cloudformation::existence;
use crate::cloudformation::model::{Deed, Goal, Live, Outcome, Stack, StackResource, Turn};
use crate::cloudformation::policy;
use crate::cloudformation::template::context::Context;
use crate::cloudformation::template::graph::Graph;
use crate::cloudformation::template::{Template, first};

const MILLIS_PER_MINUTE: i64 = 60_000;

/// One thing to do; the transaction that does it looks again whether it is still right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make, change or look after this resource.
    Bring(String),
    /// Delete what is left over under this logical id.
    Remove(String),
    /// The goal cannot be reached any more.
    GiveUp(String),
    /// Nothing is left to do.
    Conclude,
}

/// What a stack has and is to have.
pub struct Survey<'a> {
    stack: &'a Stack,
    rows: BTreeMap<String, StackResource>,
    graph: Graph,
    active: BTreeSet<String>,
}

/// The next steps of a stack; none where it is at rest.
pub fn plan(tx: &Tx, stack: &Stack, now: Timestamp) -> Vec<Step> {
    if !stack.is_busy() {
        return Vec::new();
    }
    match Survey::of(tx, stack).and_then(|survey| survey.permitted(tx).map(|()| survey)) {
        Ok(survey) => survey.steps(now),
        Err(reason) => vec![Step::GiveUp(reason)],
    }
}

impl<'a> Survey<'a> {
    /// Reads the stack's rows, and which resources its target has.
    ///
    /// # Errors
    /// Where the target cannot be read any more: it was accepted once, so only a change of Tierra itself brings us here.
    pub fn of(tx: &Tx, stack: &'a Stack) -> Result<Self, String> {
        let Some(revision) = stack.target() else {
            return Ok(Self::new(tx, stack, Graph::default(), BTreeSet::new()));
        };
        let template = Template::parse(&revision.template).map_err(|mistakes| first(&mistakes))?;
        Self::with(tx, stack, &template)
    }

    /// As [`Survey::of`], with the target's template already read.
    ///
    /// # Errors
    /// Where its conditions cannot be evaluated.
    pub fn with(tx: &Tx, stack: &'a Stack, template: &Template) -> Result<Self, String> {
        let (pseudo, parameters) = (stack.pseudo(), stack.parameters());
        let context = Context::new(template, &pseudo, &parameters, &Nowhere).map_err(|failure| failure.to_string())?;
        let active = template.resources.keys().filter(|id| context.is_active(id)).cloned().collect();
        Ok(Self::new(tx, stack, Graph::of_resources(template), active))
    }

    fn new(tx: &Tx, stack: &'a Stack, graph: Graph, active: BTreeSet<String>) -> Self {
        let rows = tx.by_index::<StackResource>(&stack.place, "stack", &stack.id());
        let rows = rows.into_iter().map(|row| (row.logical_id.clone(), row)).collect();
        Self {
            stack,
            rows,
            graph,
            active,
        }
    }

    /// Whether what was asked may begin: its parameters name what is there, and the stack's policy lets go what is to go.
    fn permitted(&self, tx: &Tx) -> Result<(), String> {
        let stack = self.stack;
        let begun = self
            .rows
            .values()
            .any(|row| row.told_in == stack.generation || row.settled == stack.generation);
        let (Some(revision), false, Turn::Forward) = (stack.target(), begun, stack.turn) else {
            return Ok(());
        };
        let template = Template::parse(&revision.template).map_err(|mistakes| first(&mistakes))?;
        if let Some(reason) = existence::missing(tx, &stack.place, &template, &revision.parameters) {
            return Err(reason);
        }
        let leaving = self
            .rows
            .values()
            .filter(|row| !self.active.contains(&row.logical_id) && row.live.is_some());
        let refusal = |row: &StackResource| stack.refusal(policy::Deed::Delete, &row.logical_id, &row.kind);
        leaving.filter(|_| stack.goal == Goal::Update).find_map(refusal).map_or(Ok(()), Err)
    }

    fn steps(&self, now: Timestamp) -> Vec<Step> {
        if let Some(reason) = self.failure(now) {
            return vec![Step::GiveUp(reason)];
        }
        let has_target = self.stack.target().is_some();
        if has_target && !self.active.iter().all(|id| self.is_settled(id)) {
            return self
                .active
                .iter()
                .filter(|id| self.is_ready(id))
                .cloned()
                .map(Step::Bring)
                .collect();
        }
        if has_target && !self.stack.cleaning {
            return vec![Step::Conclude];
        }
        let removable: Vec<Step> = self
            .doomed()
            .filter(|id| self.may_go(id))
            .map(|id| Step::Remove(id.to_owned()))
            .collect();
        if removable.is_empty() { vec![Step::Conclude] } else { removable }
    }

    /// Why the goal cannot be reached.
    fn failure(&self, now: Timestamp) -> Option<String> {
        let stack = self.stack;
        if stack.target().is_none() || stack.cleaning {
            return None;
        }
        for (deed, verb) in [(Deed::Create, "create"), (Deed::Update, "update")] {
            let rows = self
                .rows
                .values()
                .filter(|row| self.has_failed(row, deed) && self.active.contains(&row.logical_id));
            let names: Vec<&str> = rows.map(|row| row.logical_id.as_str()).collect();
            if !names.is_empty() {
                return Some(format!("The following resource(s) failed to {verb}: [{}]. ", names.join(", ")));
            }
        }
        let minutes = stack
            .timeout_minutes
            .filter(|_| stack.goal == Goal::Create && stack.turn == Turn::Forward)?;
        let late = now.0 - stack.since.0 > minutes.saturating_mul(MILLIS_PER_MINUTE);
        late.then(|| "Stack creation time exceeded the specified timeout. ".to_owned())
    }

    fn has_failed(&self, row: &StackResource, deed: Deed) -> bool {
        row.outcome == Outcome::Failed && row.deed == deed && row.told_in == self.stack.generation
    }

    fn is_settled(&self, id: &str) -> bool {
        self.rows.get(id).is_some_and(|row| row.settled == self.stack.generation)
    }

    /// Whether it is to be there, is not yet as wanted, and everything that it needs is.
    pub fn is_ready(&self, id: &str) -> bool {
        self.active.contains(id) && !self.is_settled(id) && self.needs(id).iter().all(|needed| self.is_settled(needed))
    }

    /// What a resource needs among those that are to be there.
    pub fn needs(&self, id: &str) -> BTreeSet<String> {
        self.graph
            .needs(id)
            .filter(|needed| self.active.contains(*needed))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a logical id is to be there.
    pub fn is_active(&self, id: &str) -> bool {
        self.active.contains(id)
    }

    /// The logical ids under which something is to go.
    pub fn doomed(&self) -> impl Iterator<Item = &str> {
        let leaves = |row: &&StackResource| self.leaving(row).next().is_some();
        self.rows.values().filter(leaves).map(|row| row.logical_id.as_str())
    }

    /// Whether nothing else that is to go was made with it, and its deletion has not failed.
    pub fn may_go(&self, id: &str) -> bool {
        let failed = self.rows.get(id).is_some_and(|row| self.has_failed(row, Deed::Delete));
        let mut others = self
            .rows
            .values()
            .filter(|row| row.logical_id != id)
            .flat_map(|row| self.leaving(row));
        !failed && !others.any(|live| live.needs.contains(id))
    }

    fn leaving<'r>(&self, row: &'r StackResource) -> impl Iterator<Item = &'r Live> + use<'r> {
        let stays = self.active.contains(&row.logical_id);
        row.retired.iter().chain(row.live.iter().filter(move |_| !stays))
    }
}
