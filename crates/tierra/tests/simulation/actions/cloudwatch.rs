//! Metrics and the alarms that watch them.

use serde_json::json;
use tierra_core::Tx;

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

/// How many names there are for alarms.
const ALARMS: u64 = 4;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, |client| {
            let data = json!([{"MetricName": metric(client), "Value": client.dice.below(100)}]);
            Some(of("PutMetricData", &json!({"Namespace": "App", "MetricData": data})))
        }),
        Action::new(2, put_alarm),
        Action::new(1, |client| {
            let state = *client.dice.pick(&["OK", "ALARM", "INSUFFICIENT_DATA"])?;
            let input = json!({"AlarmName": alarm(client), "StateValue": state, "StateReason": "a rehearsal"});
            Some(of("SetAlarmState", &input))
        }),
        Action::new(1, |client| Some(of("DeleteAlarms", &json!({"AlarmNames": [alarm(client)]})))),
        Action::new(1, |_| Some(of("DescribeAlarms", &json!({})))),
        Action::new(1, |_| Some(of("ListMetrics", &json!({"Namespace": "App"})))),
    ],
    farewell: |_: &Tx| {
        (0..ALARMS)
            .map(|n| of("DeleteAlarms", &json!({"AlarmNames": [format!("alarm-{n}")]})))
            .collect()
    },
};

fn of(operation: &str, input: &serde_json::Value) -> Request {
    Request::json("cloudwatch", operation, input)
}

fn metric(client: &Client) -> String {
    format!("metric-{}", client.dice.below(3))
}

fn alarm(client: &Client) -> String {
    format!("alarm-{}", client.dice.below(ALARMS))
}

fn put_alarm(client: &mut Client) -> Option<Request> {
    let instance = client.any("i").unwrap_or_default();
    let action = *client.dice.pick(&["stop", "reboot", "terminate"])?;
    let input = json!({
        "AlarmName": alarm(client), "Namespace": "App", "MetricName": metric(client), "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "InstanceId", "Value": instance}],
        "AlarmActions": [format!("arn:aws:automate:us-east-1:ec2:{action}")],
    });
    Some(of("PutMetricAlarm", &input))
}
