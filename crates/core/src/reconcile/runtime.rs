//! Runs one reconciler over all keys of its root.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::queue::Queue;
use super::{Next, Reconciler};
use crate::driver::DriverError;
use crate::store::{Change, Key, Resource, Store, StoreError, Tx};

/// What a runtime may use.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Keys worked on at once.
    pub concurrency: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { concurrency: 16 }
    }
}

/// How an activation ended.
type Ended<Root> = (Key<Root>, Result<Next, DriverError>);

/// One reconciler and the store that it follows.
pub struct Runtime<R: Reconciler> {
    reconciler: Arc<R>,
    store: Store,
    bounds: Bounds,
    queue: Queue<Key<R::Root>>,
    work: JoinSet<Ended<R::Root>>,
    seen: u64,
}

impl<R: Reconciler> Runtime<R> {
    /// A runtime that has not looked at anything yet.
    pub fn new(reconciler: Arc<R>, store: Store, bounds: Bounds) -> Self {
        Self {
            reconciler,
            store,
            bounds,
            queue: Queue::new(),
            work: JoinSet::new(),
            seen: 0,
        }
    }

    /// Runs until `stop` says true; then lets what is under way finish its step.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut revisions = self.store.revisions();
        self.wake_all();
        while !*stop.borrow() {
            self.follow(revisions.see());
            self.start_due();
            let timer = self.queue.next_timer();
            // In a fixed order, so that a simulation can be played again: the bounded branches first, so that none is starved.
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                Some(ended) = self.work.join_next() => self.ended(ended),
                () = revisions.changed() => {}
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {}
            }
        }
        while let Some(ended) = self.work.join_next().await {
            self.ended(ended);
        }
    }

    fn wake_all(&mut self) {
        let all = self.store.read(|tx| Ok::<_, StoreError>((tx.revision(), tx.all::<R::Root>())));
        match all {
            Ok((revision, all)) => {
                self.seen = revision;
                all.iter().for_each(|root| self.queue.wake(Key::new(root.place(), root.id())));
            }
            Err(error) => tracing::error!(reconciler = R::NAME, %error, "cannot list what there is"),
        }
    }

    /// Wakes what changed up to `revision`. A feed that no longer reaches back means: look at everything.
    fn follow(&mut self, revision: u64) {
        if revision == self.seen {
            return;
        }
        match self.store.changes(self.seen) {
            Ok(Some(changes)) => self.wake_for(&changes),
            Ok(None) => self.wake_all(),
            Err(error) => tracing::error!(reconciler = R::NAME, %error, "cannot read the feed"),
        }
    }

    fn wake_for(&mut self, changes: &[Change]) {
        let woken = self.store.read(|tx: &mut Tx| {
            Ok::<_, StoreError>(
                changes
                    .iter()
                    .flat_map(|change| self.reconciler.woken_by(change, tx))
                    .collect::<Vec<_>>(),
            )
        });
        woken.into_iter().flatten().for_each(|key| self.queue.wake(key));
        self.seen = changes.last().map_or(self.seen, |change| change.revision);
    }

    fn start_due(&mut self) {
        self.queue.ripen(Instant::now());
        while self.queue.working() < self.bounds.concurrency {
            let Some(key) = self.queue.take() else { break };
            let (reconciler, store) = (Arc::clone(&self.reconciler), self.store.clone());
            self.work.spawn(async move {
                let outcome = activate(&*reconciler, &store, &key).await;
                (key, outcome)
            });
        }
    }

    fn is_there(&self, key: &Key<R::Root>) -> bool {
        self.store.read(|tx| Ok::<_, StoreError>(tx.get(key).is_some())).unwrap_or(false)
    }

    fn ended(&mut self, ended: Result<Ended<R::Root>, tokio::task::JoinError>) {
        match ended {
            Ok((key, Ok(next))) => {
                self.queue.done(&key);
                let period = R::PERIOD.filter(|_| self.is_there(&key)).map_or(Next::Settled, Next::After);
                if let Next::After(wait) = next.sooner(period) {
                    self.queue.wake_at(key, Instant::now() + wait);
                }
            }
            Ok((key, Err(error))) => {
                tracing::warn!(reconciler = R::NAME, ?key, %error, "will try again");
                self.queue.failed(&key, Instant::now());
            }
            // A panic in a reconciler is a bug; the key stays marked as worked on, so that it cannot spin.
            Err(panic) => tracing::error!(reconciler = R::NAME, %panic, "an activation panicked"),
        }
    }
}

/// One activation: observe, plan, apply.
async fn activate<R: Reconciler>(reconciler: &R, store: &Store, key: &Key<R::Root>) -> Result<Next, DriverError> {
    let actual = reconciler.observe(key).await?;
    let steps = store.read(|tx| Ok::<_, StoreError>(reconciler.plan(tx, key, &actual)))?;
    let mut next = Next::Settled;
    for step in steps {
        tracing::debug!(reconciler = R::NAME, ?key, ?step, "apply");
        next = next.sooner(reconciler.apply(key, step).await?);
    }
    Ok(next)
}
