//! CloudWatch: metrics that callers put and that the cloud samples of itself, read back as statistics, and alarms that watch them.
//!
//! Map: `metric.rs` what a metric is called · `stats.rs` what is kept of its values, and statistics of it · `series.rs` the rows and
//! how they are read by periods · `retention.rs` how they grow coarse and go · `sample/` what the cloud measures of itself ·
//! `alarm/` alarms, their states and actions · `ops/` the API · `cfn.rs` `AWS::CloudWatch::Alarm`.
//!
//! **Invariant**: a value is added to what is kept of its minute (or second) and never told apart again; so a metric costs the
//! same whether it is put once a minute or a thousand times.

mod alarm;
mod cfn;
mod errors;
mod limits;
mod metric;
mod ops;
mod retention;
mod sample;
mod series;
mod stats;

#[cfg(test)]
mod tests;

use tierra_core::Registry;
use tierra_core::store::Change;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use errors::CloudWatchError;

use crate::Rooms;

/// Whether a change is only of values: the cloud measures itself as long as anything runs.
pub fn is_measurement(change: &Change) -> bool {
    change.key::<series::Series>().is_some() || change.key::<series::Hour>().is_some()
}

/// Declares CloudWatch's operations and CloudFormation type.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}

/// Starts what samples, what watches alarms and what lets old data go; they end when `stop` says true.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    alarm::start(rooms, stop, tasks);
    retention::start(rooms, stop, tasks);
    sample::start(rooms, stop, tasks);
}
