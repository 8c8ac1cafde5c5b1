//! A stack: what is wanted of it (goal, template, parameters), and how far the engine has come with it.
//!
//! **Invariant**: AWS's status word is computed ([`Stack::status`]), never stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Caller, Place, Resource, Tags};
use tierra_model::Timestamp;

use crate::cloudformation::policy;
use crate::cloudformation::template::context::Pseudo;
use crate::cloudformation::template::parameter::Bound;

tierra_model::text_enum! {
    /// What happens where a creation fails.
    pub enum OnFailure {
        /// What was made is deleted; the stack stays.
        Rollback = "ROLLBACK",
        /// Everything stays as it is.
        DoNothing = "DO_NOTHING",
        /// The stack goes too.
        Delete = "DELETE",
    }
}

/// What was last asked of a stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// Nothing yet: a change set is to create it.
    #[default]
    Review,
    /// To be made.
    Create,
    /// To be changed.
    Update,
    /// To be deleted.
    Delete,
}

/// Whether a goal is pursued or given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// Towards the goal.
    #[default]
    Forward,
    /// Back to what was before.
    Back,
}

/// One version of what a stack is to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// The template's text.
    pub template: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, Bound>,
    /// The stack's tags.
    pub tags: Tags,
    /// What the caller acknowledged.
    pub capabilities: Vec<String>,
}

/// One output of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackOutput {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What the template says of it.
    pub description: Option<String>,
    /// Under which name others import it.
    pub export: Option<String>,
}

/// A stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Where it lives.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// What tells it from earlier stacks of that name.
    pub unique: String,
    /// Who asked last: the engine acts for them.
    pub caller: Option<Caller>,
    /// When it was made.
    pub created: Timestamp,
    /// When its update or deletion was asked for.
    pub updated: Option<Timestamp>,
    /// When it was gone.
    pub deleted: Option<Timestamp>,
    /// When the goal was set.
    pub since: Timestamp,
    /// What was asked.
    pub goal: Goal,
    /// Whether it is pursued.
    pub turn: Turn,
    /// Whether everything is as wanted and only what is left over is deleted.
    pub cleaning: bool,
    /// Whether the goal, or the way back, was reached; none while it is under way.
    pub succeeded: Option<bool>,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// Counts goals and turns: what a resource was last brought in line with.
    pub generation: u64,
    /// Counts events.
    pub events: u64,
    /// What it is to be.
    pub wanted: Revision,
    /// What it was before the update.
    pub previous: Option<Revision>,
    /// What its outputs were when it was last complete.
    pub outputs: Vec<StackOutput>,
    /// Which exports of others it uses.
    pub imports: BTreeSet<String>,
    /// What happens where creation fails.
    pub on_failure: OnFailure,
    /// Minutes after which a creation has failed.
    pub timeout_minutes: Option<i64>,
    /// Who is to be told of events.
    pub notification_arns: Vec<String>,
    /// Whether it may not be deleted.
    pub protected: bool,
    /// The role that the caller named.
    pub role: Option<String>,
    /// The ARN of the stack that it is a resource of.
    #[serde(default)]
    pub parent: Option<String>,
    /// The ARN of the outermost one.
    #[serde(default)]
    pub root: Option<String>,
    /// Which updates are allowed.
    #[serde(default)]
    pub policy: Option<String>,
    /// Which updates are allowed while this one is under way.
    #[serde(default)]
    pub policy_meanwhile: Option<String>,
    /// The token of the operation under way.
    pub token: Option<String>,
    /// Resources that a deletion leaves alone.
    pub retained: BTreeSet<String>,
}

impl Resource for Stack {
    const KIND: &'static str = "cloudformation/stack";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        format!("{}/{}", self.name, self.unique)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        if self.deleted.is_none() {
            vec![("name", self.name.clone())]
        } else {
            Vec::new()
        }
    }
}

impl Stack {
    /// Its id: an ARN.
    pub fn arn(&self) -> Arn {
        Arn::regional("cloudformation", &self.place, format!("stack/{}", self.id()))
    }

    /// AWS's word for where it stands. Follows the user guide's "Stack status codes".
    pub fn status(&self) -> &'static str {
        let by_outcome = |busy, complete, failed| match self.succeeded {
            None => busy,
            Some(true) => complete,
            Some(false) => failed,
        };
        match (self.goal, self.turn, self.cleaning) {
            (Goal::Review, ..) => "REVIEW_IN_PROGRESS",
            (Goal::Create, Turn::Forward, _) => by_outcome("CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_FAILED"),
            (Goal::Create, Turn::Back, _) => by_outcome("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"),
            (Goal::Update, Turn::Forward, true) => by_outcome("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"),
            (Goal::Update, Turn::Forward, false) => by_outcome("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"),
            (Goal::Update, Turn::Back, true) => by_outcome(
                "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
                "UPDATE_ROLLBACK_COMPLETE",
                "UPDATE_ROLLBACK_COMPLETE",
            ),
            (Goal::Update, Turn::Back, false) => {
                by_outcome("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
            }
            (Goal::Delete, ..) => by_outcome("DELETE_IN_PROGRESS", "DELETE_COMPLETE", "DELETE_FAILED"),
        }
    }

    /// Whether the engine works on it.
    pub fn is_busy(&self) -> bool {
        self.succeeded.is_none() && self.goal != Goal::Review
    }

    /// What it is to be now; none where everything is to go.
    pub fn target(&self) -> Option<&Revision> {
        match (self.goal, self.turn) {
            (Goal::Create | Goal::Update, Turn::Forward) => Some(&self.wanted),
            (Goal::Update, Turn::Back) => self.previous.as_ref(),
            _ => None,
        }
    }

    /// The parameters of its target; those that it last had where it has none.
    pub fn parameters(&self) -> BTreeMap<String, Bound> {
        self.target().unwrap_or(&self.wanted).parameters.clone()
    }

    /// Sets a goal, or turns back: everything is to be looked at again.
    pub fn set_out(&mut self, goal: Goal, turn: Turn, now: Timestamp) {
        (self.goal, self.turn, self.cleaning, self.succeeded) = (goal, turn, false, None);
        self.generation += 1;
        self.since = now;
    }

    /// Why its policy forbids a deed; none where it does not. On the way back nothing is forbidden.
    pub fn refusal(&self, deed: policy::Deed, logical_id: &str, kind: &str) -> Option<String> {
        let policy = self.policy_meanwhile.as_ref().or(self.policy.as_ref());
        let policy = policy.filter(|_| self.goal == Goal::Update && self.turn == Turn::Forward)?;
        policy::refusal(policy, deed, logical_id, kind)
    }

    /// Its pseudo parameters.
    pub fn pseudo(&self) -> Pseudo {
        Pseudo {
            account: self.place.account.to_string(),
            region: self.place.region.to_string(),
            stack_id: self.arn().to_string(),
            stack_name: self.name.clone(),
            notification_arns: self.notification_arns.clone(),
        }
    }

    /// The tags that its resources carry, beside their own.
    pub fn resource_tags(&self, logical_id: &str) -> Tags {
        let mut tags = self.target().unwrap_or(&self.wanted).tags.clone();
        tags.put_reserved("aws:cloudformation:stack-name", &self.name);
        tags.put_reserved("aws:cloudformation:stack-id", &self.arn().to_string());
        tags.put_reserved("aws:cloudformation:logical-id", logical_id);
        tags
    }
}
