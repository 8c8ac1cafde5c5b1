//! `DescribeAlarms`, `DescribeAlarmsForMetric`.

use std::collections::BTreeSet;

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp, text_enum};

use crate::cloudwatch::alarm::model::{Alarm, Comparison, Missing, StateValue, arn};
use crate::cloudwatch::errors::{CloudWatchError, validation};
use crate::cloudwatch::metric::{Dimension, Metric, Unit};
use crate::cloudwatch::stats::Statistic;
use crate::declare::{anything, operations};

/// Alarms of a page, at most and by default.
const LISTED: (i32, i32) = (100, 50);

operations! { "cloudwatch", CloudWatchError;
    read DescribeAlarms(DescribeAlarmsInput) -> DescribeAlarmsOutput = describe,
        on |_, input, call| input.alarm_names.iter().map(|name| arn(&call.place, name)).collect();
    read DescribeAlarmsForMetric(ForMetricInput) -> ForMetricOutput = for_metric, on anything;
}

text_enum! {
    /// Kinds of alarms. There are none but those on a metric here.
    pub enum AlarmType { Composite = "CompositeAlarm", Metric = "MetricAlarm", Log = "LogAlarm" }
}

/// Input of [`DescribeAlarms`].
#[derive(Default, Shape)]
pub struct DescribeAlarmsInput {
    pub(crate) alarm_names: Vec<String>,
    pub(crate) alarm_name_prefix: Option<String>,
    pub(crate) alarm_types: Vec<AlarmType>,
    pub(crate) state_value: Option<StateValue>,
    pub(crate) action_prefix: Option<String>,
    pub(crate) max_records: Option<i32>,
    pub(crate) next_token: Option<String>,
}

/// A page of alarms.
#[derive(Default, Shape)]
pub struct DescribeAlarmsOutput {
    pub(crate) metric_alarms: Vec<MetricAlarm>,
    pub(crate) next_token: Option<String>,
}

/// Input of [`DescribeAlarmsForMetric`].
#[derive(Default, Shape)]
pub struct ForMetricInput {
    pub(crate) metric_name: String,
    pub(crate) namespace: String,
    pub(crate) statistic: Option<String>,
    pub(crate) extended_statistic: Option<String>,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) period: Option<i32>,
    pub(crate) unit: Option<Unit>,
}

/// The alarms of a metric.
#[derive(Default, Shape)]
pub struct ForMetricOutput {
    pub(crate) metric_alarms: Vec<MetricAlarm>,
}

/// An alarm as AWS tells it.
#[derive(Clone, Default, Shape)]
pub struct MetricAlarm {
    pub(crate) alarm_name: String,
    alarm_arn: String,
    alarm_description: Option<String>,
    alarm_configuration_updated_timestamp: Timestamp,
    actions_enabled: bool,
    #[shape("OKActions")]
    ok_actions: Vec<String>,
    alarm_actions: Vec<String>,
    insufficient_data_actions: Vec<String>,
    pub(crate) state_value: StateValue,
    pub(crate) state_reason: String,
    state_reason_data: Option<String>,
    state_updated_timestamp: Timestamp,
    state_transitioned_timestamp: Timestamp,
    metric_name: String,
    namespace: String,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    dimensions: Vec<Dimension>,
    period: i64,
    unit: Option<Unit>,
    evaluation_periods: i32,
    datapoints_to_alarm: Option<i32>,
    threshold: f64,
    comparison_operator: Comparison,
    treat_missing_data: Option<Missing>,
}

impl MetricAlarm {
    fn of(alarm: Alarm) -> Self {
        let arn = alarm.arn().to_string();
        let (watch, state, actions) = (alarm.watch, alarm.state, alarm.actions);
        let is_plain = Statistic::PLAIN.iter().any(|(word, _)| *word == watch.statistic);
        let (plain, extended) = if is_plain {
            (Some(watch.statistic), None)
        } else {
            (None, Some(watch.statistic))
        };
        Self {
            alarm_name: alarm.name,
            alarm_arn: arn,
            alarm_description: alarm.description,
            alarm_configuration_updated_timestamp: alarm.configured,
            actions_enabled: actions.enabled,
            ok_actions: actions.ok,
            alarm_actions: actions.alarm,
            insufficient_data_actions: actions.insufficient_data,
            state_value: state.value,
            state_reason: state.reason,
            state_reason_data: state.data,
            state_updated_timestamp: state.updated,
            state_transitioned_timestamp: state.changed,
            metric_name: watch.metric.metric_name,
            namespace: watch.metric.namespace,
            dimensions: watch.metric.dimensions,
            statistic: plain,
            extended_statistic: extended,
            period: watch.period,
            unit: watch.unit,
            evaluation_periods: watch.evaluation_periods,
            datapoints_to_alarm: watch.datapoints_to_alarm,
            threshold: watch.threshold,
            comparison_operator: watch.comparison,
            treat_missing_data: watch.missing,
        }
    }
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeAlarmsInput) -> Result<DescribeAlarmsOutput, CloudWatchError> {
    if !input.alarm_names.is_empty() && input.alarm_name_prefix.is_some() {
        return Err(validation("AlarmNames and AlarmNamePrefix cannot be used together."));
    }
    let names: BTreeSet<&String> = input.alarm_names.iter().collect();
    let wanted = |alarm: &Alarm| {
        let starts = |text: &str, prefix: &Option<String>| prefix.as_deref().is_none_or(|prefix| text.starts_with(prefix));
        let mut actions = alarm.actions.of(alarm.state.value).iter();
        (names.is_empty() || names.contains(&alarm.name))
            && starts(&alarm.name, &input.alarm_name_prefix)
            && input.state_value.is_none_or(|state| state == alarm.state.value)
            && (input.action_prefix.is_none() || actions.any(|action| starts(action, &input.action_prefix)))
    };
    let mut alarms = tx.list::<Alarm>(&call.place);
    let are_asked = input.alarm_types.is_empty() || input.alarm_types.contains(&AlarmType::Metric);
    alarms.retain(|alarm| are_asked && wanted(alarm));
    let most = usize::try_from(input.max_records.unwrap_or(LISTED.1).clamp(1, LISTED.0)).unwrap_or(1);
    let page = paginate(alarms, |alarm| alarm.name.clone(), input.next_token.as_deref(), most)?;
    Ok(DescribeAlarmsOutput {
        metric_alarms: page.items.into_iter().map(MetricAlarm::of).collect(),
        next_token: page.next,
    })
}

fn for_metric(tx: &mut Tx, call: &Call, input: ForMetricInput) -> Result<ForMetricOutput, CloudWatchError> {
    let metric = Metric {
        namespace: input.namespace,
        metric_name: input.metric_name,
        dimensions: input.dimensions,
    }
    .sorted();
    let statistic = input.statistic.or(input.extended_statistic);
    let mut alarms = tx.list::<Alarm>(&call.place);
    alarms.retain(|alarm| {
        let watch = &alarm.watch;
        watch.metric == metric
            && statistic.as_ref().is_none_or(|statistic| *statistic == watch.statistic)
            && input.period.is_none_or(|period| i64::from(period) == watch.period)
            && input.unit.is_none_or(|unit| watch.unit == Some(unit))
    });
    Ok(ForMetricOutput {
        metric_alarms: alarms.into_iter().map(MetricAlarm::of).collect(),
    })
}
