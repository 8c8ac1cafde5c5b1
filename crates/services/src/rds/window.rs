//! Maintenance windows: what waits is brought into force in them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::{AwsError, DriverError, Key, Tx};
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::errors::RdsError;
use super::model::{DbInstance, Pending};
use super::ops::instance::modify::apply_pending;
use crate::Rooms;

const MINUTE: i64 = 60 * 1000;
/// Minutes of a day and of a week.
const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;
/// The epoch began on a Thursday: minutes from that week's Monday to it.
const EPOCH: i64 = 3 * DAY;
/// Minutes that a window lasts at least.
const LEAST: i64 = 30;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A window: minutes from Monday's beginning, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    start: i64,
    length: i64,
}

impl Window {
    /// Reads `mon:04:10-mon:04:40`.
    pub(super) fn parse(text: &str) -> Result<Self, RdsError> {
        let invalid = || {
            RdsError::value(format!(
                "Invalid maintenance window format: {text}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC). Example: sun:23:45-mon:00:15"
            ))
        };
        let (from, to) = text.split_once('-').ok_or_else(invalid)?;
        let (start, end) = (moment(from).ok_or_else(invalid)?, moment(to).ok_or_else(invalid)?);
        let length = (end - start).rem_euclid(WEEK);
        if !(LEAST..=DAY).contains(&length) {
            return Err(RdsError::value(
                "The maintenance window must be at least 30 minutes and at most 24 hours.",
            ));
        }
        Ok(Self { start, length })
    }

    /// How long until it is open; `None`: it is.
    fn opens_in(self, now: Timestamp) -> Option<Duration> {
        let week = WEEK * MINUTE;
        let since = (now.0 + (EPOCH - self.start) * MINUTE).rem_euclid(week);
        let left = u64::try_from(week - since).unwrap_or(0);
        (since >= self.length * MINUTE).then(|| Duration::from_millis(left))
    }
}

/// `mon:04:10`
fn moment(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (day, hour, minute) = (parts.next()?.to_ascii_lowercase(), parts.next()?, parts.next()?);
    let day = i64::try_from(DAYS.iter().position(|name| *name == day)?).ok()?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && parts.next().is_none();
    fits.then_some(day * DAY + hour * 60 + minute)
}

struct Maintenance {
    rooms: Rooms,
}

/// The one thing to do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Look again when the window opens.
    Wait(Duration),
    /// It is open.
    Apply,
}

/// Starts the reconciler; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let maintenance = Arc::new(Maintenance { rooms: rooms.clone() });
    tasks.spawn(Runtime::new(maintenance, rooms.store.clone(), Bounds::default()).run(stop.clone()));
}

fn plan(instance: &DbInstance, now: Timestamp) -> Option<Step> {
    if instance.spec.pending == Pending::default() || instance.spec.deletion.is_some() {
        return None;
    }
    // A window was checked when it was set; without one nothing would ever come into force.
    let left = Window::parse(&instance.spec.maintenance_window)
        .ok()
        .and_then(|window| window.opens_in(now));
    Some(left.map_or(Step::Apply, Step::Wait))
}

#[async_trait]
impl Reconciler for Maintenance {
    const NAME: &'static str = "rds/maintenance";
    type Root = DbInstance;
    type Actual = Timestamp;
    type Step = Step;

    /// There is nothing actual but the time.
    async fn observe(&self, _: &Key<DbInstance>) -> Result<Timestamp, DriverError> {
        Ok(self.rooms.clock.now())
    }

    fn plan(&self, world: &Tx, key: &Key<DbInstance>, now: &Timestamp) -> Vec<Step> {
        let instance = world.get(key);
        instance.and_then(|instance| plan(&instance, *now)).into_iter().collect()
    }

    async fn apply(&self, key: &Key<DbInstance>, step: Step) -> Result<Next, DriverError> {
        if let Step::Wait(time) = step {
            return Ok(Next::After(time));
        }
        let now = self.rooms.clock.now();
        let applied = self.rooms.store.write(|tx| {
            if let Some(found) = tx.get(key).filter(|instance| plan(instance, now) == Some(Step::Apply)) {
                let mut instance = found.value;
                apply_pending(tx, &self.rooms.ids, &mut instance)?;
                tx.save(instance);
            }
            Ok(())
        });
        applied.map_err(|error: AwsError| DriverError::failed("maintaining a database", error))?;
        Ok(Next::Settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_open_when_they_say() {
        // 2026-11-21 is a Saturday.
        let at = |text: &str| Timestamp::parse_iso8601(text).expect("a moment");
        for (window, now, hours) in [
            ("sat:08:00-sat:09:00", "2026-11-21T08:30:00Z", None),
            ("sat:09:00-sat:09:30", "2026-11-21T08:00:00Z", Some(1)),
            ("fri:23:45-sat:00:15", "2026-11-21T00:00:00Z", None),
            ("sat:00:00-sat:01:00", "2026-11-21T01:00:00Z", Some(7 * 24 - 1)),
        ] {
            let opens = Window::parse(window).expect("a window").opens_in(at(now));
            assert_eq!(opens, hours.map(|hours| Duration::from_secs(hours * 3600)), "{window} {now}");
        }
        for wrong in ["", "mon:04:10", "mon:04:10-mon:04:20", "xyz:04:10-mon:05:00", "mon:24:00-tue:01:00"] {
            assert!(Window::parse(wrong).is_err(), "{wrong}");
        }
    }
}
