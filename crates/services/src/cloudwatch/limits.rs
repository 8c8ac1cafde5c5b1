//! Quotas and retention. Follows the pages "CloudWatch service quotas" and "Metrics retention".

use std::time::Duration;

/// Data in one call of `PutMetricData`.
pub const DATA: usize = 1000;
/// Different values of one datum.
pub const VALUES: usize = 150;
/// Alarms of an account in a region.
pub const ALARMS: usize = 5000;
/// Points that `GetMetricStatistics` gives.
pub const POINTS: i64 = 1440;
/// Points that one call of `GetMetricData` gives.
pub const DATA_POINTS: i32 = 100_800;
/// Queries of one call of `GetMetricData`.
pub const QUERIES: usize = 500;
/// Metrics of one page of `ListMetrics`.
pub const LISTED: usize = 500;
/// Days that the evaluation of an alarm spans.
pub const EVALUATION_SECONDS: i64 = 24 * HOUR_SECONDS;
/// The largest magnitude of a value: 2^360.
pub const MAGNITUDE: f64 = 2.348_542_582_773_833e108;

/// A minute, an hour, a day, in seconds.
pub const MINUTE_SECONDS: i64 = 60;
pub const HOUR_SECONDS: i64 = 3600;
pub const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// How long before now a value may be dated, and how long after.
pub const PAST: Duration = Duration::from_secs(14 * DAY_SECONDS as u64);
pub const FUTURE: Duration = Duration::from_secs(2 * HOUR_SECONDS as u64);

/// How old points are when they are kept by a longer period, in seconds, and that period; the last go altogether.
pub const RETENTION: [(i64, i64); 4] = [
    (3 * HOUR_SECONDS, MINUTE_SECONDS),
    (15 * DAY_SECONDS, 5 * MINUTE_SECONDS),
    (63 * DAY_SECONDS, HOUR_SECONDS),
    (455 * DAY_SECONDS, 0),
];
/// A metric without a new value for so long is listed no more, in seconds.
pub const LISTED_SECONDS: i64 = 14 * DAY_SECONDS;
/// What `RecentlyActive` asks for, in seconds.
pub const RECENT_SECONDS: i64 = 3 * HOUR_SECONDS;
/// How long an alarm's history is kept.
pub const HISTORY_SECONDS: i64 = 30 * DAY_SECONDS;
