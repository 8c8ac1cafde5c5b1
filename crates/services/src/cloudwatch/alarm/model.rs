//! Alarms and what happened to them.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Key, Place, Resource, Tags, Tx};
use tierra_model::{Timestamp, text_enum};

use crate::cloudwatch::metric::{Metric, Unit};

/// Events of one millisecond that are told apart by their order.
const AT_ONCE: usize = 1_000_000;

text_enum! {
    /// The state of an alarm.
    pub enum StateValue { Ok = "OK", Alarm = "ALARM", InsufficientData = "INSUFFICIENT_DATA" }
}

text_enum! {
    /// How a value is held against the threshold.
    pub enum Comparison {
        GreaterOrEqual = "GreaterThanOrEqualToThreshold",
        Greater = "GreaterThanThreshold",
        Less = "LessThanThreshold",
        LessOrEqual = "LessThanOrEqualToThreshold",
    }
}

text_enum! {
    /// What a period without values counts as.
    pub enum Missing { Unknown = "missing", Ignore = "ignore", Breaching = "breaching", NotBreaching = "notBreaching" }
}

text_enum! {
    /// What happened.
    pub enum EventKind { Configuration = "ConfigurationUpdate", State = "StateUpdate", Action = "Action" }
}

/// An alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub place: Place,
    pub name: String,
    pub watch: Watch,
    pub description: Option<String>,
    /// When `watch` or what is beside it was changed.
    pub configured: Timestamp,
    pub actions: Actions,
    pub tags: Tags,
    pub state: State,
}

/// What it looks at, and when it is alarmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    pub metric: Metric,
    pub unit: Option<Unit>,
    /// `Average`, `p99`: see [`crate::cloudwatch::stats::Statistic`].
    pub statistic: String,
    /// Seconds.
    pub period: i64,
    pub evaluation_periods: i32,
    pub datapoints_to_alarm: Option<i32>,
    pub threshold: f64,
    pub comparison: Comparison,
    /// As the caller said it, if he did.
    pub missing: Option<Missing>,
}

/// ARNs of what each state sets off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    pub enabled: bool,
    pub ok: Vec<String>,
    pub alarm: Vec<String>,
    pub insufficient_data: Vec<String>,
}

/// In which state it is, since when and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub value: StateValue,
    pub reason: String,
    /// The reason as JSON.
    pub data: Option<String>,
    /// When the reason was last written.
    pub updated: Timestamp,
    /// When the value last changed.
    pub changed: Timestamp,
}

/// Something that happened to an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub place: Place,
    /// In the order of time.
    pub id: String,
    pub alarm: String,
    pub at: Timestamp,
    pub kind: EventKind,
    pub summary: String,
    /// More of it, as JSON.
    pub data: String,
}

impl Alarm {
    pub fn arn(&self) -> Arn {
        arn(&self.place, &self.name)
    }
}

/// The ARN of the alarm of this name.
pub fn arn(place: &Place, name: &str) -> Arn {
    Arn::regional("cloudwatch", place, format!("alarm:{name}"))
}

impl Actions {
    /// What a state sets off.
    pub fn of(&self, state: StateValue) -> &[String] {
        match state {
            StateValue::Ok => &self.ok,
            StateValue::Alarm => &self.alarm,
            StateValue::InsufficientData => &self.insufficient_data,
        }
    }
}

/// Writes down what happened to an alarm.
pub fn tell(tx: &mut Tx, alarm: &Alarm, at: Timestamp, kind: EventKind, summary: String, data: &serde_json::Value) {
    let moment = format!("{:015}-", at.0);
    let before = tx.range::<Event>(&alarm.place, &moment, None, AT_ONCE).len();
    tx.save(Event {
        place: alarm.place.clone(),
        id: format!("{moment}{before:06}"),
        alarm: alarm.name.clone(),
        at,
        kind,
        summary,
        data: data.to_string(),
    });
}

impl Event {
    /// Forgets it.
    pub fn forget(&self, tx: &mut Tx) {
        tx.delete(&Key::<Self>::new(&self.place, &self.id));
    }
}

impl Resource for Alarm {
    const KIND: &'static str = "cloudwatch/alarm";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Resource for Event {
    const KIND: &'static str = "cloudwatch/alarm-event";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
}
