//! `PutMetricAlarm`, `DeleteAlarms`.

use serde_json::json;
use tierra_core::{Call, Key, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::cloudwatch::alarm::model::{Actions, Alarm, Comparison, EventKind, Missing, State, StateValue, Watch, arn, tell};
use crate::cloudwatch::errors::{CloudWatchError, validation};
use crate::cloudwatch::limits::{ALARMS, EVALUATION_SECONDS, MINUTE_SECONDS};
use crate::cloudwatch::metric::{Dimension, Metric, Unit};
use crate::cloudwatch::ops::period;
use crate::cloudwatch::stats::Statistic;
use crate::declare::operations;

operations! { "cloudwatch", CloudWatchError;
    write PutMetricAlarm(PutMetricAlarmInput) -> () = put, on |_, input, call| vec![arn(&call.place, &input.alarm_name)],
        harmless &["EvaluateLowSampleCountPercentile"];
    write DeleteAlarms(AlarmNamesInput) -> () = delete, on |_, input, call| input.arns(call);
}

/// Input of [`PutMetricAlarm`]. Alarms on metric math are not declared.
#[derive(Clone, Default, Shape)]
pub struct PutMetricAlarmInput {
    pub(crate) alarm_name: String,
    pub(crate) alarm_description: Option<String>,
    pub(crate) actions_enabled: Option<bool>,
    #[shape("OKActions")]
    pub(crate) ok_actions: Vec<String>,
    pub(crate) alarm_actions: Vec<String>,
    pub(crate) insufficient_data_actions: Vec<String>,
    pub(crate) metric_name: String,
    pub(crate) namespace: String,
    pub(crate) statistic: Option<String>,
    pub(crate) extended_statistic: Option<String>,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) period: Option<i32>,
    pub(crate) unit: Option<Unit>,
    pub(crate) evaluation_periods: i32,
    pub(crate) datapoints_to_alarm: Option<i32>,
    pub(crate) threshold: Option<f64>,
    pub(crate) comparison_operator: Comparison,
    pub(crate) treat_missing_data: Option<Missing>,
    pub(crate) tags: Vec<Tag>,
}

/// Alarms by their names.
#[derive(Clone, Default, Shape)]
pub struct AlarmNamesInput {
    pub(crate) alarm_names: Vec<String>,
}

impl AlarmNamesInput {
    pub(super) fn arns(&self, call: &Call) -> Vec<tierra_core::Arn> {
        self.alarm_names.iter().map(|name| arn(&call.place, name)).collect()
    }
}

fn put(tx: &mut Tx, call: &Call, input: PutMetricAlarmInput) -> Result<(), CloudWatchError> {
    let old = tx.find::<Alarm>(&call.place, &input.alarm_name);
    if old.is_none() && tx.list::<Alarm>(&call.place).len() >= ALARMS {
        return Err(CloudWatchError::Limit);
    }
    let watch = watch(&input)?;
    let what = if old.is_some() { "updated" } else { "created" };
    let alarm = Alarm {
        place: call.place.clone(),
        watch,
        description: input.alarm_description,
        configured: call.now,
        actions: Actions {
            enabled: input.actions_enabled.unwrap_or(true),
            ok: input.ok_actions,
            alarm: input.alarm_actions,
            insufficient_data: input.insufficient_data_actions,
        },
        // Those of an alarm that is there are changed by TagResource only.
        tags: old.as_ref().map_or_else(|| Tags::parse(&input.tags), |old| Ok(old.tags.clone()))?,
        state: old.map_or_else(|| unchecked(call), |old| old.state),
        name: input.alarm_name,
    };
    let summary = format!("Alarm \"{}\" {what}", alarm.name);
    let data = json!({"version": "1.0", "type": if what == "created" { "Create" } else { "Update" }});
    tell(tx, &alarm, call.now, EventKind::Configuration, summary, &data);
    tx.save(alarm);
    Ok(())
}

/// The state before the first look.
fn unchecked(call: &Call) -> State {
    State {
        value: StateValue::InsufficientData,
        reason: "Unchecked: Initial alarm creation".to_owned(),
        data: None,
        updated: call.now,
        changed: call.now,
    }
}

fn watch(input: &PutMetricAlarmInput) -> Result<Watch, CloudWatchError> {
    for (parameter, is_missing) in [
        ("MetricName", input.metric_name.is_empty()),
        ("Namespace", input.namespace.is_empty()),
        ("Period", input.period.is_none()),
        ("Threshold", input.threshold.is_none()),
    ] {
        if is_missing {
            return Err(validation(format!("The parameter {parameter} is required.")));
        }
    }
    let watch = Watch {
        metric: Metric {
            namespace: input.namespace.clone(),
            metric_name: input.metric_name.clone(),
            dimensions: input.dimensions.clone(),
        }
        .sorted(),
        unit: input.unit,
        statistic: statistic(input)?,
        period: alarm_period(input.period.unwrap_or_default())?,
        evaluation_periods: input.evaluation_periods,
        datapoints_to_alarm: input.datapoints_to_alarm,
        threshold: input.threshold.unwrap_or_default(),
        comparison: input.comparison_operator,
        missing: input.treat_missing_data,
    };
    checked(watch)
}

fn checked(watch: Watch) -> Result<Watch, CloudWatchError> {
    if watch.datapoints_to_alarm.is_some_and(|needed| needed > watch.evaluation_periods) {
        return Err(validation(
            "The value for parameter DatapointsToAlarm must be less than or equal to the value for parameter EvaluationPeriods.",
        ));
    }
    if watch.period * i64::from(watch.evaluation_periods) > EVALUATION_SECONDS {
        return Err(validation(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ));
    }
    if !watch.threshold.is_finite() {
        return Err(validation(format!(
            "The value {} for parameter Threshold is invalid.",
            watch.threshold
        )));
    }
    Ok(watch)
}

/// The periods that alarms may have: 10, 20, 30 seconds, or minutes.
fn alarm_period(seconds: i32) -> Result<i64, CloudWatchError> {
    let period = period(seconds).ok().filter(|period| *period >= MINUTE_SECONDS || *period % 10 == 0);
    period.ok_or_else(|| validation("Period must be 10, 20, 30 or a multiple of 60"))
}

fn statistic(input: &PutMetricAlarmInput) -> Result<String, CloudWatchError> {
    let (word, is_extended) = match (&input.statistic, &input.extended_statistic) {
        (Some(word), None) => (word, false),
        (None, Some(word)) => (word, true),
        (Some(_), Some(_)) => {
            return Err(validation("The parameters Statistic and ExtendedStatistic are mutually exclusive."));
        }
        (None, None) => return Err(validation("One of the parameters Statistic and ExtendedStatistic is required.")),
    };
    let known = word
        .parse()
        .is_ok_and(|statistic| matches!(statistic, Statistic::Percentile(_)) == is_extended);
    if known {
        Ok(word.clone())
    } else {
        let parameter = if is_extended { "ExtendedStatistic" } else { "Statistic" };
        Err(validation(format!("The value {word} for parameter {parameter} is not supported.")))
    }
}

/// Names that no alarm has are no matter, as long as one has.
fn delete(tx: &mut Tx, call: &Call, input: AlarmNamesInput) -> Result<(), CloudWatchError> {
    for name in &input.alarm_names {
        let Some(alarm) = tx.find::<Alarm>(&call.place, name) else {
            continue;
        };
        let data = json!({"version": "1.0", "type": "Delete"});
        let summary = format!("Alarm \"{name}\" deleted");
        tell(tx, &alarm, call.now, EventKind::Configuration, summary, &data);
        tx.delete(&Key::<Alarm>::new(&call.place, name));
    }
    Ok(())
}
