//! Who waits for which signals. Follows the user guide's "CreationPolicy attribute" and "AWS::CloudFormation::WaitCondition".

use serde_json::Value;
use tierra_core::Tx;
use tierra_core::resource_type::Progress;
use tierra_model::Timestamp;

use crate::cloudformation::cfn::WAIT_CONDITION;
use crate::cloudformation::model::{Awaited, StackResource};
use crate::cloudformation::template::scalar_text;
use crate::cloudformation::wait;

/// How long a creation policy waits where it does not say: five minutes.
const DEFAULT_MILLIS: i64 = 300_000;

/// The signals that a resource is to wait for when it is made.
pub fn awaited(kind: &str, properties: &Value, policy: Option<&Value>) -> Option<Awaited> {
    let number = |value: Option<&Value>| value.and_then(scalar_text)?.parse::<i64>().ok();
    let count = |value: Option<&Value>| number(value).and_then(|count| u64::try_from(count).ok()).unwrap_or(1);
    if kind == WAIT_CONDITION {
        let seconds = number(properties.get("Timeout"))?;
        return Some(Awaited {
            count: count(properties.get("Count")),
            millis: seconds.saturating_mul(1000),
        });
    }
    let signal = policy?.get("ResourceSignal")?;
    let millis = signal
        .get("Timeout")
        .and_then(Value::as_str)
        .and_then(duration_millis)
        .unwrap_or(DEFAULT_MILLIS);
    Some(Awaited {
        count: count(signal.get("Count")),
        millis,
    })
}

/// How far the waiting has come.
pub fn heard(tx: &Tx, row: &StackResource, now: Timestamp) -> Progress {
    let Some(awaited) = row.live.as_ref().and_then(|live| live.awaited) else {
        return Progress::Ready;
    };
    let is_condition = row.kind == WAIT_CONDITION;
    let signals = wait::heard(tx, row);
    if let Some(failed) = signals.iter().find(|signal| !signal.success) {
        let id = &failed.unique_id;
        let said = if failed.reason.is_empty() { &failed.data } else { &failed.reason };
        let condition = format!("WaitCondition received failed message: '{said}' for uniqueId: {id}");
        return Progress::Failed(if is_condition {
            condition
        } else {
            format!("Received FAILURE signal with UniqueId {id}")
        });
    }
    let (heard, count) = (signals.len() as u64, awaited.count);
    if heard >= count {
        return Progress::Ready;
    }
    if now.0 - row.since.0 < awaited.millis {
        return Progress::Working;
    }
    let condition = format!("WaitCondition timed out. Received {heard} conditions when expecting {count}");
    let missing = count - heard;
    Progress::Failed(if is_condition {
        condition
    } else {
        format!("Failed to receive {missing} resource signal(s) within the specified duration")
    })
}

/// `PT1H30M5S`, in milliseconds.
fn duration_millis(text: &str) -> Option<i64> {
    let (mut total, mut digits) = (0i64, String::new());
    for c in text.strip_prefix("PT")?.chars() {
        let seconds = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        total = total.checked_add(std::mem::take(&mut digits).parse::<i64>().ok()?.checked_mul(seconds * 1000)?)?;
    }
    digits.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, want) in [
            ("PT15M", Some(900_000)),
            ("PT1H5S", Some(3_605_000)),
            ("15M", None),
            ("PT5", None),
            ("PTM", None),
        ] {
            assert_eq!(duration_millis(text), want, "{text}");
        }
    }
}
