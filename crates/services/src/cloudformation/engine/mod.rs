//! The engine: brings stacks in line with what is wanted of them.
//!
//! Level-triggered: each activation reads the store and nothing else, and everything that it does is one transaction in which the
//! deed, its record and its event are written together. A crash between two of them loses nothing and repeats nothing.
//!
//! | file | what |
//! |---|---|
//! | `survey` | what there is to do: pure |
//! | `work` | one step's transaction: rows and events |
//! | `bring` | a resource is made, changed, or waited for |
//! | `remove` | a resource goes |
//! | `role` | as whom it acts |
//! | `secret` | secret values, opened only while a service is asked |
//! | `signals` | who waits for which signals |
//! | `conclude` | the stack has arrived, or gives up |
//! | `world` | what a template's expressions may ask of the store |

mod bring;
mod conclude;
mod remove;
pub mod role;
mod secret;
mod signals;
mod survey;
#[cfg(test)]
pub mod tests;
mod work;
pub mod world;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::{Clock, DriverError, Ids, Key, Store, StoreError, Tx};
use tokio::sync::watch;

pub use survey::Step;
pub use work::Work;

use super::model::Stack;

/// How long until something that is under way is looked at again.
const POLL: Duration = Duration::from_millis(100);

/// The reconciler of stacks.
#[derive(Clone)]
pub struct Engine {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
}

impl Engine {
    /// An engine over this store.
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Ids) -> Self {
        Self { store, clock, ids }
    }

    /// Runs until `stop` says true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let store = self.store.clone();
        Runtime::new(Arc::new(self), store, Bounds::default()).run(stop).await;
    }

    /// One step, in a transaction of its own.
    fn step(&self, tx: &mut Tx, key: &Key<Stack>, step: &Step) -> Next {
        let Some(stack) = tx.get(key) else {
            return Next::Settled;
        };
        let mut work = Work::new(tx, stack.value, self.clock.now(), &self.ids);
        work.take(step);
        let busy = work.finish();
        if busy { Next::After(POLL) } else { Next::Settled }
    }
}

#[async_trait]
impl Reconciler for Engine {
    const NAME: &'static str = "cloudformation/stack";
    type Root = Stack;
    type Actual = ();
    type Step = Step;

    async fn observe(&self, _: &Key<Stack>) -> Result<(), DriverError> {
        Ok(())
    }

    fn plan(&self, world: &Tx, key: &Key<Stack>, (): &()) -> Vec<Step> {
        world
            .get(key)
            .map_or_else(Vec::new, |stack| survey::plan(world, &stack, self.clock.now()))
    }

    async fn apply(&self, key: &Key<Stack>, step: Step) -> Result<Next, DriverError> {
        let (engine, key) = (self.clone(), key.clone());
        let next = self.store.commit(move |tx| Ok::<_, StoreError>(engine.step(tx, &key, &step)));
        Ok(next.await?)
    }
}
