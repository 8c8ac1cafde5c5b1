//! A resource goes.

use tierra_core::resource_type::{Progress, ResourceType};

use super::survey::Survey;
use super::work::{Work, told};
use crate::cloudformation::house;
use crate::cloudformation::model::{Deed, Goal, Live, Outcome, StackResource, Turn};
use crate::cloudformation::template::resource::DeletionPolicy;

/// For how long something that others still use is asked again, in milliseconds: they may be going too.
const PATIENCE: i64 = 300_000;

/// What a service says to a deletion.
enum Answer {
    /// It has begun.
    Going,
    /// Something else still uses it.
    Later,
    /// It refuses.
    Never,
}

impl Work<'_> {
    /// Deletes what is left over under a logical id, where it may go now.
    pub(super) fn remove(&mut self, id: &str) {
        let Ok(survey) = Survey::of(self.tx, &self.stack) else { return };
        if !survey.may_go(id) {
            return;
        }
        let stays = survey.is_active(id);
        let mut row = self.row(id);
        let before = row.clone();
        if let Some(retired) = row.retired.pop() {
            let left = self.delete(&mut row, retired, stays);
            row.retired.extend(left);
        } else if !stays && let Some(live) = row.live.take() {
            row.live = self.delete(&mut row, live, stays);
        }
        if row != before {
            self.tx.save(row);
        }
    }

    /// Deletes one physical resource; gives it back where it is not yet gone. What happens to the predecessor of a resource that
    /// stays is told, but is no news of the resource itself.
    fn delete(&mut self, row: &mut StackResource, mut live: Live, stays: bool) -> Option<Live> {
        if self.is_kept(row, &live) {
            self.tell_deletion(row, &live, Outcome::Skipped, None, stays);
            return None;
        }
        let kind = house::resource_type(&live.kind)?;
        if !live.deleting {
            if !(row.deed == Deed::Delete && row.is_busy()) {
                self.tell_deletion(row, &live, Outcome::InProgress, None, stays);
            }
            match self.ask_to_go(&*kind, row, &live, stays) {
                Answer::Going => live.deleting = true,
                Answer::Later => return Some(live),
                Answer::Never => return (!stays).then_some(live),
            }
        }
        match kind.progress(self.tx, &self.call, &live.physical_id) {
            Progress::Gone => {
                self.tell_deletion(row, &live, Outcome::Complete, None, stays);
                None
            }
            Progress::Failed(reason) => {
                live.deleting = false;
                self.tell_deletion(row, &live, Outcome::Failed, Some(reason), stays);
                (!stays).then_some(live)
            }
            Progress::Ready | Progress::Working => Some(live),
        }
    }

    /// Asks the service.
    fn ask_to_go(&mut self, kind: &dyn ResourceType, row: &mut StackResource, live: &Live, stays: bool) -> Answer {
        let savepoint = self.tx.savepoint();
        let asked = match live.policy {
            DeletionPolicy::Snapshot => kind.delete_with_snapshot(self.tx, &self.call, &live.physical_id),
            _ => kind.delete(self.tx, &self.call, &live.physical_id),
        };
        let Err(error) = asked else {
            return Answer::Going;
        };
        self.tx.restore(savepoint);
        if is_in_use(&error.code) && self.call.now.0 - self.stack.since.0 < PATIENCE {
            return Answer::Later;
        }
        let reason = told(&live.kind, &error, &self.call.request);
        self.tell_deletion(row, live, Outcome::Failed, Some(reason), stays);
        Answer::Never
    }

    fn tell_deletion(&mut self, row: &mut StackResource, live: &Live, outcome: Outcome, reason: Option<String>, stays: bool) {
        let mut gone = row.clone();
        gone.kind.clone_from(&live.kind);
        gone.live = Some(live.clone());
        self.tell(&mut gone, Deed::Delete, outcome, reason);
        if !stays {
            let (live, retired) = (row.live.take(), std::mem::take(&mut row.retired));
            *row = StackResource {
                live,
                retired,
                last_physical_id: gone.physical_id().map(str::to_owned),
                ..gone
            };
        }
    }

    fn is_kept(&self, row: &StackResource, live: &Live) -> bool {
        let undone = self.stack.turn == Turn::Back && live.made_in + 1 == self.stack.generation;
        let by_policy = match live.policy {
            DeletionPolicy::Retain => true,
            DeletionPolicy::RetainExceptOnCreate => !undone,
            DeletionPolicy::Delete | DeletionPolicy::Snapshot => false,
        };
        by_policy || (self.stack.goal == Goal::Delete && self.stack.retained.contains(&row.logical_id))
    }
}

/// Whether something else still uses it.
fn is_in_use(code: &str) -> bool {
    matches!(code, "DependencyViolation" | "DeleteConflict") || code.ends_with("InUse") || code.ends_with("InUseException")
}
