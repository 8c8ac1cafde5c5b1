//! The `Condition` element. Follows the IAM pages "IAM JSON policy elements: Condition operators" and "Set operators for
//! multivalued context keys".

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use serde_json::Value;
use tierra_model::Timestamp;

use super::context::Context;
use super::malformed::Malformed;
use super::pattern::{Case, Pattern, Syntax, arn_matches, matches};

/// One operator on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    key: String,
    test: Test,
    negated: bool,
    if_exists: bool,
    set: Set,
    values: Vec<Expected>,
}

/// How several values of the request count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// No set operator was written.
    Plain,
    Any,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equals(Case),
    Like,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of the policy, read as its operator reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    Text(Pattern),
    Number(Number),
    Date(Timestamp),
    Bool(bool),
    Bytes(Vec<u8>),
    Net(IpNet),
}

/// A finite number: comparable, unlike `f64`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Number(f64);

impl Eq for Number {}

/// Every operator without its prefix and suffix: name, test, whether it is the opposite of the test.
const OPERATORS: &[(&str, Test, bool)] = &[
    ("StringEquals", Test::Equals(Case::Sensitive), false),
    ("StringNotEquals", Test::Equals(Case::Sensitive), true),
    ("StringEqualsIgnoreCase", Test::Equals(Case::Ignored), false),
    ("StringNotEqualsIgnoreCase", Test::Equals(Case::Ignored), true),
    ("StringLike", Test::Like, false),
    ("StringNotLike", Test::Like, true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Order::Equal), false),
    ("DateNotEquals", Test::Date(Order::Equal), true),
    ("DateLessThan", Test::Date(Order::Less), false),
    ("DateLessThanEquals", Test::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::Binary, false),
    ("IpAddress", Test::Ip, false),
    ("NotIpAddress", Test::Ip, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

/// Reads a `Condition` element; every condition of it must hold.
pub(super) fn parse(value: &Value, variables: bool) -> Result<Vec<Condition>, Malformed> {
    let mut conditions = Vec::new();
    for (operator, keys) in value.as_object().ok_or(Malformed::Syntax)? {
        for (key, values) in keys.as_object().ok_or(Malformed::Syntax)? {
            if !key.contains(':') {
                return Err(Malformed::NoVendor);
            }
            conditions.push(one(operator, key, values, variables)?);
        }
    }
    Ok(conditions)
}

fn one(operator: &str, key: &str, values: &Value, variables: bool) -> Result<Condition, Malformed> {
    let (set, rest) = match operator.split_once(':') {
        Some(("ForAnyValue", rest)) => (Set::Any, rest),
        Some(("ForAllValues", rest)) => (Set::All, rest),
        Some(_) => return Err(Malformed::Operator(operator.to_owned())),
        None => (Set::Plain, operator),
    };
    let base = rest.strip_suffix("IfExists").unwrap_or(rest);
    let if_exists = base.len() < rest.len();
    let found = OPERATORS
        .iter()
        .find(|(name, test, _)| *name == base && !(if_exists && *test == Test::Null));
    let (_, test, negated) = found.ok_or_else(|| Malformed::Operator(operator.to_owned()))?;
    let list = values.as_array().map_or_else(|| std::slice::from_ref(values), Vec::as_slice);
    Ok(Condition {
        key: key.to_owned(),
        test: *test,
        negated: *negated,
        if_exists,
        set,
        values: list
            .iter()
            .map(|value| expected(*test, value, variables))
            .collect::<Result<_, _>>()?,
    })
}

/// The text of a scalar: policies may write `true` for `"true"` and `5` for `"5"`.
fn scalar(value: &Value) -> Result<String, Malformed> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(Malformed::Syntax),
    }
}

fn expected(test: Test, value: &Value, variables: bool) -> Result<Expected, Malformed> {
    let text = scalar(value)?;
    let read = match test {
        Test::Equals(_) | Test::Like | Test::Arn => {
            let wildcards = !matches!(test, Test::Equals(_));
            Some(Expected::Text(Pattern::parse(&text, Syntax { wildcards, variables })))
        }
        Test::Number(_) => number(&text).map(Expected::Number),
        Test::Date(_) => date(&text).map(Expected::Date),
        Test::Bool | Test::Null => text.to_ascii_lowercase().parse().ok().map(Expected::Bool),
        Test::Binary => STANDARD.decode(&text).ok().map(Expected::Bytes),
        Test::Ip => net(&text).map(Expected::Net),
    };
    read.ok_or(Malformed::Value)
}

fn number(text: &str) -> Option<Number> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(Number)
}

/// ISO 8601, or seconds since the epoch.
fn date(text: &str) -> Option<Timestamp> {
    let day = || Timestamp::parse_iso8601(&format!("{text}T00:00:00Z"));
    let epoch = || text.parse::<i64>().ok().map(Timestamp::from_secs);
    Timestamp::parse_iso8601(text).or_else(epoch).or_else(day)
}

/// A CIDR block, or one address.
fn net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl Condition {
    /// Whether it holds for a request.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let present = context.get(&self.key);
        if self.test == Test::Null {
            let absent = present.is_none_or(<[String]>::is_empty);
            return self.values.contains(&Expected::Bool(absent));
        }
        let Some(values) = present.filter(|values| !values.is_empty()) else {
            return self.holds_without_key();
        };
        let fits = |actual: &String| self.values.iter().any(|expected| self.fits(expected, actual, context)) != self.negated;
        match (self.set, self.negated) {
            (Set::Any, _) | (Set::Plain, false) => values.iter().any(fits),
            (Set::All, _) | (Set::Plain, true) => values.iter().all(fits),
        }
    }

    fn holds_without_key(&self) -> bool {
        match self.set {
            Set::All => true,
            Set::Any => self.if_exists,
            Set::Plain => self.if_exists || self.negated,
        }
    }

    fn fits(&self, expected: &Expected, actual: &str, context: &Context) -> bool {
        match (expected, self.test) {
            (Expected::Text(pattern), test) => pattern.resolve(context).is_some_and(|tokens| match test {
                Test::Arn => arn_matches(&tokens, actual),
                Test::Equals(case) => matches(&tokens, actual, case),
                _ => matches(&tokens, actual, Case::Sensitive),
            }),
            (Expected::Number(Number(wanted)), Test::Number(order)) => {
                number(actual).is_some_and(|Number(n)| n.partial_cmp(wanted).is_some_and(|o| order.accepts(o)))
            }
            (Expected::Date(wanted), Test::Date(order)) => date(actual).is_some_and(|moment| order.accepts(moment.cmp(wanted))),
            (Expected::Bool(wanted), _) => actual.to_ascii_lowercase().parse() == Ok(*wanted),
            (Expected::Bytes(wanted), _) => STANDARD.decode(actual).is_ok_and(|bytes| bytes == *wanted),
            (Expected::Net(net), _) => actual.parse::<IpAddr>().is_ok_and(|address| net.contains(&address)),
            _ => false,
        }
    }
}

impl Order {
    fn accepts(self, actual: Ordering) -> bool {
        match self {
            Self::Equal => actual.is_eq(),
            Self::Less => actual.is_lt(),
            Self::LessOrEqual => actual.is_le(),
            Self::Greater => actual.is_gt(),
            Self::GreaterOrEqual => actual.is_ge(),
        }
    }
}
