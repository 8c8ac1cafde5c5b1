//! Commits that operations share.
//!
//! **Invariant**: one operation is one revision, and nothing is answered before all that it wrote, and all that it saw, is on the disk.
//! A writer sees what those before it wrote, be it on the disk yet or not; readers see what is. Whatever ends while a commit waits for
//! the disk shares the next one, so that a durable commit's price is paid once for all who wait. Where a commit fails, what was built
//! on it fails with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::StoreError;
use super::writes::Writes;

/// What became of a commit.
type Outcome = Result<(), StoreError>;

/// Writers, and what they left to be committed.
#[derive(Default)]
pub(super) struct Group {
    /// Held by a writer from its first read to its last write, so that what it read is still true when it writes.
    pending: Mutex<Pending>,
    /// Told when there is something to commit, or nothing ever again.
    work: Condvar,
}

/// What is not known to be on the disk.
#[derive(Default)]
pub(super) struct Pending {
    writes: Writes,
    /// Whose commit has not begun.
    open: Option<Arc<Batch>>,
    /// Whose commit is under way.
    flying: Option<Arc<Batch>>,
    closed: bool,
}

/// Operations that share a commit, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    outcome: Mutex<Option<Outcome>>,
    /// Tells threads.
    settled: Condvar,
    /// Tells tasks.
    news: Notify,
}

impl Group {
    /// Waits to be the writer.
    pub fn enter(&self) -> MutexGuard<'_, Pending> {
        lock(&self.pending)
    }

    /// The writer, where nobody is.
    pub fn try_enter(&self) -> Option<MutexGuard<'_, Pending>> {
        self.pending.try_lock().ok()
    }

    /// Lets the next writer in. Answers what has to be on the disk before anybody who looked is answered.
    pub fn leave(&self, pending: MutexGuard<'_, Pending>) -> Option<Arc<Batch>> {
        // Commits end in their order, so the last of them will do.
        let newest = pending.open.as_ref().or(pending.flying.as_ref()).map(Arc::clone);
        drop(pending);
        self.work.notify_one();
        newest
    }

    /// Commits what writers leave, until the group is closed and nothing is left.
    pub fn run(&self, commit: impl Fn(&Writes) -> Outcome) {
        let mut pending = self.enter();
        loop {
            if let Some((batch, writes)) = pending.begin() {
                drop(pending);
                let outcome = carried_out(|| commit(&writes));
                pending = self.enter();
                pending.settle(&batch, &writes, outcome);
            } else if pending.closed {
                return;
            } else {
                pending = self.work.wait(pending).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Nobody writes any more.
    pub fn close(&self) {
        self.enter().closed = true;
        self.work.notify_one();
    }
}

impl Pending {
    /// What the next writer sees beside what is on the disk.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Takes what a writer left: all that was pending, and its own.
    pub fn replace(&mut self, writes: Writes) {
        self.writes = writes;
        self.open.get_or_insert_default();
    }

    /// Commits here and now what the writer left, where nobody else does.
    pub fn commit(&mut self, commit: impl FnOnce(&Writes) -> Outcome) -> Option<Arc<Batch>> {
        let (batch, writes) = self.begin()?;
        self.settle(&batch, &writes, carried_out(|| commit(&writes)));
        Some(batch)
    }

    /// Takes what is open to be committed, where anything is.
    fn begin(&mut self) -> Option<(Arc<Batch>, Writes)> {
        let batch = self.open.take()?;
        self.flying = Some(Arc::clone(&batch));
        Some((batch, self.writes.clone()))
    }

    fn settle(&mut self, batch: &Batch, committed: &Writes, outcome: Outcome) {
        if let Err(error) = &outcome {
            self.writes = Writes::default();
            if let Some(built_on_it) = self.open.take() {
                built_on_it.settle(Err(error.clone()));
            }
        } else if let Some(revision) = committed.newest() {
            self.writes.forget(revision);
        }
        self.flying = None;
        batch.settle(outcome);
    }
}

impl Batch {
    fn settle(&self, outcome: Outcome) {
        *lock(&self.outcome) = Some(outcome);
        self.settled.notify_all();
        self.news.notify_waiters();
    }

    /// Waits on this thread for what becomes of it.
    pub fn wait(&self) -> Outcome {
        let mut outcome = lock(&self.outcome);
        loop {
            if let Some(outcome) = &*outcome {
                return outcome.clone();
            }
            outcome = self.settled.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for what becomes of it.
    pub async fn ended(&self) -> Outcome {
        loop {
            // Made before the look, so that what is told in between is heard.
            let news = self.news.notified();
            if let Some(outcome) = lock(&self.outcome).clone() {
                return outcome;
            }
            news.await;
        }
    }
}

/// What a commit came to. One that panics has failed.
fn carried_out(commit: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(commit)).unwrap_or_else(|_| Err(StoreError::new("a commit was cut short")))
}

/// Whatever panicked while it held a lock had left everything whole, so poison is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    use super::super::writes::Written;
    use super::*;

    /// A writer that puts one row in this revision.
    fn write(group: &Group, revision: u64) -> Arc<Batch> {
        let mut pending = group.enter();
        let mut writes = pending.writes().clone();
        let value = Some(Arc::default());
        writes.rows.insert(revision.to_string(), Written { value, revision });
        pending.replace(writes);
        group.leave(pending).unwrap()
    }

    /// Three writers, two of whom end while the first one's commit lasts, and one who comes when all of that is over: what they are
    /// told, and the commits, each with its newest revision and its rows.
    fn four_writers(first: impl Fn() -> Outcome + Sync) -> (Vec<Outcome>, Vec<(u64, usize)>) {
        let group = Group::default();
        let (begin, begun) = channel();
        let (end, ended) = channel();
        let (turn, commits) = (Mutex::new((begin, ended)), Mutex::new(Vec::new()));
        let commit = |writes: &Writes| {
            let mut commits = lock(&commits);
            commits.push((writes.newest().unwrap(), writes.rows.len()));
            if commits.len() > 1 {
                return Ok(());
            }
            drop(commits);
            let turn = lock(&turn);
            turn.0.send(()).unwrap();
            turn.1.recv().unwrap();
            first()
        };
        let outcomes = thread::scope(|scope| {
            scope.spawn(|| group.run(commit));
            let mut batches = vec![write(&group, 1)];
            begun.recv().unwrap();
            batches.extend([write(&group, 2), write(&group, 3)]);
            Sender::<()>::send(&end, ()).unwrap();
            let mut outcomes: Vec<_> = batches.iter().map(|batch| batch.wait()).collect();
            outcomes.push(write(&group, 4).wait());
            assert!(group.leave(group.enter()).is_none(), "nothing is left to wait for");
            group.close();
            outcomes
        });
        (outcomes, commits.into_inner().unwrap())
    }

    #[test]
    fn those_who_end_during_a_commit_share_the_next() {
        let (outcomes, commits) = four_writers(|| Ok(()));
        assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Ok(())]);
        assert_eq!(commits, [(1, 1), (3, 2), (4, 1)]);
    }

    #[test]
    fn what_was_built_on_a_commit_that_fails_fails_with_it() {
        let full = || Err(StoreError::new("full"));
        let (outcomes, commits) = four_writers(full);
        assert_eq!(outcomes, [full(), full(), full(), Ok(())]);
        assert_eq!(commits, [(1, 1), (4, 1)]);
    }

    #[test]
    fn nobody_waits_for_a_commit_that_panicked() {
        let (outcomes, _) = four_writers(|| panic!("simulated"));
        let cut_short = Err(StoreError::new("a commit was cut short"));
        assert_eq!(outcomes, [cut_short.clone(), cut_short.clone(), cut_short, Ok(())]);
    }

    #[test]
    fn who_wrote_nothing_waits_for_what_it_saw() {
        let group = Group::default();
        let batch = write(&group, 1);
        let seen = group.leave(group.enter()).unwrap();
        assert!(Arc::ptr_eq(&batch, &seen));
    }
}
