//! Scalars as text: in forms, XML, headers, paths and queries. Both directions, one place.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822;
use tierra_model::catalogue::{Kind, Reference, Service, TimestampFormat};
use tierra_model::{Scalar, Timestamp, View};

/// Milliseconds in a second.
const MILLIS: f64 = 1000.0;

/// The format of a timestamp: what the use says, else what the shape says, else the protocol's own.
pub(crate) fn timestamp_format(service: &Service, reference: &Reference, default: TimestampFormat) -> TimestampFormat {
    let shape = service.shape(reference.shape).traits.timestamp;
    reference.traits.timestamp.or(shape).unwrap_or(default)
}

/// Reads text as a scalar of this kind; `None` where it is none.
pub(crate) fn parse<'a>(kind: &Kind, text: Cow<'a, str>) -> Option<Scalar<'a>> {
    Some(match kind {
        Kind::Boolean => Scalar::Bool(boolean(&text)?),
        Kind::Integer => Scalar::Int(text.trim().parse().ok()?),
        Kind::Float => Scalar::Float(float(text.trim())?),
        Kind::Blob => Scalar::Blob(STANDARD.decode(text.trim().as_bytes()).ok()?.into()),
        Kind::Timestamp => Scalar::Time(timestamp(text.trim())?),
        Kind::Document => Scalar::Document(serde_json::from_str(&text).ok()?),
        _ => Scalar::Text(text),
    })
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        t if t.eq_ignore_ascii_case("true") || t == "1" => Some(true),
        t if t.eq_ignore_ascii_case("false") || t == "0" => Some(false),
        _ => None,
    }
}

/// A float as AWS's protocols write it.
pub(crate) fn float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse::<f64>().ok().filter(|f| f.is_finite()),
    }
}

/// A moment in any of AWS's three formats: what is written tells which, so that lenient clients are understood too.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(secs) = text.parse::<f64>() {
        return seconds(secs);
    }
    Timestamp::parse_iso8601(text)
        .or_else(|| zoneless(text))
        .or_else(|| http_date(text))
}

/// Seconds since the epoch.
pub(crate) fn seconds(secs: f64) -> Option<Timestamp> {
    let millis = (secs * MILLIS).round();
    (millis.abs() < i64::MAX as f64).then_some(Timestamp(millis as i64))
}

/// Old clients leave the zone out, or the time.
fn zoneless(text: &str) -> Option<Timestamp> {
    let moment = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(Timestamp(
        moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond(),
    ))
}

fn http_date(text: &str) -> Option<Timestamp> {
    // jiff does not read a fraction, which some clients write: cut it out and add it.
    let (whole, millis) = match text.split_once('.') {
        Some((head, tail)) => {
            let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
            let fraction: f64 = format!("0.{}", &tail[..digits]).parse().ok()?;
            (Cow::Owned(format!("{head}{}", &tail[digits..])), (fraction * MILLIS) as i64)
        }
        None => (Cow::Borrowed(text), 0),
    };
    let zoned = rfc2822::parse(&whole).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond() + millis))
}

/// Writes a moment.
pub(crate) fn write_timestamp(time: Timestamp, format: TimestampFormat) -> String {
    let moment = jiff::Timestamp::from_millisecond(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    match format {
        TimestampFormat::Iso8601 if time.0 % 1000 == 0 => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        TimestampFormat::Iso8601 => time.to_string(),
        TimestampFormat::Rfc822 => moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimestampFormat::Unix if time.0 % 1000 == 0 => time.secs().to_string(),
        TimestampFormat::Unix => (time.0 as f64 / MILLIS).to_string(),
    }
}

/// Writes a float.
pub(crate) fn write_float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    value.to_string()
}

/// Writes a scalar; `None` where the view is none.
pub(crate) fn write<'a>(view: View<'a>, time: TimestampFormat) -> Option<Cow<'a, str>> {
    Some(match view {
        View::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
        View::Int(n) => Cow::Owned(n.to_string()),
        View::Float(f) => Cow::Owned(write_float(f)),
        View::Text(text) => text,
        View::Blob(bytes) => Cow::Owned(STANDARD.encode(bytes)),
        View::Time(moment) => Cow::Owned(write_timestamp(moment, time)),
        View::Document(document) => Cow::Owned(document.to_string()),
        View::Absent | View::Struct(_) | View::List(_) | View::Map(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_every_format() {
        let cases = [
            ("2014-04-29T18:30:38Z", 1_398_796_238_000),
            ("2019-12-16T22:48:18-01:00", 1_576_540_098_000),
            ("2000-01-02T20:34:56.123Z", 946_845_296_123),
            ("2014-04-29T18:30:38", 1_398_796_238_000),
            ("Tue, 29 Apr 2014 18:30:38 GMT", 1_398_796_238_000),
            ("Sun, 02 Jan 2000 20:34:56.456 GMT", 946_845_296_456),
            ("1398796238", 1_398_796_238_000),
            ("1398796238.5", 1_398_796_238_500),
        ];
        for (text, want) in cases {
            assert_eq!(timestamp(text), Some(Timestamp(want)), "{text}");
        }
        assert_eq!(timestamp("soon"), None);
    }

    #[test]
    fn moments_are_written_in_every_format() {
        let moment = Timestamp(1_398_796_238_500);
        assert_eq!(write_timestamp(moment, TimestampFormat::Iso8601), "2014-04-29T18:30:38.500Z");
        assert_eq!(write_timestamp(moment, TimestampFormat::Rfc822), "Tue, 29 Apr 2014 18:30:38 GMT");
        assert_eq!(write_timestamp(moment, TimestampFormat::Unix), "1398796238.5");
    }
}
