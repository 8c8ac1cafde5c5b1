//! What a rule asks of a request. Follows "Condition types for listener rules".
//!
//! **Invariant**: a [`Condition`] in a row was checked; host and path conditions carry their values in both of AWS's forms.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use tierra_dataplane::balancer::config as node;
use tierra_model::Shape;

use super::errors::{Elbv2Error, invalid};
use super::limits::CONDITION_VALUES_PER_RULE;

/// Characters of a pattern.
const PATTERN_LENGTH: usize = 128;
/// Characters of a header's name or a method.
const NAME_LENGTH: usize = 40;

/// One condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Condition {
    pub field: Option<String>,
    pub values: Vec<String>,
    pub host_header_config: Option<Values>,
    pub path_pattern_config: Option<Values>,
    pub http_header_config: Option<HttpHeaderConfig>,
    pub query_string_config: Option<QueryStringConfig>,
    pub http_request_method_config: Option<Values>,
    pub source_ip_config: Option<Values>,
}

/// Some values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Values {
    pub values: Vec<String>,
}

/// A header and patterns of its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct HttpHeaderConfig {
    pub http_header_name: String,
    pub values: Vec<String>,
}

/// Pairs of the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct QueryStringConfig {
    pub values: Vec<QueryPair>,
}

/// One pair of the query; without a key, any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct QueryPair {
    pub key: Option<String>,
    pub value: String,
}

/// The conditions of a rule, checked and completed.
///
/// # Errors
/// Where there is none, a field is unknown or given twice, or values cannot be or are too many.
pub(super) fn checked(conditions: Vec<Condition>) -> Result<Vec<Condition>, Elbv2Error> {
    if conditions.is_empty() {
        return Err(invalid("A condition must be specified"));
    }
    let conditions = conditions.into_iter().map(complete).collect::<Result<Vec<_>, _>>()?;
    let count: usize = conditions.iter().map(count).sum();
    if count > CONDITION_VALUES_PER_RULE {
        return Err(invalid(format!(
            "The maximum number of condition values per rule is '{CONDITION_VALUES_PER_RULE}'"
        )));
    }
    for single in ["host-header", "path-pattern", "http-request-method", "source-ip"] {
        if conditions
            .iter()
            .filter(|condition| condition.field.as_deref() == Some(single))
            .count()
            > 1
        {
            return Err(invalid(format!("A rule can only have one '{single}' condition")));
        }
    }
    Ok(conditions)
}

fn complete(mut condition: Condition) -> Result<Condition, Elbv2Error> {
    let field = condition
        .field
        .clone()
        .ok_or_else(|| invalid("A condition field must be specified"))?;
    match field.as_str() {
        "host-header" => both(&mut condition.values, &mut condition.host_header_config)?,
        "path-pattern" => both(&mut condition.values, &mut condition.path_pattern_config)?,
        "http-header" => check_header(condition.http_header_config.as_ref())?,
        "query-string" => check_query(condition.query_string_config.as_ref())?,
        "http-request-method" => check_method(condition.http_request_method_config.as_ref())?,
        "source-ip" => check_source(condition.source_ip_config.as_ref())?,
        other => {
            return Err(invalid(format!(
                "Condition field '{other}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'"
            )));
        }
    }
    if count(&condition) == 0 {
        return Err(invalid(format!("A condition value must be specified for field '{field}'")));
    }
    Ok(condition)
}

/// Values that may be given in either of two forms are kept in both.
fn both(values: &mut Vec<String>, config: &mut Option<Values>) -> Result<(), Elbv2Error> {
    match config {
        Some(config) if values.is_empty() => values.clone_from(&config.values),
        Some(config) if config.values != *values => {
            return Err(invalid("Condition values cannot be specified both with and without a config"));
        }
        _ => *config = Some(Values { values: values.clone() }),
    }
    values.iter().try_for_each(|value| pattern(value))
}

fn pattern(value: &str) -> Result<(), Elbv2Error> {
    if (1..=PATTERN_LENGTH).contains(&value.len()) {
        return Ok(());
    }
    Err(invalid(format!(
        "Condition value '{value}' must have between 1 and {PATTERN_LENGTH} characters"
    )))
}

fn check_header(config: Option<&HttpHeaderConfig>) -> Result<(), Elbv2Error> {
    let config = config.ok_or_else(|| invalid("HttpHeaderConfig must be specified for field 'http-header'"))?;
    let name = &config.http_header_name;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !(1..=NAME_LENGTH).contains(&name.len()) || !name.bytes().all(token) {
        return Err(invalid(format!("'{name}' is not a valid HTTP header name")));
    }
    if name.eq_ignore_ascii_case("host") {
        return Err(invalid("Use the 'host-header' condition for the Host header"));
    }
    config.values.iter().try_for_each(|value| pattern(value))
}

fn check_query(config: Option<&QueryStringConfig>) -> Result<(), Elbv2Error> {
    let config = config.ok_or_else(|| invalid("QueryStringConfig must be specified for field 'query-string'"))?;
    config.values.iter().try_for_each(|pair| pattern(&pair.value))
}

fn check_method(config: Option<&Values>) -> Result<(), Elbv2Error> {
    let config = config.ok_or_else(|| invalid("HttpRequestMethodConfig must be specified for field 'http-request-method'"))?;
    let fits = |method: &String| {
        (1..=NAME_LENGTH).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase() || b"-_".contains(&byte))
    };
    match config.values.iter().find(|method| !fits(method)) {
        Some(method) => Err(invalid(format!("'{method}' is not a valid HTTP request method"))),
        None => Ok(()),
    }
}

fn check_source(config: Option<&Values>) -> Result<(), Elbv2Error> {
    let config = config.ok_or_else(|| invalid("SourceIpConfig must be specified for field 'source-ip'"))?;
    match config.values.iter().find(|cidr| cidr.parse::<IpNet>().is_err()) {
        Some(cidr) => Err(invalid(format!("'{cidr}' is not a valid CIDR block"))),
        None => Ok(()),
    }
}

fn count(condition: &Condition) -> usize {
    let configs = [&condition.http_request_method_config, &condition.source_ip_config];
    let simple: usize = configs.into_iter().flatten().map(|config| config.values.len()).sum();
    let header = condition.http_header_config.as_ref().map_or(0, |config| config.values.len());
    let query = condition.query_string_config.as_ref().map_or(0, |config| config.values.len());
    condition.values.len() + simple + header + query
}

/// A condition as a node is told it.
pub(super) fn told(condition: &Condition) -> Option<node::Condition> {
    let values = |config: &Option<Values>| config.as_ref().map(|config| config.values.clone()).unwrap_or_default();
    Some(match condition.field.as_deref()? {
        "host-header" => node::Condition::HostHeader(condition.values.clone()),
        "path-pattern" => node::Condition::PathPattern(condition.values.clone()),
        "http-header" => {
            let config = condition.http_header_config.as_ref()?;
            node::Condition::HttpHeader {
                name: config.http_header_name.clone(),
                values: config.values.clone(),
            }
        }
        "query-string" => {
            let pairs = condition.query_string_config.as_ref()?.values.iter();
            node::Condition::QueryString(
                pairs
                    .map(|pair| node::QueryPair {
                        key: pair.key.clone(),
                        value: pair.value.clone(),
                    })
                    .collect(),
            )
        }
        "http-request-method" => node::Condition::HttpRequestMethod(values(&condition.http_request_method_config)),
        "source-ip" => {
            let cidrs = values(&condition.source_ip_config);
            node::Condition::SourceIp(cidrs.iter().filter_map(|cidr| cidr.parse().ok()).collect())
        }
        _ => return None,
    })
}
