//! How a verdict is said to people and to programs.

use serde_json::{Value, json};
use tierra_model::Timestamp;

use super::evaluate::Verdict;
use super::model::{Alarm, Comparison, Missing, StateValue, Watch};

/// The reason of a state, in words.
pub fn words(alarm: &Alarm, state: StateValue, verdict: &Verdict) -> String {
    let watch = &alarm.watch;
    let periods = watch.periods();
    if state == StateValue::InsufficientData {
        let were = if periods == 1 { "datapoint was" } else { "datapoints were" };
        return format!("Insufficient Data: {periods} {were} unknown.");
    }
    if verdict.counted.is_empty() {
        let treated = watch.missing.unwrap_or(Missing::Unknown);
        let (period, datapoint) = if periods == 1 {
            ("period", "datapoint was")
        } else {
            ("periods", "datapoints were")
        };
        return format!(
            "Threshold Crossed: no datapoints were received for {periods} {period} and {periods} missing {datapoint} treated as [{}].",
            if treated == Missing::Breaching {
                "Breaching"
            } else {
                "NonBreaching"
            }
        );
    }
    crossed(watch, alarm.state.value, state, verdict)
}

fn crossed(watch: &Watch, old: StateValue, new: StateValue, verdict: &Verdict) -> String {
    let is_alarm = new == StateValue::Alarm;
    let told = verdict.counted.iter().filter(|(_, value)| watch.is_breached_by(*value) == is_alarm);
    let told: Vec<String> = told.map(|(at, value)| format!("{value:?} ({})", moment(*at))).collect();
    let needed = if is_alarm {
        watch.needed()
    } else {
        watch.periods() - watch.needed() + 1
    };
    format!(
        "Threshold Crossed: {} out of the last {} datapoints [{}] {} {}{} the threshold ({:?}) (minimum {needed} {} for {old} -> {new} transition).",
        told.len(),
        watch.periods(),
        told.join(", "),
        if told.len() == 1 { "was" } else { "were" },
        if is_alarm { "" } else { "not " },
        comparison(watch.comparison),
        watch.threshold,
        if needed == 1 { "datapoint" } else { "datapoints" },
    )
}

fn comparison(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::GreaterOrEqual => "greater than or equal to",
        Comparison::Greater => "greater than",
        Comparison::Less => "less than",
        Comparison::LessOrEqual => "less than or equal to",
    }
}

/// `21/11/26 10:37:00`
fn moment(second: i64) -> String {
    let iso = Timestamp::from_secs(second).to_string();
    format!("{}/{}/{} {}", &iso[8..10], &iso[5..7], &iso[2..4], &iso[11..19])
}

/// The reason of a state, for programs.
pub fn data(watch: &Watch, verdict: &Verdict, now: Timestamp) -> Value {
    let evaluated = |(at, value): &(i64, f64)| json!({"timestamp": offset(Timestamp::from_secs(*at)), "value": value});
    let values: Vec<f64> = verdict.counted.iter().map(|(_, value)| *value).collect();
    let start = verdict.counted.last().map(|(at, _)| offset(Timestamp::from_secs(*at)));
    json!({
        "version": "1.0",
        "queryDate": offset(now),
        "startDate": start,
        "statistic": watch.statistic,
        "period": watch.period,
        "recentDatapoints": values,
        "threshold": watch.threshold,
        "evaluatedDatapoints": verdict.counted.iter().map(evaluated).collect::<Vec<_>>(),
    })
}

/// `2026-11-21T10:37:00.000+0000`
fn offset(at: Timestamp) -> String {
    at.to_string().replace('Z', "+0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_in_alarms_reasons() {
        assert_eq!(moment(1_800_000_000), "15/01/27 08:00:00");
        assert_eq!(offset(Timestamp::from_secs(1_800_000_000)), "2027-01-15T08:00:00.000+0000");
    }
}
