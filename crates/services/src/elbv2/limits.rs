//! Names and quotas. Follows "Quotas for your Application Load Balancers".

use super::errors::{Elbv2Error, invalid};

pub const LOAD_BALANCERS: usize = 50;
pub const TARGET_GROUPS: usize = 3000;
pub const TARGETS_PER_GROUP: usize = 1000;
pub const LISTENERS: usize = 50;
/// Without the default rules.
pub const RULES_PER_LOAD_BALANCER: usize = 100;
/// Without the default one.
pub const CERTIFICATES_PER_LISTENER: usize = 25;
pub const CONDITION_VALUES_PER_RULE: usize = 5;
pub const GROUPS_PER_ACTION: usize = 5;
pub const PRIORITIES: std::ops::RangeInclusive<u32> = 1..=50_000;
const NAME_LENGTH: usize = 32;

/// The quotas as `DescribeAccountLimits` tells them.
pub const TOLD: [(&str, usize); 9] = [
    ("target-groups", TARGET_GROUPS),
    ("targets-per-target-group", TARGETS_PER_GROUP),
    ("application-load-balancers", LOAD_BALANCERS),
    ("listeners-per-application-load-balancer", LISTENERS),
    ("rules-per-application-load-balancer", RULES_PER_LOAD_BALANCER),
    ("certificates-per-application-load-balancer", CERTIFICATES_PER_LISTENER),
    ("targets-per-application-load-balancer", TARGETS_PER_GROUP),
    ("target-groups-per-action-on-application-load-balancer", GROUPS_PER_ACTION),
    ("condition-values-per-alb-rule", CONDITION_VALUES_PER_RULE),
];

/// Checks the name of a load balancer or target group; `what` begins the sentence.
pub(super) fn name(what: &str, name: &str) -> Result<(), Elbv2Error> {
    if name.len() > NAME_LENGTH {
        return Err(invalid(format!(
            "The {what} name '{name}' cannot be longer than '{NAME_LENGTH}' characters"
        )));
    }
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(invalid(format!(
            "The {what} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)"
        )));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(invalid(format!("The {what} name '{name}' cannot begin or end with a hyphen(-)")));
    }
    if what == "load balancer" && name.starts_with("internal-") {
        return Err(invalid(format!("The load balancer name '{name}' cannot begin with 'internal-'")));
    }
    Ok(())
}

/// Checks that a number is within its bounds; `what` is AWS's word for it.
pub(super) fn within(what: &str, value: i32, bounds: std::ops::RangeInclusive<i32>) -> Result<u32, Elbv2Error> {
    if bounds.contains(&value) {
        return Ok(value.unsigned_abs());
    }
    Err(invalid(format!(
        "{what} '{value}' must be between '{}' and '{}'",
        bounds.start(),
        bounds.end()
    )))
}

/// Checks a port.
pub(super) fn port(value: i32) -> Result<u16, Elbv2Error> {
    u16::try_from(value)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| invalid(format!("Port '{value}' must be between '1' and '65535'")))
}

/// The codes of a matcher as ranges: `200`, `200,202`, `200-299`.
pub(super) fn matcher(text: &str) -> Result<Vec<(u16, u16)>, Elbv2Error> {
    let wrong = || {
        invalid(format!(
            "Health check matcher HTTP code '{text}' must be within '200-499' inclusive"
        ))
    };
    let code = |text: &str| {
        text.trim()
            .parse::<u16>()
            .ok()
            .filter(|code| (200..=499).contains(code))
            .ok_or_else(wrong)
    };
    let range = |part: &str| match part.split_once('-') {
        Some((from, to)) => Ok((code(from)?, code(to)?)),
        None => code(part).map(|code| (code, code)),
    };
    text.split(',').map(range).collect()
}
