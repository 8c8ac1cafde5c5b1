//! `SetAlarmState`, `EnableAlarmActions`, `DisableAlarmActions`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::alarm::AlarmNamesInput;
use crate::cloudwatch::alarm::change_state;
use crate::cloudwatch::alarm::model::{Alarm, State, StateValue, arn};
use crate::cloudwatch::errors::CloudWatchError;
use crate::declare::operations;

operations! { "cloudwatch", CloudWatchError;
    write SetAlarmState(SetAlarmStateInput) -> () = set, on |_, input, call| vec![arn(&call.place, &input.alarm_name)];
    write EnableAlarmActions(AlarmNamesInput) -> () = |tx, call, input| switch(tx, call, &input, true), on |_, input, call| input.arns(call);
    write DisableAlarmActions(AlarmNamesInput) -> () = |tx, call, input| switch(tx, call, &input, false), on |_, input, call| input.arns(call);
}

/// Input of [`SetAlarmState`].
#[derive(Default, Shape)]
pub struct SetAlarmStateInput {
    pub(crate) alarm_name: String,
    pub(crate) state_value: StateValue,
    pub(crate) state_reason: String,
    pub(crate) state_reason_data: Option<String>,
}

/// Holds until the alarm is looked at again.
fn set(tx: &mut Tx, call: &Call, input: SetAlarmStateInput) -> Result<(), CloudWatchError> {
    let data = input.state_reason_data;
    if data
        .as_deref()
        .is_some_and(|data| serde_json::from_str::<serde_json::Value>(data).is_err())
    {
        return Err(CloudWatchError::Format);
    }
    let alarm: Alarm = tx
        .find(&call.place, &input.alarm_name)
        .ok_or(CloudWatchError::NoAlarm { name: input.alarm_name })?;
    let is_news = alarm.state.value != input.state_value;
    let state = State {
        value: input.state_value,
        reason: input.state_reason,
        data,
        updated: call.now,
        changed: if is_news { call.now } else { alarm.state.changed },
    };
    change_state(tx, call, alarm, state);
    Ok(())
}

fn switch(tx: &mut Tx, call: &Call, input: &AlarmNamesInput, enabled: bool) -> Result<(), CloudWatchError> {
    for name in &input.alarm_names {
        // As on AWS, a name that no alarm has is no error.
        if let Some(mut alarm) = tx.find::<Alarm>(&call.place, name) {
            alarm.actions.enabled = enabled;
            tx.save(alarm);
        }
    }
    Ok(())
}
