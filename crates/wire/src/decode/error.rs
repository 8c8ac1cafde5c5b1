//! Why an input was not taken, and how each protocol says so.

use tierra_model::catalogue::{Metadata, Protocol};

use super::limits::{Limit, Violation};
use super::path::{Place, uncapitalised};
use crate::error::WireError;

/// Why an input was not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum DecodeError {
    /// The body is not in the protocol's notation.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// A value is of another kind than the model says.
    Mistyped {
        /// Where.
        place: Box<Place>,
        /// The model's kind: `Integer`.
        want: &'static str,
        /// What stands there: `STRING_VALUE`.
        found: &'static str,
        /// Its text, where there is one.
        text: Option<String>,
    },
    /// An id is none of its kind.
    Id {
        /// AWS's code for that kind.
        code: &'static str,
        /// AWS's sentence.
        message: String,
    },
    /// The operation's own type refused a value.
    Refused {
        /// Where.
        place: Box<Place>,
        /// The value.
        text: String,
        /// A clause that follows the parameter's name.
        reason: String,
    },
    /// Values break the model's limits, or are missing.
    Violated(Vec<Violation>),
}

/// How a service words what is wrong with an input.
enum Manner {
    /// EC2, RDS, ElastiCache: one parameter at a time.
    Parameter,
    /// A framework's sentence over all violations, with this code.
    Sentence(&'static str),
}

fn manner(protocol: Protocol, service: &Metadata) -> Manner {
    match (&*service.name, protocol) {
        ("ec2" | "rds" | "elasticache", _) => Manner::Parameter,
        ("route53", _) => Manner::Sentence("InvalidInput"),
        ("cloudfront", _) => Manner::Sentence("InvalidArgument"),
        ("logs" | "secretsmanager" | "ecr", _) => Manner::Sentence("InvalidParameterException"),
        ("cloudwatch" | "iam" | "sts" | "cloudformation" | "elb" | "elbv2" | "autoscaling", _) => Manner::Sentence("ValidationError"),
        (_, Protocol::Ec2) => Manner::Parameter,
        (_, Protocol::Query) => Manner::Sentence("ValidationError"),
        _ => Manner::Sentence("ValidationException"),
    }
}

impl DecodeError {
    /// The error as the service's protocol words it. Follows each service's "Common Errors" page.
    pub fn to_wire(&self, protocol: Protocol, service: &Metadata) -> WireError {
        let manner = manner(protocol, service);
        match self {
            Self::Malformed { reason } => malformed(protocol, reason),
            Self::Mistyped { place, want, found, text } => mistyped(protocol, &manner, place, want, found, text.as_deref()),
            Self::Id { code, message } => WireError::sender(*code, message.clone()),
            Self::Refused { place, text, reason } => refused(&manner, place, text, reason),
            Self::Violated(violations) => violated(&manner, violations),
        }
    }
}

fn malformed(protocol: Protocol, reason: &str) -> WireError {
    match protocol {
        Protocol::Query | Protocol::Ec2 => WireError::sender("MalformedQueryString", "The query string contains a syntax error"),
        Protocol::RestXml => WireError::sender(
            "MalformedXML",
            format!("The XML you provided was not well-formed or did not validate against our published schema: {reason}"),
        ),
        Protocol::Json | Protocol::RestJson | Protocol::Cbor => WireError::sender("SerializationException", reason),
    }
}

fn mistyped(protocol: Protocol, manner: &Manner, place: &Place, want: &str, found: &str, text: Option<&str>) -> WireError {
    let text = text.unwrap_or_default();
    match (protocol, manner) {
        (Protocol::Json | Protocol::RestJson | Protocol::Cbor, _) if found.starts_with("Start of") => {
            WireError::sender("SerializationException", format!("{found} found where not expected."))
        }
        (Protocol::Json | Protocol::RestJson | Protocol::Cbor, _) => WireError::sender(
            "SerializationException",
            format!("{found} can not be converted to {} {want}", article(want)),
        ),
        (_, Manner::Parameter) => WireError::sender(
            "InvalidParameterValue",
            format!(
                "Value ({text}) for parameter {} is invalid. It must be {} {want}",
                uncapitalised(&place.parameter),
                article(want)
            ),
        ),
        (Protocol::RestXml, _) => malformed(protocol, &format!("'{text}' at '{}' is not {} {want}", place.spoken, article(want))),
        _ => WireError::sender(
            "MalformedInput",
            format!("'{text}' at '{}' is not {} {want}", place.spoken, article(want)),
        ),
    }
}

fn article(word: &str) -> &'static str {
    match word.chars().next() {
        Some('A' | 'E' | 'I' | 'O' | 'U') => "an",
        _ => "a",
    }
}

fn refused(manner: &Manner, place: &Place, text: &str, reason: &str) -> WireError {
    match manner {
        Manner::Parameter => WireError::sender(
            "InvalidParameterValue",
            format!(
                "Value ({text}) for parameter {} is invalid. It {reason}",
                uncapitalised(&place.parameter)
            ),
        ),
        Manner::Sentence(code) => WireError::sender(
            *code,
            format!(
                "1 validation error detected: Value '{text}' at '{}' failed to satisfy constraint: Member {reason}",
                place.spoken
            ),
        ),
    }
}

fn violated(manner: &Manner, violations: &[Violation]) -> WireError {
    match (manner, violations.first()) {
        (Manner::Parameter, Some(first)) if first.limit == Limit::Required => WireError::sender(
            "MissingParameter",
            format!("The request must contain the parameter {}", first.place.parameter),
        ),
        (Manner::Parameter, Some(first)) => refused(
            manner,
            &first.place,
            first.value.as_deref().unwrap_or_default(),
            &first.limit.sentence(),
        ),
        (Manner::Parameter, None) => WireError::sender("InvalidParameterValue", ""),
        (Manner::Sentence(code), _) => {
            let sentences: Vec<String> = violations.iter().map(Violation::sentence).collect();
            let errors = if sentences.len() == 1 { "error" } else { "errors" };
            WireError::sender(
                *code,
                format!("{} validation {errors} detected: {}", sentences.len(), sentences.join("; ")),
            )
        }
    }
}
