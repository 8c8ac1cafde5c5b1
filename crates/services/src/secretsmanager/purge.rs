//! Deletes secrets whose recovery window has passed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::{AwsError, DriverError, Key, Tx};
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::model::Secret;
use crate::Rooms;

struct Purge {
    rooms: Rooms,
}

/// The one thing to do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Look again when the window has passed.
    Wait(Duration),
    /// It has.
    Delete,
}

/// Starts the reconciler; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let purge = Arc::new(Purge { rooms: rooms.clone() });
    tasks.spawn(Runtime::new(purge, rooms.store.clone(), Bounds::default()).run(stop.clone()));
}

fn plan(secret: &Secret, now: Timestamp) -> Option<Step> {
    let left = secret.deletion?.due.0 - now.0;
    let left = u64::try_from(left).ok().filter(|left| *left > 0);
    Some(left.map_or(Step::Delete, |left| Step::Wait(Duration::from_millis(left))))
}

#[async_trait]
impl Reconciler for Purge {
    const NAME: &'static str = "secretsmanager/secret";
    type Root = Secret;
    type Actual = Timestamp;
    type Step = Step;

    /// There is nothing actual but the time.
    async fn observe(&self, _: &Key<Secret>) -> Result<Timestamp, DriverError> {
        Ok(self.rooms.clock.now())
    }

    fn plan(&self, world: &Tx, key: &Key<Secret>, now: &Timestamp) -> Vec<Step> {
        let secret = world.get(key);
        secret.and_then(|secret| plan(&secret, *now)).into_iter().collect()
    }

    async fn apply(&self, key: &Key<Secret>, step: Step) -> Result<Next, DriverError> {
        if let Step::Wait(time) = step {
            return Ok(Next::After(time));
        }
        let now = self.rooms.clock.now();
        let deleted = self.rooms.store.write(|tx| {
            // It may have been restored since.
            if let Some(secret) = tx.get(key).filter(|secret| plan(secret, now) == Some(Step::Delete)) {
                secret.purge(tx);
            }
            Ok(())
        });
        deleted.map_err(|error: AwsError| DriverError::failed("deleting a secret", error))?;
        Ok(Next::Settled)
    }
}
