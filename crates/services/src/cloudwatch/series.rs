//! The rows of metrics: one for each metric and unit, and one for each of its hours; and how points are read by periods.
//!
//! **Invariant**: what is put is found again under the minute it was put for, or under the second where the metric is kept by the
//! second; an hour's row holds at most one point for each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_core::{Key, Place, Resource, Tx};
use tierra_model::Timestamp;

use super::limits::{HOUR_SECONDS, MINUTE_SECONDS};
use super::metric::{Metric, Unit};
use super::stats::Stats;

/// A metric in one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub place: Place,
    pub metric: Metric,
    pub unit: Unit,
    /// The newest moment that has a value.
    pub newest: Timestamp,
}

/// An hour of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hour {
    pub place: Place,
    /// The series' id.
    pub series: String,
    /// Hours since the epoch.
    pub hour: i64,
    /// By the seconds since the hour began.
    pub points: BTreeMap<u16, Stats>,
}

/// How finely values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    Second,
    Minute,
}

impl Resource for Series {
    const KIND: &'static str = "cloudwatch/series";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        series_id(&self.metric, self.unit)
    }
}

impl Resource for Hour {
    const KIND: &'static str = "cloudwatch/hour";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        hour_id(&self.series, self.hour)
    }
}

/// The metric's id comes first, so that its units lie side by side.
fn series_id(metric: &Metric, unit: Unit) -> String {
    format!("{}/{unit}", metric.id())
}

/// Ten digits, so that ids are in the order of time.
fn hour_id(series: &str, hour: i64) -> String {
    format!("{series}@{hour:010}")
}

/// Adds values to a metric at a moment.
pub fn record(tx: &mut Tx, place: &Place, metric: &Metric, unit: Unit, at: Timestamp, resolution: Resolution, values: &Stats) {
    let series = series_id(metric, unit);
    let second = match resolution {
        Resolution::Second => at.secs(),
        Resolution::Minute => floor(at.secs(), MINUTE_SECONDS),
    };
    let known = tx.find::<Series>(place, &series);
    let moment = Timestamp::from_secs(second);
    if known.is_none_or(|known| known.newest < moment) {
        tx.save(Series {
            place: place.clone(),
            metric: metric.clone(),
            unit,
            newest: moment,
        });
    }
    let number = second.div_euclid(HOUR_SECONDS);
    let mut hour = tx.find::<Hour>(place, hour_id(&series, number)).unwrap_or_else(|| Hour {
        place: place.clone(),
        series,
        hour: number,
        points: BTreeMap::new(),
    });
    hour.points.entry(hour.offset(second)).or_default().add(values);
    tx.save(hour);
}

impl Hour {
    /// When it begins, in seconds.
    pub fn start(&self) -> i64 {
        self.hour * HOUR_SECONDS
    }

    fn offset(&self, second: i64) -> u16 {
        // Seconds of one hour fit.
        u16::try_from(second - self.start()).unwrap_or_default()
    }

    /// The same points kept by a longer period, which divides an hour.
    #[must_use]
    pub fn coarser(&self, period: i64) -> Self {
        let mut points = BTreeMap::<u16, Stats>::new();
        for (offset, stats) in &self.points {
            let second = floor(self.start() + i64::from(*offset), period);
            points.entry(self.offset(second)).or_default().add(stats);
        }
        Self { points, ..self.clone() }
    }
}

/// The multiple of `period` at or before a moment, in seconds.
pub fn floor(second: i64, period: i64) -> i64 {
    second - second.rem_euclid(period)
}

/// A span of time, in seconds: from its first to before its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

/// The units that a metric was put in, or the one that is asked for.
pub fn units(tx: &Tx, place: &Place, metric: &Metric, unit: Option<Unit>) -> Vec<Unit> {
    let all = tx.range::<Series>(place, &format!("{}/", metric.id()), None, Unit::WORDS.len());
    let units = all.into_iter().map(|series| series.unit);
    units.filter(|one| unit.is_none_or(|unit| unit == *one)).collect()
}

/// A metric's values of a span, by the moments at which periods begin, in seconds; the first begins with the span. Periods without
/// values are not there.
pub fn read(tx: &Tx, place: &Place, metric: &Metric, unit: Unit, span: Span, period: i64) -> BTreeMap<i64, Stats> {
    let series = series_id(metric, unit);
    let (first, last) = (span.from.div_euclid(HOUR_SECONDS), (span.to - 1).div_euclid(HOUR_SECONDS));
    let mut periods = BTreeMap::<i64, Stats>::new();
    // Hours come in order, so the first after the span ends the reading; a metric may have far fewer than the span has.
    let mut after = hour_id(&series, first - 1);
    while let Some(hour) = tx.range::<Hour>(place, &format!("{series}@"), Some(&after), 1).pop() {
        if hour.hour > last {
            break;
        }
        for (offset, stats) in &hour.points {
            let second = hour.start() + i64::from(*offset);
            if (span.from..span.to).contains(&second) {
                periods.entry(span.from + floor(second - span.from, period)).or_default().add(stats);
            }
        }
        after = hour.id();
    }
    periods
}

/// Forgets a series that has nothing left.
pub fn forget(tx: &mut Tx, series: &Series) {
    tx.delete(&Key::<Series>::new(&series.place, series.id()));
}
