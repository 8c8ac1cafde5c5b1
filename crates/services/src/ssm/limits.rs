//! Names, values and quotas. Follows the pages "Requirements and constraints for parameter names" and "Managing parameter tiers".

use tierra_model::pattern;

use super::errors::SsmError;
use super::model::Tier;

/// Versions that are kept; the oldest gives way.
pub const VERSIONS: usize = 100;
/// Labels of one version.
pub const LABELS: usize = 10;
/// Names in one call.
pub const NAMES: usize = 10;
const LEVELS: usize = 15;
const NAME_LENGTH: usize = 1011;
const LABEL_LENGTH: usize = 100;
const STANDARD_VALUE: usize = 4096;
const ADVANCED_VALUE: usize = 8192;

/// Checks the name of a parameter that a caller makes.
pub(super) fn name(name: &str) -> Result<(), SsmError> {
    let invalid = |reason: &str| SsmError::Invalid { reason: reason.to_owned() };
    if !name.starts_with('/') && name.contains('/') {
        return Err(invalid("Parameter name must be a fully qualified name."));
    }
    let parts: Vec<&str> = name.strip_prefix('/').unwrap_or(name).split('/').collect();
    let first = parts[0].to_ascii_lowercase();
    if name.starts_with('/') && first == "aws" {
        return Err(SsmError::Reserved { name: name.to_owned() });
    }
    let formed = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    if first.starts_with("aws") || first.starts_with("ssm") || !parts.iter().all(formed) || name.len() > NAME_LENGTH {
        return Err(invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        ));
    }
    if parts.len() > LEVELS { Err(SsmError::Levels) } else { Ok(()) }
}

/// Checks a value against its tier and pattern.
pub(super) fn value(value: &str, tier: Tier, pattern: Option<&str>) -> Result<(), SsmError> {
    let (limit, next) = match tier {
        Tier::Advanced => (ADVANCED_VALUE, ""),
        Tier::Standard | Tier::Intelligent => (
            STANDARD_VALUE,
            " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
        ),
    };
    if value.is_empty() || value.len() > limit {
        let word = if tier == Tier::Advanced { "Advanced" } else { "Standard" };
        return Err(SsmError::Invalid {
            reason: format!("{word} tier parameters support a maximum parameter value of {limit} characters.{next}"),
        });
    }
    pattern.map_or(Ok(()), |pattern| matches(value, pattern))
}

fn matches(value: &str, expected: &str) -> Result<(), SsmError> {
    pattern::compile(expected).map_err(|_| SsmError::Pattern {
        pattern: expected.to_owned(),
    })?;
    // A pattern that gives up (too much backtracking) has not matched.
    if pattern::matches_whole(expected, value) == Some(true) {
        return Ok(());
    }
    Err(SsmError::Mismatch {
        pattern: expected.to_owned(),
    })
}

/// Whether a label can be one.
pub(super) fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let formed = label.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    let starts_well = !lower.starts_with("aws") && !lower.starts_with("ssm") && !label.starts_with(|c: char| c.is_ascii_digit());
    formed && starts_well && (1..=LABEL_LENGTH).contains(&label.len())
}
