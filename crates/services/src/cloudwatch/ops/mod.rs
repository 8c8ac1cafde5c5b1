//! CloudWatch's operations.

pub(super) mod alarm;
pub(super) mod describe;
pub(super) mod get_data;
pub(super) mod get_statistics;
pub(super) mod history;
pub(super) mod list;
pub(super) mod put_data;
pub(super) mod state;
pub(super) mod tag;

use tierra_core::Registry;
use tierra_model::Timestamp;

use super::errors::{CloudWatchError, invalid};
use super::limits::{DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS};
use super::series::{Span, floor};

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    alarm::register(registry);
    describe::register(registry);
    get_data::register(registry);
    get_statistics::register(registry);
    history::register(registry);
    list::register(registry);
    put_data::register(registry);
    state::register(registry);
    tag::register(registry);
}

/// Periods of less than a minute.
const SHORT_PERIODS: [i32; 5] = [1, 5, 10, 20, 30];

/// Checks a period, in seconds.
pub(super) fn period(seconds: i32) -> Result<i64, CloudWatchError> {
    if SHORT_PERIODS.contains(&seconds) || (seconds > 0 && seconds % 60 == 0) {
        return Ok(i64::from(seconds));
    }
    Err(invalid(
        "The parameter Period must be a multiple of 60 or one of 1, 5, 10, 20 or 30.",
    ))
}

/// The span between two moments, its start rounded down as "GetMetricData" says: the older, the more.
fn span(start: Timestamp, end: Timestamp, period: i64, now: Timestamp) -> Result<Span, CloudWatchError> {
    let (from, to) = (start.secs(), end.secs());
    if from == to {
        return Err(invalid("The parameter StartTime must not equal parameter EndTime."));
    }
    if from > to {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let rounded = match now.secs() - from {
        age if age > 63 * DAY_SECONDS => HOUR_SECONDS,
        age if age > 15 * DAY_SECONDS => 5 * MINUTE_SECONDS,
        _ => period.min(MINUTE_SECONDS),
    };
    Ok(Span {
        from: floor(from, rounded),
        to,
    })
}

/// A whole number as AWS writes it in sentences: `16,666`.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_where_old_data_begin() {
        let now = Timestamp::from_secs(1_800_000_000);
        for (age, period, step) in [
            (125, 60, 60),
            (125, 10, 10),
            (20 * DAY_SECONDS + 125, 60, 300),
            (70 * DAY_SECONDS + 125, 60, 3600),
        ] {
            let start = now.secs() - age;
            let span = span(Timestamp::from_secs(start), now, period, now).expect("a span");
            assert_eq!(span.from, floor(start, step), "{age} s ago by {period} s");
        }
        assert!(span(now, now, 60, now).is_err());
        assert_eq!(grouped(16_666), "16,666");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
