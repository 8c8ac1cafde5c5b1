//! `GetMetricStatistics`.

use std::collections::BTreeMap;

use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::{grouped, period, span};
use crate::cloudwatch::errors::{CloudWatchError, invalid};
use crate::cloudwatch::limits::POINTS;
use crate::cloudwatch::metric::{Dimension, Metric, Unit};
use crate::cloudwatch::series::{read, units};
use crate::cloudwatch::stats::{Statistic, Stats};
use crate::declare::{anything, operations};

operations! { "cloudwatch", CloudWatchError;
    read GetMetricStatistics(GetMetricStatisticsInput) -> GetMetricStatisticsOutput = get, on anything;
}

/// Input of [`GetMetricStatistics`].
#[derive(Default, Shape)]
pub struct GetMetricStatisticsInput {
    pub(crate) namespace: String,
    pub(crate) metric_name: String,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) start_time: Timestamp,
    pub(crate) end_time: Timestamp,
    pub(crate) period: i32,
    pub(crate) statistics: Vec<String>,
    pub(crate) extended_statistics: Vec<String>,
    pub(crate) unit: Option<Unit>,
}

/// Points, in no order that callers may count on.
#[derive(Default, Shape)]
pub struct GetMetricStatisticsOutput {
    pub(crate) label: String,
    pub(crate) datapoints: Vec<Datapoint>,
}

/// The statistics of one period.
#[derive(Default, Shape)]
pub struct Datapoint {
    pub(crate) timestamp: Timestamp,
    pub(crate) sample_count: Option<f64>,
    pub(crate) average: Option<f64>,
    pub(crate) sum: Option<f64>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) unit: Unit,
    pub(crate) extended_statistics: BTreeMap<String, f64>,
}

fn get(tx: &mut Tx, call: &Call, input: GetMetricStatisticsInput) -> Result<GetMetricStatisticsOutput, CloudWatchError> {
    let period = period(input.period)?;
    let span = span(input.start_time, input.end_time, period, call.now)?;
    let asked = asked(&input)?;
    let points = (span.to - span.from) / period;
    if points > POINTS {
        return Err(CloudWatchError::Combination {
            reason: format!(
                "You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
                grouped(points),
                grouped(POINTS)
            ),
        });
    }
    let metric = Metric {
        namespace: input.namespace,
        metric_name: input.metric_name,
        dimensions: input.dimensions,
    }
    .sorted();
    let mut datapoints = Vec::new();
    for unit in units(tx, &call.place, &metric, input.unit) {
        let periods = read(tx, &call.place, &metric, unit, span, period);
        datapoints.extend(periods.iter().map(|(second, stats)| datapoint(*second, stats, unit, &asked)));
    }
    Ok(GetMetricStatisticsOutput {
        label: metric.metric_name,
        datapoints,
    })
}

/// What is asked for, by the words that asked.
fn asked(input: &GetMetricStatisticsInput) -> Result<Vec<(String, Statistic)>, CloudWatchError> {
    let mut asked = Vec::new();
    for (parameter, words, is_extended) in [
        ("Statistics", &input.statistics, false),
        ("ExtendedStatistics", &input.extended_statistics, true),
    ] {
        for word in words {
            let statistic = word
                .parse()
                .ok()
                .filter(|one| matches!(one, Statistic::Percentile(_)) == is_extended);
            let statistic = statistic.ok_or_else(|| invalid(format!("The value {word} for parameter {parameter} is not supported.")))?;
            asked.push((word.clone(), statistic));
        }
    }
    if asked.is_empty() {
        return Err(CloudWatchError::Missing {
            parameter: "Statistics or ExtendedStatistics".to_owned(),
        });
    }
    Ok(asked)
}

fn datapoint(second: i64, stats: &Stats, unit: Unit, asked: &[(String, Statistic)]) -> Datapoint {
    let mut point = Datapoint {
        timestamp: Timestamp::from_secs(second),
        unit,
        ..Datapoint::default()
    };
    for (word, statistic) in asked {
        let value = stats.value(*statistic);
        match statistic {
            Statistic::SampleCount => point.sample_count = value,
            Statistic::Average => point.average = value,
            Statistic::Sum => point.sum = value,
            Statistic::Minimum => point.minimum = value,
            Statistic::Maximum => point.maximum = value,
            Statistic::Percentile(_) => point.extended_statistics.extend(value.map(|value| (word.clone(), value))),
        }
    }
    point
}
