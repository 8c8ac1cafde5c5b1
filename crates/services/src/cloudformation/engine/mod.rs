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
use tierra_core::store::Change;
use tierra_core::{AwsError, Call, Clock, DriverError, Ids, Key, Resource as _, Store, StoreError, Tx};
use tokio::sync::watch;

pub use survey::Step;
pub use work::Work;

use super::model::{Stack, StackResource};
use super::ops::of_arn;
use super::template_url::Templates;

/// How long until something that is under way is looked at again where no row says that it changed: time limits, and resources
/// whose physical id is not that of a row.
const POLL: Duration = Duration::from_millis(100);

/// The reconciler of stacks.
#[derive(Clone)]
pub struct Engine {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
    templates: Arc<dyn Templates>,
}

impl Engine {
    /// An engine over this store, whose nested stacks' templates lie there.
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Ids, templates: Arc<dyn Templates>) -> Self {
        Self {
            store,
            clock,
            ids,
            templates,
        }
    }

    /// Runs until `stop` says true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let store = self.store.clone();
        Runtime::new(Arc::new(self), store, Bounds::default()).run(stop).await;
    }

    /// As whom, and from where, a template has to be read before this step.
    fn asks(&self, tx: &mut Tx, key: &Key<Stack>, step: &Step) -> Option<(Call, String)> {
        let Step::Bring(id) = step else { return None };
        let stack = tx.get(key)?;
        let mut work = Work::new(tx, stack.value, self.clock.now(), &self.ids);
        let address = work.address(id)?;
        Some((work.call, address))
    }

    /// One step, in a transaction of its own.
    fn step(&self, tx: &mut Tx, key: &Key<Stack>, step: &Step, template: Option<Result<String, AwsError>>) -> Next {
        let Some(stack) = tx.get(key) else {
            return Next::Settled;
        };
        let mut work = Work::new(tx, stack.value, self.clock.now(), &self.ids);
        work.template = template;
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

    /// A stack follows the rows that its resources are, and a parent its nested stacks.
    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Stack>> {
        if let Some(key) = change.key::<Stack>() {
            let nested = world.get(&key).and_then(|stack| stack.value.parent);
            let parent = nested
                .and_then(|arn| of_arn(world, &arn))
                .map(|parent| Key::new(&parent.place, parent.id()));
            return std::iter::once(key).chain(parent).collect();
        }
        let Some((place, id)) = change.subject() else { return Vec::new() };
        let waiting = world
            .by_index::<StackResource>(&place, "physical", id)
            .into_iter()
            .filter(StackResource::is_busy);
        waiting.map(|row| Key::new(&row.place, row.stack)).collect()
    }

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
        let template = match self.store.read(|tx| Ok::<_, StoreError>(self.asks(tx, &key, &step)))? {
            Some((call, address)) => Some(self.templates.read(&call, &address).await),
            None => None,
        };
        let next = self
            .store
            .commit(move |tx| Ok::<_, StoreError>(engine.step(tx, &key, &step, template)));
        Ok(next.await?)
    }
}
