//! What a change of state sets off: it is written down, and actions are done. Follows the page "Alarm actions".
//!
//! **Invariant**: a state, what it set off and what came of it are one commit: no action is done twice for one change.

use serde_json::json;
use tierra_core::{AwsError, Call, Caller, Place, Tx};

use super::model::{Alarm, EventKind, State, tell};
use crate::ec2::instance::{InstanceIdsInput, RebootInstances, StopInstances, TerminateInstances};
use crate::invoke;

/// Who acts for alarms.
const PRINCIPAL: &str = "cloudwatch.amazonaws.com";
/// Between the region and what is done to an instance, in an action's ARN.
const EC2_ACTION: &str = ":ec2:";

/// Whoever changes an alarm's state, what it sets off the service does.
pub(super) fn caller(place: &Place) -> Caller {
    Caller::Service {
        account: place.account.clone(),
        principal: PRINCIPAL.to_owned(),
    }
}

/// Puts an alarm into a state; a new value is written down and sets off its actions.
pub(in crate::cloudwatch) fn change_state(tx: &mut Tx, call: &Call, mut alarm: Alarm, state: State) {
    let old = std::mem::replace(&mut alarm.state, state);
    let (before, after) = (old.value, alarm.state.value);
    tx.save(alarm.clone());
    if before == after {
        return;
    }
    let summary = format!("Alarm updated from {before} to {after}");
    let data = json!({
        "version": "1.0",
        "oldState": told(&old),
        "newState": told(&alarm.state),
    });
    tell(tx, &alarm, call.now, EventKind::State, summary, &data);
    if alarm.actions.enabled {
        for action in alarm.actions.of(after) {
            act(tx, call, &alarm, action);
        }
    }
}

fn told(state: &State) -> serde_json::Value {
    let data = state
        .data
        .as_deref()
        .and_then(|data| serde_json::from_str::<serde_json::Value>(data).ok());
    json!({"stateValue": state.value, "stateReason": state.reason, "stateReasonData": data})
}

fn act(tx: &mut Tx, call: &Call, alarm: &Alarm, action: &str) {
    let before = tx.savepoint();
    let done = to_instance(tx, call, alarm, action);
    let (summary, error) = match &done {
        Ok(()) => (format!("Successfully executed action {action}"), None),
        Err(error) => (
            format!("Failed to execute action {action}. Received error: \"{}\"", error.message),
            Some(error.message.clone()),
        ),
    };
    if done.is_err() {
        tx.restore(before);
    }
    let data = json!({
        "actionState": if error.is_none() { "Succeeded" } else { "Failed" },
        "stateUpdateTimestamp": alarm.state.changed.0,
        "notificationResource": action,
        "error": error,
    });
    tell(tx, alarm, call.now, EventKind::Action, summary, &data);
}

/// Does what can be done here: to the instance that the alarm's metric is of.
fn to_instance(tx: &mut Tx, call: &Call, alarm: &Alarm, action: &str) -> Result<(), AwsError> {
    let unknown = || AwsError::new("InvalidParameterValue", 400, format!("No service here takes actions of {action}"));
    let verb = action
        .strip_prefix("arn:aws:automate:")
        .and_then(|rest| Some(rest.split_once(EC2_ACTION)?.1))
        .ok_or_else(unknown)?;
    let dimensions = &alarm.watch.metric.dimensions;
    let instance = dimensions
        .iter()
        .find(|dimension| dimension.name == "InstanceId")
        .ok_or_else(unknown)?;
    let call = Call {
        caller: caller(&alarm.place),
        ..call.clone()
    };
    let ids = InstanceIdsInput {
        instance_ids: vec![instance.value.clone()],
        ..InstanceIdsInput::default()
    };
    match verb {
        "stop" => invoke::<StopInstances>(tx, &call, ids).map(drop),
        "terminate" => invoke::<TerminateInstances>(tx, &call, ids).map(drop),
        // A recovered instance is as one that was rebooted: here both begin on the same disk.
        "reboot" | "recover" => invoke::<RebootInstances>(tx, &call, ids).map(drop),
        _ => Err(unknown()),
    }
}
