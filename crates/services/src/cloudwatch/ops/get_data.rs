//! `GetMetricData`: many metrics at once, newest values first. Metric math is not declared, so that an expression is refused.

use std::collections::BTreeSet;

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp, text_enum};

use super::{period, span};
use crate::cloudwatch::errors::{CloudWatchError, validation};
use crate::cloudwatch::limits::{DATA_POINTS, QUERIES};
use crate::cloudwatch::metric::{Metric, Unit};
use crate::cloudwatch::series::{read, units};
use crate::cloudwatch::stats::Statistic;
use crate::declare::{anything, operations};

operations! { "cloudwatch", CloudWatchError;
    read GetMetricData(GetMetricDataInput) -> GetMetricDataOutput = get, on anything;
}

text_enum! {
    /// Which values come first.
    pub enum ScanBy { Descending = "TimestampDescending", Ascending = "TimestampAscending" }
}

/// Input of [`GetMetricData`].
#[derive(Default, Shape)]
pub struct GetMetricDataInput {
    pub(crate) metric_data_queries: Vec<MetricDataQuery>,
    pub(crate) start_time: Timestamp,
    pub(crate) end_time: Timestamp,
    pub(crate) next_token: Option<String>,
    pub(crate) scan_by: Option<ScanBy>,
    pub(crate) max_datapoints: Option<i32>,
}

/// One metric that is asked for.
#[derive(Clone, Default, Shape)]
pub struct MetricDataQuery {
    pub(crate) id: String,
    pub(crate) metric_stat: Option<MetricStat>,
    pub(crate) label: Option<String>,
    pub(crate) return_data: Option<bool>,
}

/// A statistic of a metric.
#[derive(Clone, Default, Shape)]
pub struct MetricStat {
    pub(crate) metric: Metric,
    pub(crate) period: i32,
    pub(crate) stat: String,
    pub(crate) unit: Option<Unit>,
}

/// The values of all metrics.
#[derive(Default, Shape)]
pub struct GetMetricDataOutput {
    pub(crate) metric_data_results: Vec<MetricDataResult>,
    pub(crate) next_token: Option<String>,
}

/// The values of one metric.
#[derive(Clone, Default, Shape)]
pub struct MetricDataResult {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) timestamps: Vec<Timestamp>,
    pub(crate) values: Vec<f64>,
    status_code: String,
}

/// One value on its way into a page.
struct Point {
    query: usize,
    at: Timestamp,
    value: f64,
    /// Where it comes among all.
    order: usize,
}

fn get(tx: &mut Tx, call: &Call, input: GetMetricDataInput) -> Result<GetMetricDataOutput, CloudWatchError> {
    check(&input)?;
    let mut points = Vec::new();
    let mut results = Vec::new();
    for query in &input.metric_data_queries {
        let stat = query.metric_stat.as_ref().ok_or_else(|| no_metric(&query.id))?;
        let values = values(tx, call, &input, stat, &query.id)?;
        if query.return_data == Some(false) {
            continue;
        }
        let (query_at, first) = (results.len(), points.len());
        let ordered = values.into_iter().enumerate();
        points.extend(ordered.map(|(index, (at, value))| Point {
            query: query_at,
            at,
            value,
            order: first + index,
        }));
        results.push(MetricDataResult {
            id: query.id.clone(),
            label: query.label.clone().unwrap_or_else(|| stat.metric.metric_name.clone()),
            status_code: "Complete".to_owned(),
            ..MetricDataResult::default()
        });
    }
    let most = usize::try_from(input.max_datapoints.unwrap_or(DATA_POINTS).clamp(1, DATA_POINTS)).unwrap_or(1);
    let page = paginate(points, |point| format!("{:08}", point.order), input.next_token.as_deref(), most)?;
    if page.next.is_some() {
        results
            .iter_mut()
            .for_each(|result| "PartialData".clone_into(&mut result.status_code));
    }
    for point in page.items {
        results[point.query].timestamps.push(point.at);
        results[point.query].values.push(point.value);
    }
    Ok(GetMetricDataOutput {
        metric_data_results: results,
        next_token: page.next,
    })
}

fn no_metric(id: &str) -> CloudWatchError {
    validation(format!(
        "The parameter MetricDataQueries.member.{id} must have exactly one of MetricStat and Expression."
    ))
}

fn check(input: &GetMetricDataInput) -> Result<(), CloudWatchError> {
    let queries = &input.metric_data_queries;
    if queries.len() > QUERIES {
        return Err(validation(format!(
            "The collection MetricDataQueries must not have a size greater than {QUERIES}."
        )));
    }
    let mut ids = BTreeSet::new();
    for query in queries {
        let formed =
            query.id.starts_with(|c: char| c.is_ascii_lowercase()) && query.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !formed {
            return Err(validation(format!(
                "The value {} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                query.id
            )));
        }
        if !ids.insert(&query.id) {
            return Err(validation(format!(
                "The values for parameter id in MetricDataQueries are not unique: {}",
                query.id
            )));
        }
    }
    Ok(())
}

/// A statistic's values in the asked order.
fn values(tx: &Tx, call: &Call, input: &GetMetricDataInput, stat: &MetricStat, id: &str) -> Result<Vec<(Timestamp, f64)>, CloudWatchError> {
    let statistic: Statistic = stat
        .stat
        .parse()
        .map_err(|()| validation(format!("Invalid statistic {} in MetricDataQuery {id}.", stat.stat)))?;
    let period = period(stat.period)?;
    let span = span(input.start_time, input.end_time, period, call.now)?;
    let metric = stat.metric.clone().sorted();
    // A metric that was put in several units answers in its first: values of two units are no one line.
    let unit = units(tx, &call.place, &metric, stat.unit).into_iter().next();
    let periods = unit
        .map(|unit| read(tx, &call.place, &metric, unit, span, period))
        .unwrap_or_default();
    let values = periods
        .iter()
        .filter_map(|(second, stats)| Some((Timestamp::from_secs(*second), stats.value(statistic)?)));
    let mut values: Vec<_> = values.collect();
    if input.scan_by.unwrap_or(ScanBy::Descending) == ScanBy::Descending {
        values.reverse();
    }
    Ok(values)
}
