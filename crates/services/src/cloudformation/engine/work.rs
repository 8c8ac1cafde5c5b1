//! One step's transaction: the stack, its rows, its events, written together.

use tierra_core::{AwsError, Call, Ids, Resource, Tx};
use tierra_model::Timestamp;

use super::role;
use super::survey::Step;
use crate::cloudformation::model::{Deed, Event, Outcome, Stack, StackResource};

/// The type under which a stack's own events are told.
const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

/// What a step works on.
pub struct Work<'a> {
    pub(super) tx: &'a mut Tx,
    pub(super) call: Call,
    /// The stack; [`Work::finish`] writes it.
    pub stack: Stack,
    before: Option<Stack>,
    /// What lies at [`Work::address`], read before the transaction began.
    pub(super) template: Option<Result<String, AwsError>>,
}

impl<'a> Work<'a> {
    /// Begins to work on a stack of the store, as its role or whoever asked last.
    pub fn new(tx: &'a mut Tx, stack: Stack, now: Timestamp, ids: &Ids) -> Self {
        let call = Call {
            caller: role::caller(tx, &stack),
            place: stack.place.clone(),
            now,
            ids: ids.clone(),
            request: ids.uuid(),
            source_ip: None,
            api_version: None,
        };
        Self {
            tx,
            call,
            before: Some(stack.clone()),
            stack,
            template: None,
        }
    }

    /// Works on a stack within an operation: it is written whether it changed or not.
    pub fn within(tx: &'a mut Tx, call: &Call, stack: Stack) -> Self {
        Self {
            tx,
            call: call.clone(),
            stack,
            before: None,
            template: None,
        }
    }

    /// Does one step.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Bring(id) => self.bring(id),
            Step::Remove(id) => self.remove(id),
            Step::GiveUp(reason) => self.give_up(reason),
            Step::Conclude => self.conclude(),
        }
    }

    /// Writes the stack where it changed. Says whether there is more to do.
    pub fn finish(self) -> bool {
        let busy = self.stack.is_busy();
        if self.before.as_ref() != Some(&self.stack) {
            self.tx.save(self.stack);
        }
        busy
    }

    /// The row of a logical id, new where there is none.
    pub(super) fn row(&self, id: &str) -> StackResource {
        let new = StackResource {
            place: self.stack.place.clone(),
            stack: self.stack.id(),
            logical_id: id.to_owned(),
            ..StackResource::default()
        };
        self.tx.find(&self.stack.place, new.id()).unwrap_or(new)
    }

    /// Every row of the stack.
    pub(super) fn rows(&self) -> Vec<StackResource> {
        self.tx.by_index(&self.stack.place, "stack", &self.stack.id())
    }

    /// Records what became of a row, and tells it.
    pub(super) fn tell(&mut self, row: &mut StackResource, deed: Deed, outcome: Outcome, reason: Option<String>) {
        if outcome == Outcome::InProgress && !(row.is_busy() && row.deed == deed) {
            row.since = self.call.now;
        }
        (row.deed, row.outcome, row.reason) = (deed, outcome, reason);
        (row.updated, row.told_in) = (self.call.now, self.stack.generation);
        let id = format!("{}-{}-{}", row.logical_id, row.status(), self.call.ids.uuid());
        self.event(Event {
            event_id: id,
            logical_id: row.logical_id.clone(),
            physical_id: row.physical_id().map(str::to_owned),
            kind: row.kind.clone(),
            status: row.status(),
            reason: row.reason.clone(),
            properties: row.live.as_ref().map(|live| live.properties.clone()),
            ..Event::default()
        });
        self.tx.save(row.clone());
    }

    /// Tells where the stack itself stands.
    pub fn tell_stack(&mut self, reason: Option<String>) {
        if reason.is_some() {
            self.stack.reason.clone_from(&reason);
        }
        self.event(Event {
            event_id: self.call.ids.uuid(),
            logical_id: self.stack.name.clone(),
            physical_id: Some(self.stack.arn().to_string()),
            kind: STACK_TYPE.to_owned(),
            status: self.stack.status().to_owned(),
            reason,
            ..Event::default()
        });
    }

    fn event(&mut self, event: Event) {
        self.stack.events += 1;
        self.tx.save(Event {
            place: self.stack.place.clone(),
            stack: self.stack.id(),
            number: self.stack.events,
            at: self.call.now,
            token: self.stack.token.clone(),
            ..event
        });
    }
}

/// An operation's error, as an event tells it.
pub fn told(kind: &str, error: &AwsError, request: &str) -> String {
    let service = kind.split("::").nth(1).unwrap_or(kind);
    format!(
        "{} (Service: {service}, Status Code: {}, Request ID: {request})",
        error.message, error.status
    )
}
