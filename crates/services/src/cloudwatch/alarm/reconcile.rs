//! Looks at alarms when a period has ended.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::{AwsError, Call, DriverError, Key, Tx};
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::act::{caller, change_state};
use super::evaluate::{EXTRA_PERIODS, Point};
use super::model::{Alarm, State};
use super::reason;
use crate::Rooms;
use crate::cloudwatch::series::{Span, floor, read, units};
use crate::cloudwatch::stats::Statistic;

/// How long after the end of a period it is looked at, in seconds: samplers write what they saw of it first.
const GRACE: i64 = 2;

struct Alarms {
    rooms: Rooms,
}

/// One thing to do.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// The periods say so.
    Become(State),
    /// Look again when the next period has ended.
    Wait(Duration),
}

/// Starts the reconciler; it ends when `stop` says true.
pub(in crate::cloudwatch) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let alarms = Arc::new(Alarms { rooms: rooms.clone() });
    tasks.spawn(Runtime::new(alarms, rooms.store.clone(), Bounds::default()).run(stop.clone()));
}

/// The last moment at which a period had ended long enough ago, in seconds.
fn end(alarm: &Alarm, now: Timestamp) -> i64 {
    floor(now.secs() - GRACE, alarm.watch.period)
}

/// The periods that an alarm looks at.
fn points(tx: &Tx, alarm: &Alarm, now: Timestamp) -> Vec<Point> {
    let watch = &alarm.watch;
    let (count, to) = (i64::from(watch.evaluation_periods) + EXTRA_PERIODS, end(alarm, now));
    let span = Span {
        from: to - count * watch.period,
        to,
    };
    let unit = units(tx, &alarm.place, &watch.metric, watch.unit).into_iter().next();
    let periods = unit
        .map(|unit| read(tx, &alarm.place, &watch.metric, unit, span, watch.period))
        .unwrap_or_default();
    let statistic = watch.statistic.parse().unwrap_or(Statistic::Average);
    let starts = (0..count).map(|index| span.from + index * watch.period);
    starts
        .map(|at| Point {
            at,
            value: periods.get(&at).and_then(|stats| stats.value(statistic)),
        })
        .collect()
}

/// What is to be done about an alarm now.
pub(super) fn plan(tx: &Tx, alarm: &Alarm, now: Timestamp) -> Vec<Step> {
    let verdict = alarm.watch.evaluate(&points(tx, alarm, now));
    let next = (end(alarm, now) + alarm.watch.period + GRACE) * 1000 - now.0;
    let wait = Step::Wait(Duration::from_millis(next.unsigned_abs().max(1)));
    let news = verdict.state.filter(|state| *state != alarm.state.value).map(|value| {
        Step::Become(State {
            value,
            reason: reason::words(alarm, value, &verdict),
            data: Some(reason::data(&alarm.watch, &verdict, now).to_string()),
            updated: now,
            changed: now,
        })
    });
    news.into_iter().chain([wait]).collect()
}

#[async_trait]
impl Reconciler for Alarms {
    const NAME: &'static str = "cloudwatch/alarm";
    type Root = Alarm;
    type Actual = Timestamp;
    type Step = Step;

    /// There is nothing actual but the time.
    async fn observe(&self, _: &Key<Alarm>) -> Result<Timestamp, DriverError> {
        Ok(self.rooms.clock.now())
    }

    fn plan(&self, world: &Tx, key: &Key<Alarm>, now: &Timestamp) -> Vec<Step> {
        world.get(key).map(|alarm| plan(world, &alarm, *now)).unwrap_or_default()
    }

    async fn apply(&self, key: &Key<Alarm>, step: Step) -> Result<Next, DriverError> {
        let state = match step {
            Step::Wait(time) => return Ok(Next::After(time)),
            Step::Become(state) => state,
        };
        let call = Call {
            caller: caller(&key.place),
            place: key.place.clone(),
            now: self.rooms.clock.now(),
            ids: self.rooms.ids.clone(),
            request: String::new(),
            source_ip: None,
            api_version: None,
        };
        let key = key.clone();
        let changed = self.rooms.store.commit(move |tx| {
            // It may have been told another state, or another threshold, since.
            let alarm = tx.get(&key).map(|alarm| alarm.value);
            if let Some(alarm) = alarm.filter(|alarm| plan(tx, alarm, call.now).iter().any(|step| is_same(step, &state))) {
                change_state(tx, &call, alarm, state);
            }
            Ok::<_, AwsError>(())
        });
        changed
            .await
            .map_err(|error| DriverError::failed("changing an alarm's state", error))?;
        Ok(Next::Settled)
    }
}

fn is_same(step: &Step, state: &State) -> bool {
    matches!(step, Step::Become(other) if other.value == state.value)
}
