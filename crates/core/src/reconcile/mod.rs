//! The reconcile runtime: level-triggered, keyed, bounded, with backoff.
//!
//! **Invariant**: an activation takes no input but the key. It observes, plans on a snapshot, applies; a change of the store, a
//! timer, a failure or a restart only say *look again*. One key is never worked on twice at once.

mod queue;
mod runtime;

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;

pub use runtime::{Bounds, Runtime};

use crate::driver::DriverError;
use crate::store::{Change, Key, Resource, StoreError, Tx};

/// When a key wants to be looked at again, beside changes of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Only when something changes.
    Settled,
    /// After this time.
    After(Duration),
}

impl Next {
    /// The sooner of two.
    #[must_use]
    pub fn sooner(self, other: Self) -> Self {
        match (self, other) {
            (Self::After(a), Self::After(b)) => Self::After(a.min(b)),
            (Self::After(a), Self::Settled) | (Self::Settled, Self::After(a)) => Self::After(a),
            (Self::Settled, Self::Settled) => Self::Settled,
        }
    }
}

/// Brings what is to what should be, for one kind of resource.
#[async_trait]
pub trait Reconciler: Send + Sync + 'static {
    /// Its name in logs: `ec2/instance`.
    const NAME: &'static str;
    /// How often a key whose root is there is looked at even where nothing is known to have changed, for what can be lost on the
    /// machine without anybody's saying so.
    const PERIOD: Option<Duration> = None;
    /// What it is woken for.
    type Root: Resource;
    /// What is actual, as the drivers say it.
    type Actual: Send + Sync;
    /// One thing to do.
    type Step: Send + std::fmt::Debug;

    /// Which keys a change concerns. The root's own changes by default; a reconciler that reads more says so here.
    fn woken_by(&self, change: &Change, _world: &Tx) -> Vec<Key<Self::Root>> {
        change.key().into_iter().collect()
    }

    /// Looks at what is actual.
    ///
    /// # Errors
    /// Where the machine does not answer; the key is tried again with backoff.
    async fn observe(&self, key: &Key<Self::Root>) -> Result<Self::Actual, DriverError>;

    /// Decides what to do. Pure. An empty plan means that all is as it should be.
    fn plan(&self, world: &Tx, key: &Key<Self::Root>, actual: &Self::Actual) -> Vec<Self::Step>;

    /// Does one step; idempotent, chooses nothing. Writes status into the store where there is news.
    ///
    /// # Errors
    /// Where it did not work; the rest of the plan is dropped and the key is tried again with backoff.
    async fn apply(&self, key: &Key<Self::Root>, step: Self::Step) -> Result<Next, DriverError>;
}

impl From<StoreError> for DriverError {
    fn from(error: StoreError) -> Self {
        Self::failed("the store", error)
    }
}
