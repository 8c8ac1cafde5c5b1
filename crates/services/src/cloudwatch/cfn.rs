//! `AWS::CloudWatch::Alarm`. Follows the CloudFormation page of that name; alarms on metric math are not declared.

use serde_json::Value;
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Registry, Tags, Tx};
use tierra_model::Shape;

use super::alarm::model::{Alarm, Comparison, Missing};
use super::metric::{Dimension, Unit};
use super::ops::alarm::{AlarmNamesInput, DeleteAlarms, PutMetricAlarm, PutMetricAlarmInput};
use crate::ec2::cfn::{Ec2Type, Type};
use crate::invoke;

/// Characters of a generated name.
const NAME_LENGTH: usize = 255;

struct AlarmType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    alarm_name: Option<String>,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[shape("OKActions")]
    ok_actions: Vec<String>,
    alarm_actions: Vec<String>,
    insufficient_data_actions: Vec<String>,
    metric_name: String,
    namespace: String,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    dimensions: Vec<Dimension>,
    period: Option<i32>,
    unit: Option<Unit>,
    evaluation_periods: i32,
    datapoints_to_alarm: Option<i32>,
    threshold: Option<f64>,
    comparison_operator: Comparison,
    treat_missing_data: Option<Missing>,
}

impl Properties {
    fn input(self, name: &str) -> PutMetricAlarmInput {
        PutMetricAlarmInput {
            alarm_name: name.to_owned(),
            alarm_description: self.alarm_description,
            actions_enabled: self.actions_enabled,
            ok_actions: self.ok_actions,
            alarm_actions: self.alarm_actions,
            insufficient_data_actions: self.insufficient_data_actions,
            metric_name: self.metric_name,
            namespace: self.namespace,
            statistic: self.statistic,
            extended_statistic: self.extended_statistic,
            dimensions: self.dimensions,
            period: self.period,
            unit: self.unit,
            evaluation_periods: self.evaluation_periods,
            datapoints_to_alarm: self.datapoints_to_alarm,
            threshold: self.threshold,
            comparison_operator: self.comparison_operator,
            treat_missing_data: self.treat_missing_data,
            tags: Vec::new(),
        }
    }
}

/// Declares the type.
pub(super) fn register(registry: &mut Registry) {
    registry.resource_type(Type::<AlarmType>::default());
}

impl Ec2Type for AlarmType {
    const NAME: &'static str = "AWS::CloudWatch::Alarm";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties
            .alarm_name
            .get_or_insert_with(|| creation.generated_name(call, NAME_LENGTH));
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let name = properties.alarm_name.clone().unwrap_or_default();
        invoke::<PutMetricAlarm>(tx, call, properties.input(&name))?;
        Ok(name)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let alarm: Alarm = tx.find(&call.place, id)?;
        Some(vec![("Arn", alarm.arn().to_string().into())])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        invoke::<PutMetricAlarm>(tx, call, new.input(id))
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = AlarmNamesInput {
            alarm_names: vec![id.to_owned()],
        };
        invoke::<DeleteAlarms>(tx, call, input)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        if let Some(mut alarm) = tx.find::<Alarm>(&call.place, id) {
            alarm.tags = tags;
            tx.save(alarm);
        }
    }
}
