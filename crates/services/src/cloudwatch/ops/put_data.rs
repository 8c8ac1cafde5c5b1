//! `PutMetricData`.

use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use crate::cloudwatch::errors::{CloudWatchError, invalid};
use crate::cloudwatch::limits::{self, FUTURE, PAST};
use crate::cloudwatch::metric::{Dimension, Metric, Unit};
use crate::cloudwatch::series::{Resolution, record};
use crate::cloudwatch::stats::Stats;
use crate::declare::{anything, operations};

/// Namespaces of the cloud itself.
const RESERVED: &str = "AWS/";

operations! { "cloudwatch", CloudWatchError;
    write PutMetricData(PutMetricDataInput) -> () = put, on anything;
}

/// Input of [`PutMetricData`].
#[derive(Default, Shape)]
pub struct PutMetricDataInput {
    pub(crate) namespace: String,
    pub(crate) metric_data: Vec<MetricDatum>,
}

/// A value, values with how often they came, or what somebody summed up.
#[derive(Clone, Default, Shape)]
pub struct MetricDatum {
    pub(crate) metric_name: String,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) value: Option<f64>,
    pub(crate) statistic_values: Option<StatisticSet>,
    pub(crate) values: Vec<f64>,
    pub(crate) counts: Vec<f64>,
    pub(crate) unit: Option<Unit>,
    pub(crate) storage_resolution: Option<i32>,
}

/// What somebody summed up.
#[derive(Clone, Default, Shape)]
pub struct StatisticSet {
    pub(crate) sample_count: f64,
    pub(crate) sum: f64,
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
}

fn put(tx: &mut Tx, call: &Call, input: PutMetricDataInput) -> Result<(), CloudWatchError> {
    if input.namespace.starts_with(RESERVED) || input.namespace.starts_with(':') {
        return Err(invalid(format!(
            "The value {} for parameter Namespace is invalid.",
            input.namespace
        )));
    }
    if input.metric_data.is_empty() {
        return Err(CloudWatchError::Missing {
            parameter: "MetricData".to_owned(),
        });
    }
    if input.metric_data.len() > limits::DATA {
        return Err(invalid(format!(
            "The collection MetricData must not have a size greater than {}.",
            limits::DATA
        )));
    }
    for (index, datum) in input.metric_data.into_iter().enumerate() {
        let place = format!("MetricData.member.{}", index + 1);
        let stats = stats(&datum, &place)?;
        let at = moment(datum.timestamp, call.now, &place)?;
        let resolution = resolution(datum.storage_resolution, &place)?;
        let metric = Metric {
            namespace: input.namespace.clone(),
            metric_name: datum.metric_name,
            dimensions: datum.dimensions,
        }
        .sorted();
        record(tx, &call.place, &metric, datum.unit.unwrap_or(Unit::None), at, resolution, &stats);
    }
    Ok(())
}

fn moment(asked: Option<Timestamp>, now: Timestamp, place: &str) -> Result<Timestamp, CloudWatchError> {
    let at = asked.unwrap_or(now);
    let millis = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    if at > now.plus_millis(millis(FUTURE)) {
        return Err(invalid(format!(
            "The parameter {place}.Timestamp must specify a time no more than two hours in the future."
        )));
    }
    if at < now.plus_millis(-millis(PAST)) {
        return Err(invalid(format!(
            "The parameter {place}.Timestamp must specify a time within the past two weeks."
        )));
    }
    Ok(at)
}

fn resolution(asked: Option<i32>, place: &str) -> Result<Resolution, CloudWatchError> {
    match asked {
        None | Some(60) => Ok(Resolution::Minute),
        Some(1) => Ok(Resolution::Second),
        Some(_) => Err(invalid(format!("The parameter {place}.StorageResolution must be one of 1 and 60."))),
    }
}

/// What a datum holds; exactly one of its three forms.
fn stats(datum: &MetricDatum, place: &str) -> Result<Stats, CloudWatchError> {
    let forms = [datum.value.is_some(), datum.statistic_values.is_some(), !datum.values.is_empty()];
    match forms.iter().filter(|form| **form).count() {
        0 => Err(CloudWatchError::Missing {
            parameter: format!("{place}.Value"),
        }),
        1 => one_form(datum, place),
        _ => Err(CloudWatchError::Combination {
            reason: format!(
                "The parameters {place}.Value, {place}.Values and {place}.StatisticValues are mutually exclusive and you have specified more than one."
            ),
        }),
    }
}

fn one_form(datum: &MetricDatum, place: &str) -> Result<Stats, CloudWatchError> {
    if let Some(value) = datum.value {
        return Ok(Stats::of(number(value, &format!("{place}.Value"))?, 1.0));
    }
    if let Some(set) = &datum.statistic_values {
        return summed(set, &format!("{place}.StatisticValues"));
    }
    let (values, counts) = (&datum.values, &datum.counts);
    if !counts.is_empty() && counts.len() != values.len() {
        return Err(invalid(format!(
            "The parameters {place}.Values and {place}.Counts must be of the same size."
        )));
    }
    if values.len() > limits::VALUES {
        return Err(invalid(format!(
            "The collection {place}.Values must not have a size greater than {}.",
            limits::VALUES
        )));
    }
    let mut all = Stats::default();
    for (index, value) in values.iter().enumerate() {
        let value = number(*value, &format!("{place}.Values.member.{}", index + 1))?;
        let at = format!("{place}.Counts.member.{}", index + 1);
        let count = number(counts.get(index).copied().unwrap_or(1.0), &at)?;
        if count <= 0.0 {
            return Err(invalid(format!("The value {count} for parameter {at} is invalid.")));
        }
        all.add(&Stats::of(value, count));
    }
    Ok(all)
}

fn summed(set: &StatisticSet, place: &str) -> Result<Stats, CloudWatchError> {
    let count = number(set.sample_count, &format!("{place}.SampleCount"))?;
    let sum = number(set.sum, &format!("{place}.Sum"))?;
    let minimum = number(set.minimum, &format!("{place}.Minimum"))?;
    let maximum = number(set.maximum, &format!("{place}.Maximum"))?;
    if count <= 0.0 {
        return Err(invalid(format!("The parameter {place}.SampleCount must be greater than 0.")));
    }
    if minimum > maximum {
        return Err(invalid(format!(
            "The parameter {place}.Maximum must be greater than or equal to {place}.Minimum."
        )));
    }
    // One value, however often, is known; several are not.
    if minimum == maximum {
        return Ok(Stats::of(minimum, count));
    }
    Ok(Stats::summed(count, sum, minimum, maximum))
}

fn number(value: f64, place: &str) -> Result<f64, CloudWatchError> {
    if value.is_finite() && value.abs() <= limits::MAGNITUDE {
        return Ok(value);
    }
    Err(invalid(format!("The value {value} for parameter {place} is invalid.")))
}
